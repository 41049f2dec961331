"""A partner, its endpoints, and which events reach them."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.event import is_pattern, matches
from core.domain.secret import Secret


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


class EndpointState(enum.StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class SigningSecret(msgspec.Struct, frozen=True):
    """value: `whsec_…`. expires_at: until then an old secret still signs beside the new."""

    value: Secret
    expires_at: datetime | None = None


class Endpoint(msgspec.Struct, frozen=True):
    """A partner's webhook receiver. secrets: newest first; at most one without an expiry.

    types: event types or patterns (`booking.*`, `*`).
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

    def __post_init__(self) -> None:
        if not self.types or not all(is_pattern(t) for t in self.types):
            raise ValueError("types are event types or patterns, at least one")

    def signing(self, now: datetime) -> tuple[Secret, ...]:
        """The secrets that sign at *now*."""
        return tuple(s.value for s in self.secrets if s.expires_at is None or now < s.expires_at)


def reaches(
    endpoint: Endpoint, partner: Partner, event_type: str, event_partner: str | None
) -> bool:
    """Whether an event goes to *endpoint*: its partner may see it, and it asked for it."""
    if endpoint.state is not EndpointState.ACTIVE:
        return False
    may_see = partner.sees is Sees.ALL or event_partner == partner.id
    return may_see and matches(endpoint.types, event_type)
