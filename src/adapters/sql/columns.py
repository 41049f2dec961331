"""The words the tables are written in.

Each row belongs to one tenant in one environment, and references carry both, so that the
database itself refuses a row that points across.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKeyConstraint, Index, Table, UniqueConstraint

from adapters.sql.types import Instant, JsonText

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def text(name: str, **options: Any) -> Column[str]:
    return Column(name, sa.Text, nullable=options.pop("null", False), **options)


def at(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Instant, nullable=null)


def whole(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, sa.BigInteger, nullable=null)


def day(name: str) -> Column[Any]:
    return Column(name, sa.Date, nullable=False)


def flag(name: str) -> Column[bool]:
    return Column(name, sa.Boolean, nullable=False)


def number(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, sa.Double, nullable=null)


def body() -> Column[str]:
    return Column("body", JsonText, nullable=False)


def sealed(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, sa.LargeBinary, nullable=null)


def refers(column: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", column],
        [f"{table}.tenant", f"{table}.environment", f"{table}.id"],
    )


def known_environment() -> sa.CheckConstraint:
    return sa.CheckConstraint("environment IN ('test', 'live')", name="environment")


def owned(name: str, *parts: Column[Any] | sa.Constraint | Index, **options: Any) -> Table:
    """A table whose rows have an id, a tenant and an environment."""
    return Table(
        name,
        metadata,
        text("id", primary_key=True),
        text("tenant"),
        text("environment"),
        *parts,
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        known_environment(),
        **options,
    )


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    rows = sa.text(where)
    return Index(name, *columns, unique=unique, postgresql_where=rows, sqlite_where=rows)


def due(table: str) -> Index:
    return partial(f"ix_{table}_due", "check_at", where="check_at IS NOT NULL")
