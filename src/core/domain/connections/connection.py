"""A configured use of an adapter, the account behind it, and how healthy it proved."""

from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from core.domain.secret import Secret


class ConnectionState(enum.StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class Verdict(enum.StrEnum):
    """The four answers of a connection test."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    CANNOT_TEST = "cannot_test"


class ConnectionTest(msgspec.Struct, frozen=True):
    """What was asked, what came back, and how long it took. Holds no secret.

    evidence: short facts for the operator (endpoint, HTTP status, vendor request id).
    remedy: what to do about it, "" when nothing is to be done.
    """

    verdict: Verdict
    tested_at: datetime
    elapsed_ms: int
    evidence: dict[str, str]
    remedy: str = ""


FINEST = -6


class Markup(msgspec.Struct, frozen=True):
    """Makes sell from net: net × (1 + percent/100), rounded up to a multiple of *round_to*.

    round_to: minor units of the offer's currency; 1 keeps every unit.
    """

    percent: Decimal = Decimal(0)
    round_to: int = 1

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and Decimal(-100) < self.percent <= Decimal(1000)):
            raise ValueError("percent must be above -100 and at most 1000")
        exponent = self.percent.as_tuple().exponent  # 1E-99999999 would take minutes to multiply
        if not (isinstance(exponent, int) and exponent >= FINEST):
            raise ValueError(f"percent has at most {-FINEST} decimal places")
        if self.round_to < 1:
            raise ValueError("round_to must be at least 1")


class VendorAccount(msgspec.Struct, frozen=True):
    """A credential and the rate budget that goes with it; may serve many connections.

    credential: the secret fields of the adapter's config. None: the row could not be
    decrypted, and the operator has to enter it again.
    """

    id: str
    adapter: str
    name: str
    credential: dict[str, Secret] | None
    created_at: datetime
    version: int = 1


class Connection(msgspec.Struct, frozen=True):
    """One configured use of an adapter by one legal entity.

    config: the adapter's fields that are not secret, as JSON values.
    version: rises with every change, so that an open client is known to be stale.
    """

    id: str
    entity: str
    account: str
    adapter: str
    name: str
    config: dict[str, Any]
    created_at: datetime
    state: ConnectionState = ConnectionState.ACTIVE
    markup: Markup = Markup()
    last_test: ConnectionTest | None = None
    version: int = 1


class QueueWatch(msgspec.Struct, frozen=True):
    """When the queues of a GDS connection are read next. id: the connection's."""

    id: str
    check_at: datetime
