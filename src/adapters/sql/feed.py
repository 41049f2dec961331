"""Events: appended with their deliveries, and given their place in the feed after commit.

A position is given by whoever holds the scope's head row, to events that are committed by
then. A reader who follows positions therefore never passes over one that commits late.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.outbox import event, subject
from adapters.sql.rows import Row, insert, owner, within
from adapters.sql.tables import head
from core.domain.event import Event
from core.domain.tenancy import Scope
from core.domain.webhooks.partner import Partner, Sees

BATCH = 1000


async def next_sequence(conn: AsyncConnection, scope: Scope, id: str) -> int:
    """Holds the subject's counter until the end: no two events of it get one number."""
    place = {**owner(scope), "id": id, "sequence": 1}
    sequence: int = (await conn.execute(_counted(conn.dialect.name), place)).scalar_one()
    return sequence


@cache
def _counted(dialect: str) -> sa.Executable:
    return (
        insert(dialect, subject)
        .on_conflict_do_update(
            index_elements=["tenant", "environment", "id"],
            set_={"sequence": subject.c.sequence + 1},
        )
        .returning(subject.c.sequence)
    )


async def append(conn: AsyncConnection, scope: Scope, value: Event) -> None:
    row = {
        "id": value.id,
        **owner(scope),
        "aggregatetype": value.subject_type,
        "aggregateid": value.subject,
        "type": value.type,
        "schema": value.schema,
        "sequence": value.sequence,
        "payload": msgspec.json.encode(value.payload).decode(),
        "partner": value.partner,
        "occurred_at": value.occurred_at,
        "valid_until": value.valid_until,
        "coalesce": value.coalesce,
    }
    await conn.execute(sa.insert(event), row)


async def after(
    conn: AsyncConnection, scope: Scope, position: int, limit: int, partner: Partner | None
) -> Sequence[Event]:
    wanted = sa.select(event).where(within(event, scope), event.c.position > position)
    if partner is not None and partner.sees is Sees.OWN:
        wanted = wanted.where(event.c.partner == partner.id)
    found = await conn.execute(wanted.order_by(event.c.position).limit(limit))
    return [event_of(row) for row in found.mappings()]


def event_of(row: Row) -> Event:
    return Event(
        id=row["id"],
        type=row["type"],
        schema=row["schema"],
        subject_type=row["aggregatetype"],
        subject=row["aggregateid"],
        sequence=row["sequence"],
        payload=_payload.decode(row["payload"]),
        occurred_at=row["occurred_at"],
        partner=row["partner"],
        position=row["position"],
        valid_until=row["valid_until"],
        coalesce=row["coalesce"],
    )


_payload = msgspec.json.Decoder(dict[str, Any])


async def hold_head(conn: AsyncConnection, scope: Scope) -> Row:
    """The scope's head row, held until the end of the transaction."""
    held = sa.select(head).where(within(head, scope)).with_for_update()
    return (await conn.execute(held)).mappings().one()


def unsealed(table: sa.Table, scope: Scope) -> sa.Select[Any]:
    return sa.select(table.c.id).where(within(table, scope), table.c.position.is_(None)).limit(1)


async def seal_events(conn: AsyncConnection, scope: Scope) -> int:
    """Places at most BATCH of what is committed by now; how many."""
    last = (await hold_head(conn, scope))["feed_position"]
    order = _order(scope)
    placed = await conn.execute(
        sa.update(event)
        .values(position=last + order.c.place)
        .where(event.c.id == order.c.id, order.c.place <= BATCH)
    )
    if placed.rowcount:
        await conn.execute(
            sa.update(head).where(within(head, scope)).values(feed_position=last + placed.rowcount)
        )
    return placed.rowcount


def _order(scope: Scope) -> sa.Subquery:
    """By id, that is by time; but a subject's events in their sequence, whoever's clock is late."""
    latest = sa.func.max(event.c.id).over(
        partition_by=event.c.aggregateid, order_by=event.c.sequence
    )
    waiting = (
        sa.select(event.c.id, event.c.sequence, latest.label("latest"))
        .where(within(event, scope), event.c.position.is_(None))
        .subquery()
    )
    place = sa.func.row_number().over(order_by=(waiting.c.latest, waiting.c.sequence, waiting.c.id))
    return sa.select(waiting.c.id, place.label("place")).subquery()
