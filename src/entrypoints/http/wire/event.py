"""Events, their deliveries to endpoints, and the attempts of these."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from core.domain.event import Event, EventBody, told
from core.domain.events.catalogue import CATALOGUE, types_of
from core.domain.webhooks import delivery as domain
from entrypoints.http.paging import Limit, Paging
from entrypoints.http.problems import At, Malformed
from entrypoints.http.wire.values import Id
from ports.store import AttemptFilter, DeliveryFilter

EventTypes = Annotated[
    str, Meta(min_length=1, max_length=100, description="Of the event: a type, or booking.*, or *.")
]
UNKNOWN_TYPE = "no event has this type; docs/webhooks.md lists them"
Subject = Annotated[Id, Meta(description="Whom the event is about: bkg_…, pay_…")]
Since = Annotated[datetime.datetime, Meta(tz=True, description="Made then or later.")]
Until = Annotated[datetime.datetime, Meta(tz=True, description="Made before then.")]


def _types(pattern: str | None) -> tuple[str, ...]:
    """Those that *pattern* means; () is any. Malformed: no event has such a type."""
    found = types_of(pattern)
    if found is not None:
        return found
    near = difflib.get_close_matches(pattern or "", CATALOGUE, n=1)
    message = f"no event has this type; did you mean {near[0]}?" if near else UNKNOWN_TYPE
    raise Malformed(f"type: {message}", At(message, parameter="type"))


class FeedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """after: `next` of the page before; left out, from the beginning."""

    limit: Limit = 50
    after: Annotated[
        int,
        Meta(
            ge=0,
            le=2**62,
            description="`next` of the page before; left out, from the oldest on.",
        ),
    ] = 0


class Feed(msgspec.Struct, frozen=True):
    """Events in commit order, none ever skipped. next: always given; keep it and ask again."""

    data: tuple[EventBody, ...]
    next: str
    has_more: bool


class DeliveryQuery(Paging, frozen=True, forbid_unknown_fields=True):
    """type: of the event. subject: whom it is about. since, until: when the delivery was made."""

    partner: Id | None = None
    endpoint: Id | None = None
    event: Id | None = None
    type: EventTypes | None = None
    subject: Subject | None = None
    state: domain.DeliveryState | None = None
    since: Since | None = None
    until: Until | None = None

    def wish(self) -> DeliveryFilter:
        return DeliveryFilter(
            partner=self.partner,
            endpoint=self.endpoint,
            event=self.event,
            state=self.state,
            types=_types(self.type),
            subject=self.subject,
            since=self.since,
            until=self.until,
        )


class AttemptQuery(Paging, frozen=True, forbid_unknown_fields=True):
    """type: of the event. subject: whom it is about. status: of the answer. since, until: when
    the attempt was made."""

    partner: Id | None = None
    endpoint: Id | None = None
    type: EventTypes | None = None
    subject: Subject | None = None
    status: Annotated[int, Meta(ge=100, le=599, description="Of the answer.")] | None = None
    fault: domain.Fault | None = None
    since: Since | None = None
    until: Until | None = None

    def wish(self) -> AttemptFilter:
        return AttemptFilter(
            partner=self.partner,
            endpoint=self.endpoint,
            types=_types(self.type),
            subject=self.subject,
            status=self.status,
            fault=self.fault,
            since=self.since,
            until=self.until,
        )


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint. due_at: when it is tried next, while it is due."""

    id: str
    event: str
    event_type: str
    endpoint: str
    partner: str
    state: domain.DeliveryState
    due_at: datetime.datetime
    attempts: int
    created_at: datetime.datetime
    settled_at: datetime.datetime | None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """status: null, there was no whole answer. fault: whose fault it was.

    elapsed_ms: from lookup to last byte. dns_ms, connect_ms, tls_ms: null on a connection that
    was open already. excerpt, headers: at most 1 kB each of the receiver's answer.
    """

    id: str
    delivery: str
    endpoint: str
    number: int
    at: datetime.datetime
    status: int | None
    fault: domain.Fault
    error: str
    elapsed_ms: int
    first_byte_ms: int | None
    dns_ms: int | None
    connect_ms: int | None
    tls_ms: int | None
    address: str | None
    headers: str
    excerpt: str


class DeliveryRead(msgspec.Struct, frozen=True):
    """tries: oldest first."""

    delivery: Delivery
    tries: tuple[Attempt, ...]


def feed(events: Sequence[Event], asked: FeedQuery) -> Feed:
    last = events[-1].position if events else None
    place = asked.after if last is None else last
    return Feed(tuple(told(e) for e in events), str(place), len(events) == asked.limit)


def delivery(of: domain.Delivery) -> Delivery:
    return Delivery(
        id=of.id,
        event=of.event,
        event_type=of.event_type,
        endpoint=of.endpoint,
        partner=of.partner,
        state=of.state,
        due_at=of.due_at,
        attempts=of.attempts,
        created_at=of.created_at,
        settled_at=of.settled_at,
    )


def attempt(of: domain.Attempt) -> Attempt:
    return Attempt(
        id=of.id,
        delivery=of.delivery,
        endpoint=of.endpoint,
        number=of.number,
        at=of.at,
        status=of.sent.status,
        fault=of.sent.fault,
        error=of.sent.error,
        elapsed_ms=of.sent.elapsed_ms,
        first_byte_ms=of.sent.first_byte_ms,
        dns_ms=of.sent.dns_ms,
        connect_ms=of.sent.connect_ms,
        tls_ms=of.sent.tls_ms,
        address=of.sent.address,
        headers=of.sent.headers,
        excerpt=of.sent.excerpt,
    )


def delivery_read(of: domain.Delivery, attempts: Sequence[domain.Attempt]) -> DeliveryRead:
    return DeliveryRead(delivery(of), tuple(attempt(a) for a in attempts))
