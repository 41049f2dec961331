from __future__ import annotations

from typing import Protocol


class Mint(Protocol):
    """The only source of randomness."""

    def id(self, prefix: str) -> str:
        """A new id (`bkg_…`), later than every id minted before it in this process."""
        ...

    def entropy(self, count: int) -> bytes:
        """*count* bytes fit for keys."""
        ...

    def chance(self) -> float:
        """0 ≤ x < 1, for jitter."""
        ...
