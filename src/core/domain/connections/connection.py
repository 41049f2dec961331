"""A configured use of an adapter, the account behind it, and how healthy it proved."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import msgspec

from core.domain.markup import Markup
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
