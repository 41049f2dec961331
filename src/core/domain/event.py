"""What happened, as the platform and its partners are told it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

# The subject type, and so the topic of change-data-capture, of what nobody may take for a fact.
TEST = "test"
_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class Event(msgspec.Struct, frozen=True):
    """One fact. It holds references, never personal data.

    schema: name and version of the payload's shape, additive within a version.
    sequence: 1, 2, 3 … per subject, signed with the body, so that a receiver can order.
    partner: whose booking it is about; None: the tenant's own.
    position: its place in the feed, given in commit order; None until it is sealed.
    valid_until: worth nothing to a receiver after it. coalesce: a later event of the same
    subject and type under the same key makes this one superfluous.
    """

    id: str
    type: str
    schema: str
    subject_type: str
    subject: str
    sequence: int
    payload: dict[str, Any]
    occurred_at: datetime
    partner: str | None = None
    position: int | None = None
    valid_until: datetime | None = None
    coalesce: str | None = None


class EventDraft(msgspec.Struct, frozen=True):
    """An event before the store gave it an id, a sequence and its deliveries.

    not_to: an endpoint it is about; nothing is told through what it tells about.
    """

    type: str
    schema: str
    subject_type: str
    subject: str
    payload: dict[str, Any]
    partner: str | None = None
    valid_until: datetime | None = None
    coalesce: str | None = None
    not_to: str | None = None


class EventBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The signed body of a webhook and an item of the feed (Standard Webhooks payload).

    id equals the webhook-id header. sequence counts per subject. valid_until: there only
    where the event grows stale, and worth nothing after it. test: there, and true, only where
    somebody asked for the event to try a receiver: nothing happened.
    """

    id: str
    type: str
    timestamp: datetime
    schema: str
    subject: str
    sequence: int
    data: dict[str, Any]
    valid_until: datetime | None = None
    test: bool = False


def told(event: Event) -> EventBody:
    return EventBody(
        id=event.id,
        type=event.type,
        timestamp=event.occurred_at,
        schema=event.schema,
        subject=event.subject,
        sequence=event.sequence,
        data=event.payload,
        valid_until=event.valid_until,
        test=event.subject_type == TEST,
    )


def body(event: Event) -> bytes:
    """The exact bytes that every attempt, test and replay of *event* signs and sends."""
    return msgspec.json.encode(told(event))


def is_pattern(text: str) -> bool:
    """`booking.confirmed`, `booking.*` or `*`."""
    if text == "*":
        return True
    stem = text.removesuffix(".*")
    return bool(_TYPE.fullmatch(stem) or (stem != text and re.fullmatch(r"[a-z][a-z0-9_]*", stem)))


def matches(patterns: tuple[str, ...], event_type: str) -> bool:
    return any(
        p in ("*", event_type) or (p.endswith(".*") and event_type.startswith(p[:-1]))
        for p in patterns
    )
