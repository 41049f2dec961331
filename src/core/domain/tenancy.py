"""Who a row belongs to, and who is asking."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.money import exponent
from core.domain.webhooks.retry import RetrySchedule


class Environment(enum.StrEnum):
    """Every key, connection and row has one; they never mix. Simulators exist only in test."""

    TEST = "test"
    LIVE = "live"


class Scope(msgspec.Struct, frozen=True):
    """One tenant in one environment: what every read and write is confined to."""

    tenant: str
    environment: Environment


class Tenant(msgspec.Struct, frozen=True):
    """One agency. schedules: when its webhooks are tried again, by environment; where there is
    none, as the hub does."""

    id: str
    name: str
    created_at: datetime
    schedules: dict[Environment, RetrySchedule] = {}


class LegalEntity(msgspec.Struct, frozen=True):
    """One company of a tenant. currency: ISO 4217, the one its books are kept in.

    licence: the number of its travel or umrah licence, "" when it has none.
    """

    id: str
    name: str
    country: str
    currency: str
    tax_id: str
    licence: str
    created_at: datetime

    def __post_init__(self) -> None:
        exponent(self.currency)
        if len(self.country) != 2 or not self.country.isupper() or not self.country.isalpha():
            raise ValueError(f"not an ISO 3166 country: {self.country!r}")


class Permission(enum.StrEnum):
    """What an API key may do. A partner's key is also confined to that partner."""

    ADMIN = "admin"
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_WRITE = "connections:write"
    SEARCH = "search"
    PRICES_NET = "prices:net"
    BOOKINGS_READ = "bookings:read"
    BOOKINGS_WRITE = "bookings:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    RESERVATIONS_READ = "reservations:read"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    AGREEMENTS_READ = "agreements:read"
    AGREEMENTS_WRITE = "agreements:write"
    PILGRIMS_READ = "pilgrims:read"
    PILGRIMS_WRITE = "pilgrims:write"
    FILINGS_READ = "filings:read"
    FILINGS_WRITE = "filings:write"
    PARTNERS_READ = "partners:read"
    PARTNERS_WRITE = "partners:write"
    ENDPOINTS_READ = "endpoints:read"
    ENDPOINTS_WRITE = "endpoints:write"
    EVENTS_READ = "events:read"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"
    PEOPLE_ERASE = "people:erase"
    AUDIT_READ = "audit:read"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"


# What a partner's key may ever hold: its own endpoints, events and deliveries.
PARTNER_PERMISSIONS = frozenset(
    {
        Permission.ENDPOINTS_READ,
        Permission.ENDPOINTS_WRITE,
        Permission.EVENTS_READ,
        Permission.DELIVERIES_READ,
        Permission.DELIVERIES_WRITE,
    }
)


class ApiKey(msgspec.Struct, frozen=True):
    """digest: SHA-256 of the key, in hex; the key itself is shown once and never kept.

    partner: the partner whose key it is, None for the tenant's own.
    hint: the last four characters, so that a person can tell keys apart.
    """

    id: str
    name: str
    digest: str
    hint: str
    permissions: frozenset[Permission]
    created_at: datetime
    partner: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Principal(msgspec.Struct, frozen=True):
    """Who is asking: an API key, or the hub itself (`system`, `cli`)."""

    id: str
    scope: Scope
    permissions: frozenset[Permission]
    partner: str | None = None

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions or Permission.ADMIN in self.permissions
