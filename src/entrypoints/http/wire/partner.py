"""Partners, and their endpoints."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.application.webhooks import add_endpoint
from core.domain.webhooks import partner as partners
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.retry import DAY_S, DELAYS_AT_MOST, RetrySchedule
from entrypoints.http.wire.values import Address, Id, Name, Reason, Text

EventTypes = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
    Meta(min_length=1, max_length=50, description="Event types or patterns: booking.*, *."),
]
_USUAL = RetrySchedule()


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
    ] = _USUAL.delays_s
    jitter: Annotated[float, Meta(ge=0, le=0.5)] = _USUAL.jitter
    retry_after_max_s: Annotated[int, Meta(ge=1, le=DAY_S)] = _USUAL.retry_after_max_s
    give_up_after_s: Annotated[int, Meta(ge=1, le=30 * DAY_S)] = _USUAL.give_up_after_s

    def __post_init__(self) -> None:
        self.wish()  # ValueError: its parts do not go together

    def wish(self) -> RetrySchedule:
        return RetrySchedule(**msgspec.structs.asdict(self))


class ScheduleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """schedule: null goes back to the hub's own."""

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
        return add_endpoint.NewEndpoint(**_given(self))


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
        return add_endpoint.EndpointChange(**given)


def _given(of: NewEndpoint | EndpointChange) -> dict[str, Any]:
    given = {name: getattr(of, name) for name in of.__struct_fields__}
    if isinstance(of.schedule, Schedule):
        given["schedule"] = of.schedule.wish()
    return given


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
