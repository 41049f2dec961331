"""Departures, pilgrims with their dossiers, filings, imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Index, UniqueConstraint

from adapters.sql.types import Instant, JsonText

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _owned("departure", _text("entity"), _text("connection"), _body())
    _owned(
        "pilgrim",
        *(_text(name) for name in ("departure", "person", "reference")),
        _body(),
        UniqueConstraint("departure", "reference"),
        refers=("departure", "person"),
    )
    op.create_table(
        "dossier",
        _text("person", primary_key=True),
        _text("field", primary_key=True),
        _text("tenant"),
        _text("environment"),
        Column("sealed", sa.LargeBinary, nullable=False),
        _refers("person"),
        _known_environment(),
    )
    _owned(
        "filing",
        *(_text(name) for name in ("departure", "connection", "kind", "state")),
        *_checked("filing"),
        _body(),
        UniqueConstraint("departure", "kind"),
        refers=("departure", "connection"),
    )
    _owned(
        "pilgrim_import",
        _text("departure"),
        _text("state"),
        *_checked("pilgrim_import"),
        Column("entries", sa.LargeBinary, nullable=False),
        _body(),
        Index("ix_pilgrim_import_departure", "departure"),
        refers=("departure",),
    )


def _owned(
    name: str,
    *parts: Column[str] | sa.schema.SchemaItem,
    refers: tuple[str, ...] = ("entity", "connection"),
) -> None:
    op.create_table(
        name,
        _text("id", primary_key=True),
        _text("tenant"),
        _text("environment"),
        *parts,
        *map(_refers, refers),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        _known_environment(),
    )


def _checked(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    rows = sa.text("check_at IS NOT NULL")
    return (
        Column("check_at", Instant, nullable=True),
        Column("checked_until", Instant, nullable=True),
        Index(f"ix_{table}_due", "check_at", postgresql_where=rows, sqlite_where=rows),
    )


def _text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, sa.Text, nullable=False, primary_key=primary_key)


def _body() -> Column[str]:
    return Column("body", JsonText, nullable=False)


def _refers(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", name],
        [f"{name}.tenant", f"{name}.environment", f"{name}.id"],
    )


def _known_environment() -> sa.CheckConstraint:
    return sa.CheckConstraint("environment IN ('test', 'live')", name="environment")
