"""What changed since a reader last looked, without holding up whoever changes it.

On PostgreSQL a cell is stamped with the transaction that wrote it. Transactions commit in
another order than they begin, so the next cursor is the oldest one still running: whatever it
and later ones write carries its number or a greater one, and is read the next time. What
committed meanwhile is read at once, and perhaps once more. On SQLite writers come one after the
other, and a count is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import cells
from adapters.sql.channel_tables import push
from adapters.sql.rows import Row, within
from adapters.sql.stock_marks import NOW
from adapters.sql.stock_tables import inventory, rate
from core.domain.tenancy import Scope
from ports.stock import StockChanges

_RUNNING: sa.ColumnElement[int] = sa.literal_column(
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint", sa.BigInteger
)
_TO_COME: sa.ColumnElement[int] = sa.literal_column(
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint", sa.BigInteger
)


async def stamp(conn: AsyncConnection, property: str) -> Any:
    """What a change of *property*'s cells in this transaction is marked with."""
    if conn.dialect.name == "postgresql":
        return NOW
    return await _newest(conn, property) + 1


async def since(conn: AsyncConnection, scope: Scope, property: str, after: int) -> StockChanges:
    if conn.dialect.name == "postgresql":
        cursor, end = (await conn.execute(sa.select(_RUNNING, _TO_COME))).one()
    else:
        cursor = end = await _newest(conn, property) + 1
    if after > end:  # of another life of this database, before a restore
        after = 0
    changed = [await _between(conn, scope, property, t, after, end) for t in (inventory, rate)]
    return StockChanges(
        [cells.cell_of(row) for row in changed[0]],
        [cells.rate_of(row) for row in changed[1]],
        cursor,
    )


async def _between(
    conn: AsyncConnection, scope: Scope, property: str, table: sa.Table, after: int, end: int
) -> Sequence[Row]:
    mine = sa.and_(within(table, scope), table.c.property == property)
    during = sa.and_(table.c.changed >= after, table.c.changed < end)
    wanted = sa.select(table).where(mine, during).order_by(*table.primary_key.columns)
    return (await conn.execute(wanted)).mappings().all()


async def touch(conn: AsyncConnection, scope: Scope, property: str) -> None:
    """Cells are locked in the one order first."""
    mark = await stamp(conn, property)
    for table in (inventory, rate):
        mine = sa.and_(within(table, scope), table.c.property == property)
        order = sa.select(table.c.night).where(mine).order_by(*table.primary_key.columns)
        (await conn.execute(order.with_for_update(key_share=True))).all()
        await conn.execute(sa.update(table).where(mine).values(changed=mark))


async def touch_all(conn: AsyncConnection) -> None:
    """After a restore every cell counts as changed: the stamps were another database's. What
    channels were told since the backup was made is not known, so that they are told everything."""
    mark = NOW if conn.dialect.name == "postgresql" else 1
    for table in (inventory, rate):
        await conn.execute(sa.update(table).values(changed=mark))
    await conn.execute(sa.update(push).values(cursor=0))


async def _newest(conn: AsyncConnection, property: str) -> int:
    marks = [
        sa.select(sa.func.max(table.c.changed))
        .where(table.c.property == property)
        .scalar_subquery()
        for table in (inventory, rate)
    ]
    found = (await conn.execute(sa.select(*marks))).one()
    return max(mark or 0 for mark in found)
