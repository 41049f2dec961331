"""PNRs, voucher sheets, and when the queues of a GDS are read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Index, UniqueConstraint

from adapters.sql.types import Instant, JsonText

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _table(
        "pnr",
        *(_text(name) for name in ("booking", "entity", "connection", "locator")),
        Column("partner", sa.Text, nullable=True),
        _text("state"),
        _at("created_at"),
        _at("check_at", null=True),
        _at("checked_until", null=True),
        Column("body", JsonText, nullable=False),
        *(_refers(name) for name in ("booking", "entity", "connection", "partner")),
        UniqueConstraint("booking"),
        Index("ix_pnr_connection_locator", "connection", "locator"),
    )
    _table(
        "voucher",
        _at("created_at"),
        _at("issued_at", null=True),
        Column("checks", sa.BigInteger, nullable=False),
        _text("why"),
        Column("sealed", sa.LargeBinary, nullable=False),
        _at("check_at", null=True),
        _at("checked_until", null=True),
        _refers("id", "booking"),
    )
    _table(
        "queue_watch",
        _at("check_at"),
        _at("checked_until", null=True),
        _refers("id", "connection"),
    )


def _table(name: str, *parts: Any) -> None:
    op.create_table(
        name,
        _text("id", primary_key=True),
        _text("tenant"),
        _text("environment"),
        *parts,
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        sa.CheckConstraint("environment IN ('test', 'live')", name="environment"),
        _due(name),
    )


def _text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, sa.Text, nullable=False, primary_key=primary_key)


def _at(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Instant, nullable=null)


def _refers(name: str, table: str = "") -> ForeignKeyConstraint:
    table = table or name
    return ForeignKeyConstraint(
        ["tenant", "environment", name],
        [f"{table}.tenant", f"{table}.environment", f"{table}.id"],
    )


def _due(table: str) -> Index:
    rows = sa.text("check_at IS NOT NULL")
    return Index(f"ix_{table}_due", "check_at", postgresql_where=rows, sqlite_where=rows)
