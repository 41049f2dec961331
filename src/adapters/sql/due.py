"""Work that falls due by itself: a booking to check, a filing to remind of, an import to go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.channel_tables import acknowledgement, pull, push, watch
from adapters.sql.filing_tables import filing, pilgrim_import
from adapters.sql.outbox import audit, event
from adapters.sql.stock_tables import allotment, hold
from adapters.sql.tables import (
    agreement,
    booking,
    inbox,
    payment,
    payment_plan,
    pnr,
    queue_watch,
    recovery,
    refund,
    voucher,
)
from core.domain.tenancy import Environment, Scope
from ports.jobs import Bell
from ports.store import PastDue

CHECKED = {
    Bell.BOOKINGS: booking,
    Bell.PAYMENTS: payment,
    Bell.REFUNDS: refund,
    Bell.PLANS: payment_plan,
    Bell.AGREEMENTS: agreement,
    Bell.INBOX: inbox,
    Bell.RECOVERIES: recovery,
    Bell.HOLDS: hold,
    Bell.ALLOTMENTS: allotment,
    Bell.PNRS: pnr,
    Bell.QUEUES: queue_watch,
    Bell.VOUCHERS: voucher,
    Bell.FILINGS: filing,
    Bell.IMPORTS: pilgrim_import,
    Bell.CHANNELS: push,
    Bell.PULLS: pull,
    Bell.ACKNOWLEDGEMENTS: acknowledgement,
    Bell.WATCHES: watch,
}


async def claim(
    conn: AsyncConnection, table: sa.Table, now: Any, *, lease_s: float, limit: int
) -> Sequence[tuple[Scope, str]]:
    """Longest due first. The lease is a column of the row; any put of the row ends it."""
    x = table.alias("x")
    free = sa.or_(x.c.checked_until.is_(None), x.c.checked_until <= now)
    due = (
        sa.select(x.c.id)
        .where(x.c.check_at <= now, free)
        .order_by(x.c.check_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        sa.update(table)
        .where(table.c.id.in_(due))
        .values(checked_until=now + timedelta(seconds=lease_s))
        .returning(table.c.tenant, table.c.environment, table.c.id)
    )
    found = await conn.execute(taken)
    return [(Scope(row.tenant, Environment(row.environment)), row.id) for row in found]


async def postpone(
    conn: AsyncConnection, table: sa.Table, id: str, now: Any, *, after_s: float
) -> None:
    until = now + timedelta(seconds=after_s)
    await conn.execute(sa.update(table).where(table.c.id == id).values(checked_until=until))


async def next_check(conn: AsyncConnection, table: sa.Table, now: Any) -> float | None:
    """Seconds until the next row falls due and is free; None: no row waits."""
    held = table.c.checked_until > table.c.check_at
    free_at = sa.case((held, table.c.checked_until), else_=table.c.check_at)
    first = sa.func.min(free_at, type_=table.c.check_at.type)
    instant = (
        sa.literal(now, table.c.check_at.type) if not isinstance(now, sa.ColumnElement) else now
    )
    wanted = sa.select(first, sa.cast(instant, table.c.check_at.type)).where(
        table.c.check_at.is_not(None)
    )
    at, by = (await conn.execute(wanted)).one()
    return None if at is None else max((at - by).total_seconds(), 0.0)


async def past_due(conn: AsyncConnection, now: Any) -> dict[Bell, PastDue]:
    """Of every kind of check; one that is put off is as one under a lease."""
    wanted = sa.union_all(*(_past_due(bell, table, now) for bell, table in CHECKED.items()))
    return {
        Bell(bell): PastDue((by - at).total_seconds() if at else 0.0, in_hand or 0)
        for bell, at, in_hand, by in await conn.execute(wanted)
    }


def _past_due(bell: Bell, table: sa.Table, now: Any) -> sa.Select[Any]:
    at, until = table.c.check_at, table.c.checked_until
    held = until > now
    free_at = sa.case((held, sa.null()), (until > at, until), else_=at)
    return sa.select(
        sa.literal(str(bell)),
        sa.func.min(free_at, type_=at.type),
        sa.func.sum(sa.case((held, 1), else_=0)),
        sa.cast(now, at.type) if isinstance(now, sa.ColumnElement) else sa.literal(now, at.type),
    ).where(at <= now)


async def unsealed(conn: AsyncConnection) -> Sequence[Scope]:
    """The scopes that have something committed and not yet placed."""
    waiting = sa.union(
        *(
            sa.select(t.c.tenant, t.c.environment).where(t.c.position.is_(None))
            for t in (event, audit)
        )
    )
    found = await conn.execute(waiting)
    return [Scope(row.tenant, Environment(row.environment)) for row in found]
