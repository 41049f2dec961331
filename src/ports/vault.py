from __future__ import annotations

from typing import Protocol


class Unreadable(Exception):
    """The bytes were not sealed by this vault for this context, or were changed."""


class Vault(Protocol):
    """Authenticated encryption under the hub's keys. context binds a seal to its place:
    what was sealed for one row, tenant or purpose does not open for another."""

    def seal(self, plain: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes:
        """Unreadable: wrong key, wrong context or changed bytes."""
        ...
