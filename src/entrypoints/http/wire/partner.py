"""Partners, their endpoints, the events they are told, and what became of the telling."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.application import add_endpoint
from core.domain import delivery as domain
from core.domain import partner as partners
from core.domain.event import Event, EventBody, told
from core.domain.pace import Breaker, Pace
from core.domain.retry import DAY_S, DELAYS_AT_MOST, RetrySchedule
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Address, Id, Name, Reason, Text
from ports.store import AttemptFilter, DeliveryFilter

EventTypes = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
    Meta(min_length=1, max_length=50, description="Event types or patterns: booking.*, *."),
]

EventTypeName = Annotated[str, Meta(min_length=1, max_length=100)]
Instant = Annotated[datetime.datetime, Meta(tz=True)]


class NewPartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """sees: own, events about bookings made for this partner; all, every event of the tenant."""

    name: Name
    sees: partners.Sees = partners.Sees.OWN


class Partner(msgspec.Struct, frozen=True):
    id: str
    name: str
    sees: partners.Sees
    created_at: datetime.datetime


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a delivery that failed is tried again. delays_s: the wait after the first, second …
    failure; none: it is not. jitter: ± share of the wait. retry_after_max_s: what a receiver's
    Retry-After is believed up to. give_up_after_s: however few the attempts."""

    delays_s: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=7 * DAY_S)], ...], Meta(max_length=DELAYS_AT_MOST)
    ] = RetrySchedule().delays_s
    jitter: Annotated[float, Meta(ge=0, le=0.5)] = 0.2
    retry_after_max_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 3600
    give_up_after_s: Annotated[int, Meta(ge=1, le=30 * DAY_S)] = 7 * DAY_S

    def wish(self) -> RetrySchedule:
        return RetrySchedule(**msgspec.structs.asdict(self))


class ScheduleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """schedule: null, as the hub does."""

    schedule: Schedule | None
    reason: Reason = ""

    def wish(self) -> RetrySchedule | None:
        return self.schedule.wish() if self.schedule else None


InFlight = Annotated[
    int,
    Meta(ge=1, le=partners.IN_FLIGHT_MAX, description="Deliveries under way at once, at most."),
]
SkipAfter = Annotated[
    int,
    Meta(
        ge=1,
        le=partners.SKIP_AFTER_MAX_S,
        description="How long an ordered event waits for those before it.",
    ),
]


class NewEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """partner: left out by a partner's own key. schedule: left out or null, as its agency's.
    ordered: an event waits for those before it of the same subject, up to skip_after_s."""

    url: Address
    types: EventTypes
    partner: Id | None = None
    description: Text = ""
    signatures: partners.Signatures = partners.Signatures.V1
    schedule: Schedule | None = None
    ordered: bool = False
    skip_after_s: SkipAfter = partners.SKIP_AFTER_S
    in_flight_max: InFlight = partners.IN_FLIGHT_MAX

    def wish(self) -> add_endpoint.NewEndpoint:
        given = _given(self)
        return add_endpoint.NewEndpoint(**{**given, "schedule": _meant(self.schedule)})


class EndpointChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whatever is left out stays. schedule null: as its agency's. What waits for a disabled
    endpoint is kept."""

    url: Address | UnsetType = UNSET
    types: EventTypes | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    state: partners.EndpointState | UnsetType = UNSET
    signatures: partners.Signatures | UnsetType = UNSET
    schedule: Schedule | UnsetType | None = UNSET
    ordered: bool | UnsetType = UNSET
    skip_after_s: SkipAfter | UnsetType = UNSET
    in_flight_max: InFlight | UnsetType = UNSET
    reason: Reason = ""

    def wish(self) -> add_endpoint.EndpointChange:
        given = _given(self)
        del given["reason"]
        return add_endpoint.EndpointChange(**{**given, "schedule": _meant(self.schedule)})


def _given(of: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__struct_fields__}


def _meant(schedule: Schedule | UnsetType | None) -> Any:
    return schedule.wish() if isinstance(schedule, Schedule) else schedule


class EndpointHealth(msgspec.Struct, frozen=True):
    """How an endpoint is served just now. breaker: closed, all is well; open, it failed ten
    times in a row and one delivery tries it after each pause; quarantined, it has failed for a
    day. in_flight: deliveries it is given at once, as it bears them. resume_at: nothing is sent
    before. What waits meanwhile keeps its retries."""

    breaker: Breaker
    in_flight: int
    failures: int
    failing_since: datetime.datetime | None
    resume_at: datetime.datetime | None


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """old_secret_until: until then the secret before still signs beside the new one.

    key_set: where the public keys are that verify v1a; null while it is not asked for.
    schedule: null, as its agency's.
    """

    id: str
    partner: str
    url: str
    types: tuple[str, ...]
    description: str
    state: partners.EndpointState
    disabled_reason: str
    signatures: partners.Signatures
    key_set: str | None
    old_secret_until: datetime.datetime | None
    schedule: Schedule | None
    ordered: bool
    skip_after_s: int
    in_flight_max: int
    health: EndpointHealth | None
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
    """type: of the event. subject: whom it is about. since, until: when the delivery was made."""

    partner: Id | None = None
    endpoint: Id | None = None
    event: Id | None = None
    type: EventTypeName | None = None
    subject: Id | None = None
    state: domain.DeliveryState | None = None
    since: Instant | None = None
    until: Instant | None = None

    def wish(self) -> DeliveryFilter:
        return DeliveryFilter(
            partner=self.partner,
            endpoint=self.endpoint,
            event=self.event,
            state=self.state,
            event_type=self.type,
            subject=self.subject,
            since=self.since,
            until=self.until,
        )


class AttemptQuery(Paging, frozen=True, forbid_unknown_fields=True):
    """type: of the event. subject: whom it is about. status: of the answer. since, until: when
    the attempt was made."""

    partner: Id | None = None
    endpoint: Id | None = None
    type: EventTypeName | None = None
    subject: Id | None = None
    status: Annotated[int, Meta(ge=100, le=599)] | None = None
    fault: domain.Fault | None = None
    since: Instant | None = None
    until: Instant | None = None

    def wish(self) -> AttemptFilter:
        return AttemptFilter(
            partner=self.partner,
            endpoint=self.endpoint,
            event_type=self.type,
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


def partner(of: partners.Partner) -> Partner:
    return Partner(of.id, of.name, of.sees, of.created_at)


def endpoint(of: partners.Endpoint, key_set: str, pace: Pace | None) -> Endpoint:
    """key_set: the address of its agency's."""
    return Endpoint(
        id=of.id,
        partner=of.partner,
        url=of.url,
        types=of.types,
        description=of.description,
        state=of.state,
        disabled_reason=of.disabled_reason,
        signatures=of.signatures,
        key_set=key_set if of.takes_v1a else None,
        old_secret_until=next((s.expires_at for s in of.secrets if s.expires_at), None),
        schedule=schedule(of.schedule) if of.schedule else None,
        ordered=of.ordered,
        skip_after_s=of.skip_after_s,
        in_flight_max=of.in_flight_max,
        health=health(pace) if pace else None,
        created_at=of.created_at,
    )


def schedule(of: RetrySchedule) -> Schedule:
    return Schedule(**msgspec.structs.asdict(of))


def health(of: Pace) -> EndpointHealth:
    return EndpointHealth(of.breaker, int(of.cap), of.failures, of.failing_since, of.resume_at)


def endpoint_secret(shown: Endpoint, of: partners.Endpoint) -> EndpointSecret:
    return EndpointSecret(shown, of.secrets[0].value.reveal())


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
