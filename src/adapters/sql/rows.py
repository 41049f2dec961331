"""Get, list and put a row of one scope. Every statement names tenant and environment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from core.domain.tenancy import Scope
from ports.store import Page, Violated

Row = sa.RowMapping
PAGE_MAX = 200


def owner(scope: Scope) -> dict[str, str]:
    """The columns that say whose a row is."""
    return {"tenant": scope.tenant, "environment": str(scope.environment)}


def within(table: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.tenant == scope.tenant, table.c.environment == str(scope.environment))


async def get(
    conn: AsyncConnection, table: sa.Table, scope: Scope, id: str, *, lock: bool
) -> Row | None:
    """lock: until the end of the transaction, yet open to rows that refer to it."""
    found = await conn.execute(_by_id(table, lock), {"id": id, **owner(scope)})
    return found.mappings().one_or_none()


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
    done = await conn.execute(
        _upsert(table, conn.dialect.name, tuple(row)), {**row, **owner(scope)}
    )
    if done.rowcount == 0:
        raise Violated(f"this {table.name} is not in this scope")


def insert(dialect: str, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what to do on conflict, as *dialect* spells it."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


# Building a statement costs more than running it; these two are most of what the store runs.
@cache
def _by_id(table: sa.Table, lock: bool) -> sa.Select[*tuple[Any, ...]]:
    asked = (table.c[name] == sa.bindparam(name) for name in ("id", "tenant", "environment"))
    wanted = sa.select(table).where(*asked)
    return wanted.with_for_update(key_share=True) if lock else wanted


@cache
def _upsert(table: sa.Table, dialect: str, columns: tuple[str, ...]) -> sa.Insert:
    fresh = insert(dialect, table)
    new = fresh.excluded
    return fresh.on_conflict_do_update(
        index_elements=[table.c.id],
        set_={name: new[name] for name in columns if name != "id"},
        where=sa.and_(table.c.tenant == new.tenant, table.c.environment == new.environment),
    )
