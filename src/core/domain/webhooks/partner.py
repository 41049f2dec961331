"""A partner, its endpoints, and which events reach them."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.event import is_pattern, matches
from core.domain.secret import Secret
from core.domain.webhooks.retry import DAY_S, RetrySchedule
from core.domain.webhooks.signature import MOST, OVERLAP, TooManySign

IN_FLIGHT_MAX = 64
SKIP_AFTER_S = 3600
GONE_REASON = "410 Gone"  # why an endpoint was disabled by itself
SKIP_AFTER_MAX_S = 7 * DAY_S


class Sees(enum.StrEnum):
    """own: events about bookings made for this partner. all: every event of the tenant."""

    OWN = "own"
    ALL = "all"


class Partner(msgspec.Struct, frozen=True):
    """A principal that owns endpoints and sees only its own events and deliveries."""

    id: str
    name: str
    created_at: datetime
    sees: Sees = Sees.OWN

    def may_see(self, event_partner: str | None) -> bool:
        """An event about a booking made for *event_partner*; None: the tenant's own event."""
        return self.sees is Sees.ALL or event_partner == self.id


class EndpointState(enum.StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class Signatures(enum.StrEnum):
    """By which versions of Standard Webhooks an endpoint's messages are signed.

    v1: HMAC under the endpoint's own secret. v1a: ed25519 under the tenant's key, which costs
    several times as much. both: to move from one to the other.
    """

    V1 = "v1"
    V1A = "v1a"
    BOTH = "both"


class SigningSecret(msgspec.Struct, frozen=True):
    """value: `whsec_…`. expires_at: until then an old secret still signs beside the new."""

    value: Secret
    expires_at: datetime | None = None


class Endpoint(msgspec.Struct, frozen=True):
    """A partner's webhook receiver. secrets: newest first; at most one without an expiry.

    types: event types or patterns (`booking.*`, `*`). schedule: None, as its tenant's.
    ordered: an event waits for those before it of the same subject, but no longer than
    skip_after_s. in_flight_max: deliveries under way at once, over all processes.
    """

    id: str
    partner: str
    url: str
    types: tuple[str, ...]
    created_at: datetime
    secrets: tuple[SigningSecret, ...]
    state: EndpointState = EndpointState.ACTIVE
    description: str = ""
    disabled_reason: str = ""
    schedule: RetrySchedule | None = None
    ordered: bool = False
    skip_after_s: int = SKIP_AFTER_S
    in_flight_max: int = IN_FLIGHT_MAX
    signatures: Signatures = Signatures.V1

    def __post_init__(self) -> None:
        if not self.types or not all(is_pattern(t) for t in self.types):
            raise ValueError("types are event types or patterns, at least one")
        if not 1 <= self.in_flight_max <= IN_FLIGHT_MAX:
            raise ValueError(f"in_flight_max is between 1 and {IN_FLIGHT_MAX}")
        if not 1 <= self.skip_after_s <= SKIP_AFTER_MAX_S:
            raise ValueError("skip_after_s is between one second and seven days")

    @property
    def takes_v1a(self) -> bool:
        return self.signatures is not Signatures.V1

    def signing(self, now: datetime) -> tuple[Secret, ...]:
        """The secrets that sign at *now*."""
        if self.signatures is Signatures.V1A:
            return ()
        return tuple(s.value for s in self.secrets if s.expires_at is None or now < s.expires_at)

    def rotated(self, fresh: Secret, now: datetime) -> Endpoint | TooManySign:
        """With *fresh* as its newest secret; those before sign on, each for 24 hours."""
        ends = [s.expires_at for s in self.secrets if s.expires_at and now < s.expires_at]
        if len(ends) >= MOST - 1:
            return TooManySign(min(ends))
        current, *older = self.secrets
        ending = SigningSecret(current.value, expires_at=now + OVERLAP)
        alive = (s for s in older if s.expires_at is not None and now < s.expires_at)
        return msgspec.structs.replace(self, secrets=(SigningSecret(fresh), ending, *alive))


def reaches(
    endpoint: Endpoint,
    partner: Partner,
    event_type: str,
    event_partner: str | None,
    *,
    not_to: str | None = None,
) -> bool:
    """Whether an event goes to *endpoint*: its partner may see it, and it asked for it.

    not_to: the endpoint that the event is about.
    """
    if endpoint.state is not EndpointState.ACTIVE or endpoint.id == not_to:
        return False
    return partner.may_see(event_partner) and matches(endpoint.types, event_type)
