"""How loops learn that there is work. SQL is the truth: a lost ring costs one poll, no more."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Protocol


class Bell(enum.StrEnum):
    """One for each kind of work that a loop takes from the store. STOCK: cells changed."""

    DELIVERIES = "deliveries"
    BOOKINGS = "bookings"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    PLANS = "plans"
    AGREEMENTS = "agreements"
    INBOX = "inbox"
    RECOVERIES = "recoveries"
    HOLDS = "holds"
    ALLOTMENTS = "allotments"
    STOCK = "stock"
    PNRS = "pnrs"
    QUEUES = "queues"
    VOUCHERS = "vouchers"
    FILINGS = "filings"
    IMPORTS = "imports"
    CHANNELS = "channels"
    PULLS = "pulls"
    ACKNOWLEDGEMENTS = "acknowledgements"
    WATCHES = "watches"


class Jobs(Protocol):
    """No method raises because the other side is away: the poll is the backstop."""

    async def ring(self, bell: Bell) -> None:
        """There is work now. Call it after commit, never inside a transaction."""
        ...

    async def ring_at(self, bell: Bell, at: datetime) -> None:
        """There will be work at *at* (aware UTC)."""
        ...

    async def wait(self, bell: Bell, timeout_s: float) -> None:
        """Return when *bell* rings, or after *timeout_s*."""
        ...
