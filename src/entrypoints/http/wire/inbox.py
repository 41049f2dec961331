"""What vendors sent in, without its bytes."""

from __future__ import annotations

import datetime

import msgspec

from core.domain.inbound import inbox as domain
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id


class InboxQuery(Paging, frozen=True, forbid_unknown_fields=True):
    connection: Id | None = None
    state: domain.InboxState | None = None


class InboxMessage(msgspec.Struct, frozen=True, kw_only=True):
    """vendor_id: the vendor's id of the message. note: why it was ignored or quarantined, with what
    of ours it is about. attempts: since it came, or was last retried. handled_at, reason: when a
    person last retried or dismissed it, and what they said of it."""

    id: str
    connection: str
    vendor_id: str
    type: str
    state: domain.InboxState
    note: str
    attempts: int
    received_at: datetime.datetime
    handled_at: datetime.datetime | None
    reason: str


def message(of: domain.InboxMessage) -> InboxMessage:
    return InboxMessage(
        id=of.id,
        connection=of.connection,
        vendor_id=of.vendor_id,
        type=of.type,
        state=of.state,
        note=of.note,
        attempts=of.attempts,
        received_at=of.received_at,
        handled_at=of.handled_at,
        reason=of.reason,
    )
