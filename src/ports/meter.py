from __future__ import annotations

from typing import Protocol

from core.domain.webhooks.delivery import DeliveryState, Fault


class Meter(Protocol):
    """Figures of what this process does. No method raises or waits."""

    def attempted(self, fault: Fault, *, lag_s: float | None, elapsed_s: float) -> None:
        """One attempt ended. lag_s: from the event to the first byte sent, first attempts only."""
        ...

    def settled(self, state: DeliveryState) -> None:
        """A delivery was settled so; due: it is tried again."""
        ...

    def lost(self, count: int) -> None:
        """Deliveries whose lease had passed to somebody else before they were settled."""
        ...

    def rejected(self, adapter: str) -> None:
        """A message that claimed to be of this vendor, and is not, or not for us."""
        ...

    def holding(self, count: int) -> None:
        """Deliveries this process has claimed and not settled, from now on."""
        ...
