"""Vendors' messages that only a person can judge."""

from __future__ import annotations

import msgspec

from core.domain.events.catalogue.event_type import CONNECTION, PAYMENT, EventType
from core.domain.inbound.inbox import InboxState


class InboxPayload(msgspec.Struct, frozen=True):
    """A vendor's message that does not agree with what we intended, that cannot be read, or that
    its vendor was asked about in vain. subject: whom it names, else the vendor's id of the message.
    difference: in words. Both are "" once it is settled; state is then `dismissed`, or what it
    became as it was read again: `processed`, or `ignored`, being of nothing of ours."""

    message: str
    connection: str
    subject: str = ""
    difference: str = ""
    state: InboxState = InboxState.QUARANTINED


_QUARANTINED = InboxPayload(
    message="inb_06f3m9b7d2f4h6k8n1q3s5v7xz",
    connection=CONNECTION,
    subject=PAYMENT,
    difference="amount is SAR 41.25, not SAR 4,125.00",
)
TYPES = (
    EventType(
        "inbox.quarantined",
        "inbox/1",
        "A vendor's message differs from what was intended, cannot be read, or was asked about in"
        " vain; nothing was changed by it.",
        _QUARANTINED,
    ),
    EventType(
        "inbox.settled",
        "inbox/1",
        "What was quarantined is so no more: it was read again without a fault, or a person"
        " dismissed it.",
        msgspec.structs.replace(
            _QUARANTINED, subject="", difference="", state=InboxState.PROCESSED
        ),
    ),
)
