"""A message that came in from a vendor: kept before anything else is done with it."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class InboxState(enum.StrEnum):
    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"


class InboxMessage(msgspec.Struct, frozen=True):
    """raw: the bytes as verified, cards masked; stored encrypted, and only until they were read
    or a person dismissed them.

    vendor_id: the vendor's id of the message; the same one is kept once a connection.
    note: why it was ignored or quarantined. attempts: since it came, or was last retried.
    handled_at, reason: when a person last retried or dismissed it, and what they said of it.
    """

    id: str
    connection: str
    vendor_id: str
    type: str
    raw: bytes
    received_at: datetime
    state: InboxState = InboxState.RECEIVED
    note: str = ""
    attempts: int = 0
    handled_at: datetime | None = None
    reason: str = ""
