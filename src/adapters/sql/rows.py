"""Get, list and put a row of one scope. Every statement names tenant and environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from core.domain.tenancy import Scope
from ports.store import Page, Violated

Row = sa.RowMapping
PAGE_MAX = 200


def within(table: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.tenant == scope.tenant, table.c.environment == str(scope.environment))


async def get(
    conn: AsyncConnection, table: sa.Table, scope: Scope, id: str, *, lock: bool
) -> Row | None:
    """lock: until the end of the transaction, yet open to rows that refer to it."""
    wanted = sa.select(table).where(table.c.id == id, within(table, scope))
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    return (await conn.execute(wanted)).mappings().one_or_none()


async def page(
    conn: AsyncConnection,
    table: sa.Table,
    scope: Scope,
    page: Page,
    *where: sa.ColumnElement[bool],
) -> Sequence[Row]:
    """Newest first: ids sort by time."""
    wanted = sa.select(table).where(within(table, scope), *where)
    if page.after is not None:
        wanted = wanted.where(table.c.id < page.after)
    limit = max(1, min(page.limit, PAGE_MAX))
    return (await conn.execute(wanted.order_by(table.c.id.desc()).limit(limit))).mappings().all()


async def all_of(
    conn: AsyncConnection, table: sa.Table, scope: Scope, *where: sa.ColumnElement[bool]
) -> Sequence[Row]:
    """Oldest first."""
    wanted = sa.select(table).where(within(table, scope), *where).order_by(table.c.id)
    return (await conn.execute(wanted)).mappings().all()


async def put(conn: AsyncConnection, table: sa.Table, scope: Scope, row: dict[str, Any]) -> None:
    """Insert, or replace by id. Violated: the id is another scope's."""
    owned = {**row, "tenant": scope.tenant, "environment": str(scope.environment)}
    fresh = insert(conn, table).values(owned)
    changed = {name: fresh.excluded[name] for name in row if name != "id"}
    done = await conn.execute(
        fresh.on_conflict_do_update(
            index_elements=[table.c.id], set_=changed, where=within(table, scope)
        )
    )
    if done.rowcount == 0:
        raise Violated(f"this {table.name} is not in this scope")


def insert(conn: AsyncConnection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what to do on conflict, in the connection's dialect."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
