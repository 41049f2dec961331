from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from core.domain.agreements.agreement import SignatureFact, SignatureHint
from core.domain.channels.channel_reservation import ReservationHint
from core.domain.money import Money
from core.domain.payments.payment import Checkout, DisputeFact, RefundFact

# What a vendor that signs nothing has to know: the last part of the address it calls. A colon
# stands in no header's name, so nobody can send it as one.
PATH_TAIL = ":path-tail"


class Verified(msgspec.Struct, frozen=True):
    """vendor_id: their id of the message, by which a repeat is known. type: their word."""

    vendor_id: str
    type: str


class Rejected(msgspec.Struct, frozen=True):
    """Why it is not from the vendor, or not for us. Safe to log; never sent back in detail."""

    reason: str


class Hint(msgspec.Struct, frozen=True):
    """Something happened to a payment or refund of ours; what, only its gateway can say.

    Of vendors whose signature does not cover the state, or is a token that whoever saw it
    once can send again: the message moves no money, it makes us ask. reference: ours.
    charge_reference: theirs, of what was paid. amount: if it names one, it has to be ours.
    """

    reference: str
    charge_reference: str | None = None
    amount: Money | None = None


InboundFact = (
    Checkout | RefundFact | DisputeFact | Hint | SignatureFact | SignatureHint | ReservationHint
)


class InboundWebhook(Protocol):
    """Pure: no I/O. Verification is mandatory and works on the raw bytes."""

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        """headers: names in lower case; a repeated header joined by ", ". PATH_TAIL among
        them: what follows the connection in the address that was called."""
        ...

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        """The facts in a verified message; () when it tells nothing we act on.

        BrokenContract: it is not what the vendor's contract allows.
        """
        ...
