"""Deliveries as they are made: whom an event reaches, and what waits for a claim."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.outbox import delivery, pending
from adapters.sql.rows import owner
from adapters.sql.tables import endpoint, partner
from core.domain.event import Event
from core.domain.tenancy import Scope
from core.domain.webhooks.delivery import DeliveryState
from core.domain.webhooks.partner import Endpoint, EndpointState, Partner, reaches
from ports.mint import Mint

_endpoint = msgspec.json.Decoder(Endpoint)
_partner = msgspec.json.Decoder(Partner)


async def reached(
    conn: AsyncConnection, scope: Scope, event: Event, *, not_to: str | None = None
) -> list[Endpoint]:
    """The endpoints the event goes to. Their secrets are not opened for it."""
    found = [
        (_endpoint.decode(row.body), _partner.decode(row.owner))
        for row in await conn.execute(_active(), owner(scope))
    ]
    return [e for e, whose in found if reaches(e, whose, event.type, event.partner, not_to=not_to)]


@cache
def _active() -> sa.Select[Any]:
    asked = (
        t.c[name] == sa.bindparam(name)
        for t in (endpoint, partner)
        for name in ("tenant", "environment")
    )
    return (
        sa.select(endpoint.c.body, partner.c.body.label("owner"))
        .join(partner, partner.c.id == endpoint.c.partner)
        .where(*asked, endpoint.c.state == str(EndpointState.ACTIVE))
        .order_by(endpoint.c.id)
    )


class Way(msgspec.Struct, frozen=True):
    """How a delivery goes. tier: 0 before those that were tried or sent before. asked: past pace
    and breaker. once: not tried again. ordered: in its subject's order, if its endpoint wants."""

    tier: int = 0
    asked: bool = False
    once: bool = False
    ordered: bool = True


async def make(
    conn: AsyncConnection,
    scope: Scope,
    event: Event,
    endpoints: Sequence[Endpoint],
    *,
    mint: Mint,
    now: datetime,
    due_at: Any,
    way: Way = Way(),
) -> list[str]:
    """One delivery for each endpoint. due_at: an instant, or the database's own now.

    What goes in order begins as held, to be looked at at once by whoever claims next.
    """
    if not endpoints:
        return []
    ids = [mint.id("dlv") for _ in endpoints]
    made = list(zip(ids, endpoints, strict=True))
    at = due_at if isinstance(due_at, datetime) else None
    await conn.execute(
        _record(at is None), [_recorded(scope, event, id, e, now, at) for id, e in made]
    )
    await conn.execute(
        _wait(at is None), [_waiting(scope, event, id, e, way, at) for id, e in made]
    )
    return ids


@cache
def _record(by_database: bool) -> sa.Insert:
    given = sa.insert(delivery)
    return given.values(due_at=sa.func.now()) if by_database else given


@cache
def _wait(by_database: bool) -> sa.Insert:
    """On SQLite all times are given."""
    given = sa.insert(pending)
    if not by_database:
        return given
    skip_at = sa.func.now() + sa.bindparam("skip_after", type_=sa.Interval)
    return given.values(due_at=sa.func.now(), created_at=sa.func.now(), skip_at=skip_at)


def _recorded(
    scope: Scope, event: Event, id: str, e: Endpoint, now: datetime, due_at: datetime | None
) -> dict[str, Any]:
    row = {
        "id": id,
        **owner(scope),
        "event": event.id,
        "event_type": event.type,
        "endpoint": e.id,
        "partner": e.partner,
        "state": str(DeliveryState.DUE),
        "attempts": 0,
        "created_at": now,
    }
    return row if due_at is None else {**row, "due_at": due_at}


def _waiting(
    scope: Scope, event: Event, id: str, e: Endpoint, way: Way, due_at: datetime | None
) -> dict[str, Any]:
    ordered = way.ordered and e.ordered
    skip_after = timedelta(seconds=e.skip_after_s) if ordered else None
    row = {
        "delivery": id,
        **owner(scope),
        "endpoint": e.id,
        "event": event.id,
        "state": str(DeliveryState.HELD if ordered else DeliveryState.DUE),
        "tier": way.tier,
        "attempts": 0,
        "failures": 0,
        "valid_until": event.valid_until,
        "asked": way.asked,
        "once": way.once,
        "ordered": ordered,
        "subject": event.subject,
        "sequence": event.sequence,
    }
    if due_at is None:
        return {**row, "skip_after": skip_after}
    skip_at = None if skip_after is None else due_at + skip_after
    return {**row, "due_at": due_at, "created_at": due_at, "skip_at": skip_at}
