from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from core.domain.payment import Checkout, RefundFact


class Verified(msgspec.Struct, frozen=True):
    """vendor_id: their id of the message, by which a repeat is known. type: their word."""

    vendor_id: str
    type: str


class Rejected(msgspec.Struct, frozen=True):
    """Why it is not from the vendor, or not for us. Safe to log; never sent back in detail."""

    reason: str


InboundFact = Checkout | RefundFact


class InboundWebhook(Protocol):
    """Pure: no I/O. Verification is mandatory and works on the raw bytes."""

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        """headers: names in lower case; a repeated header joined by ", "."""
        ...

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        """The facts in a verified message; () when it tells nothing we act on.

        BrokenContract: it is not what the vendor's contract allows.
        """
        ...
