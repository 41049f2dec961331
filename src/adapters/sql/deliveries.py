"""Deliveries and their attempts, as they are made and read. Claims are beside, per dialect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import rows
from adapters.sql.outbox import attempt, delivery
from adapters.sql.rows import Row, owner, within
from adapters.sql.tables import endpoint, partner
from core.domain.delivery import Attempt, Delivery, DeliveryState, Fault, Sent
from core.domain.event import Event
from core.domain.partner import Endpoint, EndpointState, Partner, reaches
from core.domain.tenancy import Scope
from ports.mint import Mint
from ports.store import DeliveryFilter

_ROWS = 1000  # in one statement; a statement has at most 32,767 parameters
_endpoint = msgspec.json.Decoder(Endpoint)
_partner = msgspec.json.Decoder(Partner)


async def reached(conn: AsyncConnection, scope: Scope, event: Event) -> list[Endpoint]:
    """The endpoints the event goes to. Their secrets are not opened for it."""
    wanted = (
        sa.select(endpoint.c.body, partner.c.body.label("owner"))
        .join(partner, partner.c.id == endpoint.c.partner)
        .where(
            within(endpoint, scope),
            within(partner, scope),
            endpoint.c.state == str(EndpointState.ACTIVE),
        )
        .order_by(endpoint.c.id)
    )
    found = [
        (_endpoint.decode(row.body), _partner.decode(row.owner))
        for row in await conn.execute(wanted)
    ]
    return [e for e, owner in found if reaches(e, owner, event.type, event.partner)]


async def make(
    conn: AsyncConnection,
    scope: Scope,
    event: Event,
    endpoints: Sequence[Endpoint],
    *,
    mint: Mint,
    now: datetime,
    due_at: Any,
) -> list[str]:
    """One due delivery for each endpoint. due_at: an instant, or the database's own now."""
    ids = [mint.id("dlv") for _ in endpoints]
    made = [
        {
            "id": id,
            **owner(scope),
            "event": event.id,
            "event_type": event.type,
            "endpoint": e.id,
            "partner": e.partner,
            "state": str(DeliveryState.DUE),
            "due_at": due_at,
            "attempts": 0,
            "created_at": now,
        }
        for id, e in zip(ids, endpoints, strict=True)
    ]
    for start in range(0, len(made), _ROWS):
        await conn.execute(sa.insert(delivery).values(made[start : start + _ROWS]))
    return ids


def filtered(where: DeliveryFilter) -> list[sa.ColumnElement[bool]]:
    asked = {
        "partner": where.partner,
        "endpoint": where.endpoint,
        "event": where.event,
        "state": None if where.state is None else str(where.state),
    }
    return [delivery.c[name] == value for name, value in asked.items() if value is not None]


def delivery_of(row: Row) -> Delivery:
    fields = {name: row[name] for name in Delivery.__struct_fields__}
    return msgspec.convert(fields, Delivery)


async def attempts(conn: AsyncConnection, scope: Scope, id: str) -> list[Attempt]:
    """Oldest first."""
    found = await rows.all_of(conn, attempt, scope, attempt.c.delivery == id)
    return [_attempt_of(row) for row in found]


def _attempt_of(row: Row) -> Attempt:
    sent = {name: row[name] for name in Sent.__struct_fields__}
    return Attempt(
        id=row["id"],
        delivery=row["delivery"],
        number=row["number"],
        at=row["at"],
        sent=Sent(**{**sent, "fault": Fault(row["fault"])}),
    )
