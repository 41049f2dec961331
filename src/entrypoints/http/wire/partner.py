"""Partners, their endpoints, the events they are told, and what became of the telling."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application import add_endpoint
from core.domain import delivery as domain
from core.domain import partner as partners
from core.domain.event import Event, EventBody
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Address, Id, Name, Reason, Text

EventTypes = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
    Meta(min_length=1, max_length=50, description="Event types or patterns: booking.*, *."),
]


class NewPartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """sees: own, events about bookings made for this partner; all, every event of the tenant."""

    name: Name
    sees: partners.Sees = partners.Sees.OWN


class Partner(msgspec.Struct, frozen=True):
    id: str
    name: str
    sees: partners.Sees
    created_at: datetime.datetime


class NewEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """partner: left out by a partner's own key."""

    url: Address
    types: EventTypes
    partner: Id | None = None
    description: Text = ""

    def wish(self) -> add_endpoint.NewEndpoint:
        return add_endpoint.NewEndpoint(self.url, self.types, self.partner, self.description)


class EndpointChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whatever is left out stays. What waits for a disabled endpoint is kept."""

    url: Address | None = None
    types: EventTypes | None = None
    description: Text | None = None
    state: partners.EndpointState | None = None
    reason: Reason = ""

    def wish(self) -> add_endpoint.EndpointChange:
        return add_endpoint.EndpointChange(self.url, self.types, self.description, self.state)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """old_secret_until: until then the secret before still signs beside the new one."""

    id: str
    partner: str
    url: str
    types: tuple[str, ...]
    description: str
    state: partners.EndpointState
    disabled_reason: str
    old_secret_until: datetime.datetime | None
    created_at: datetime.datetime


class EndpointSecret(msgspec.Struct, frozen=True):
    """secret: `whsec_…`, shown this once; keep it where the receiver verifies."""

    endpoint: Endpoint
    secret: str


class FeedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """after: `next` of the page before; left out, from the beginning."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Annotated[int, Meta(ge=0, le=2**62)] = 0


class Feed(msgspec.Struct, frozen=True):
    """Events in commit order, none ever skipped. next: always given; keep it and ask again."""

    data: tuple[EventBody, ...]
    next: str
    has_more: bool


class DeliveryQuery(Paging, frozen=True, forbid_unknown_fields=True):
    endpoint: Id | None = None
    event: Id | None = None
    state: domain.DeliveryState | None = None


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
    was open already. excerpt: at most 1 kB of the receiver's answer.
    """

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
    excerpt: str


class DeliveryRead(msgspec.Struct, frozen=True):
    """tries: oldest first."""

    delivery: Delivery
    tries: tuple[Attempt, ...]


def partner(of: partners.Partner) -> Partner:
    return Partner(of.id, of.name, of.sees, of.created_at)


def endpoint(of: partners.Endpoint) -> Endpoint:
    return Endpoint(
        id=of.id,
        partner=of.partner,
        url=of.url,
        types=of.types,
        description=of.description,
        state=of.state,
        disabled_reason=of.disabled_reason,
        old_secret_until=next((s.expires_at for s in of.secrets if s.expires_at), None),
        created_at=of.created_at,
    )


def endpoint_secret(of: partners.Endpoint) -> EndpointSecret:
    return EndpointSecret(endpoint(of), of.secrets[0].value.reveal())


def event(of: Event) -> EventBody:
    return EventBody(
        id=of.id,
        type=of.type,
        timestamp=of.occurred_at,
        schema=of.schema,
        subject=of.subject,
        sequence=of.sequence,
        data=of.payload,
    )


def feed(events: Sequence[Event], asked: FeedQuery) -> Feed:
    last = events[-1].position if events else None
    place = asked.after if last is None else last
    return Feed(tuple(event(e) for e in events), str(place), len(events) == asked.limit)


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
        excerpt=of.sent.excerpt,
    )
