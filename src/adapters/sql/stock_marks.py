"""What a changed cell is marked with; stock_changes.py says how the marks are read."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.sql.stock_tables import inventory, rate

NOW: sa.ColumnElement[int] = sa.literal_column("pg_current_xact_id()::text::bigint", sa.BigInteger)


def mark(dialect: str) -> sa.ColumnElement[int]:
    """The transaction's own number; on SQLite one more than any of the property `in_property`."""
    if dialect == "postgresql":
        return NOW
    newest = sa.func.max(*(sa.func.coalesce(_newest(table), 0) for table in (inventory, rate)))
    return newest + 1


def _newest(table: sa.Table) -> sa.ScalarSelect[int]:
    t = table.alias()
    mine = t.c.property == sa.bindparam("in_property")
    return sa.select(sa.func.max(t.c.changed)).where(mine).scalar_subquery()
