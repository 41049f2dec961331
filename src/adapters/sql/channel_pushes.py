"""Which channels have something to hear: asked of the cells, so that no writer has to tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.channel_tables import acknowledgement, push, reservation
from adapters.sql.engine import Database
from adapters.sql.stock_tables import inventory, rate
from adapters.sql.types import Instant
from ports.channels import ChannelsWaiting


async def notice(database: Database) -> int:
    """Make due, a quiet time from now, every push whose property has cells it has not looked at;
    how many there were.

    One that is due sooner is left as it is; so is one that waits after a failure, for its turn
    will look at everything. Most often there is nothing, and nothing is written.
    """
    async with database.read() as conn:
        found = (await conn.execute(_behind(database.now()))).all()
    waits: dict[float, list[str]] = {}
    for id, quiet_s, check_at, now in found:
        if check_at is None or check_at > now + timedelta(seconds=quiet_s):
            waits.setdefault(quiet_s, []).append(id)
    if waits:
        async with database.write() as conn:
            for quiet_s, ids in waits.items():
                due = database.now() + timedelta(seconds=quiet_s)
                await conn.execute(
                    sa.update(push).where(push.c.id.in_(ids), *_free).values(check_at=due)
                )
    return sum(map(len, waits.values()))


async def hurry(database: Database, property: str, but: str) -> None:
    others = sa.and_(push.c.property == property, push.c.id != but, *_free)
    async with database.write() as conn:
        await conn.execute(sa.update(push).where(others).values(check_at=database.now()))


async def waiting(database: Database) -> ChannelsWaiting:
    owed, kept = acknowledgement.c, reservation.c
    states = sa.select(push.c.active, push.c.failing, sa.func.count()).group_by(
        push.c.active, push.c.failing
    )
    async with database.read() as conn:
        now = await _instant(conn, database)
        oldest = await conn.scalar(sa.select(sa.func.min(push.c.check_at)).where(*_free))
        first = await conn.scalar(
            sa.select(sa.func.min(owed.due_by)).where(owed.check_at.is_not(None))
        )
        found = (await conn.execute(states)).all()
        unmapped = await conn.scalar(sa.select(sa.func.count()).where(kept.has_unmapped))
    counts = dict.fromkeys(("active", "failing", "paused"), 0)
    for active, failing, count in found:
        counts["failing" if failing else "active" if active else "paused"] += count
    return ChannelsWaiting(
        due_s=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        states=counts,
        left_s=(first - now).total_seconds() if first else None,
        unmapped=unmapped or 0,
    )


async def _instant(conn: AsyncConnection, database: Database) -> datetime:
    now = database.now()
    if isinstance(now, datetime):
        return now
    told: datetime = (await conn.execute(sa.select(sa.cast(now, Instant)))).scalar_one()
    return told


_free = (push.c.active, ~push.c.failing)


def _behind(now: Any) -> sa.Select[Any]:
    changed = [
        sa.exists().where(t.c.property == push.c.property, t.c.changed >= push.c.cursor)
        for t in (inventory, rate)
    ]
    at = sa.cast(now, Instant) if isinstance(now, sa.ColumnElement) else sa.literal(now, Instant)
    wanted = sa.select(push.c.id, push.c.quiet_s, push.c.check_at, at)
    return wanted.where(*_free, sa.or_(*changed))
