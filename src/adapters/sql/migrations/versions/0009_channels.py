"""Channels: how each is to be shown, how far it was told, and the reservations that came in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from adapters.sql.types import Instant, JsonText

revision = "0009"
down_revision = "0008"

_CHURNED = {
    "fillfactor": 50,
    "autovacuum_vacuum_scale_factor": 0.0,
    "autovacuum_vacuum_threshold": 5000,
    "autovacuum_vacuum_cost_delay": 0,
    "autovacuum_analyze_scale_factor": 0.1,
    "autovacuum_analyze_threshold": 1000,
}


def upgrade() -> None:
    _owned(
        "channel",
        *_texts("connection", "property", "property_code", "state"),
        _body(),
        _refers("connection", "connection"),
        _refers("property", "property"),
        UniqueConstraint("connection", "property"),
        UniqueConstraint("connection", "property_code"),
        Index("ix_channel_property", "property"),
    )
    _pushes()
    for name, of in (("pull", "connection"), ("watch", "channel")):
        _owned(name, *_checked(), _body(), _refers("id", of), _due(name))
    _reservations()
    _parity()


def _pushes() -> None:
    _owned(
        "push",
        *_texts("property"),
        Column("quiet_s", sa.Double, nullable=False),
        *(Column(name, sa.Boolean, nullable=False) for name in ("active", "failing")),
        Column("cursor", sa.BigInteger, nullable=False),
        *_checked(),
        _body(),
        _refers("id", "channel"),
        _due("push"),
        postgresql_with=_CHURNED,
    )
    op.create_table(
        "lane",
        *_texts("channel", "kind", "room", "plan", "tenant", "environment"),
        _body(),
        PrimaryKeyConstraint("channel", "kind", "room", "plan"),
        _refers("channel", "channel"),
        _known_environment(),
        postgresql_with=_CHURNED,
    )


def _reservations() -> None:
    _owned(
        "reservation",
        *_texts("connection"),
        *(Column(name, sa.Text, nullable=True) for name in ("channel", "property")),
        *_texts("reference", "state"),
        *(Column(name, sa.Boolean, nullable=False) for name in ("has_unmapped", "is_overbooked")),
        Column("created_at", Instant, nullable=False),
        _body(),
        _refers("connection", "connection"),
        _refers("channel", "channel"),
        _refers("property", "property"),
        UniqueConstraint("connection", "reference"),
        Index("ix_reservation_property", "property", "id"),
        _partial("ix_reservation_unmapped", "channel", where="has_unmapped"),
    )
    _owned(
        "acknowledgement",
        *_texts("connection", "message", "reservation"),
        Column("due_by", Instant, nullable=False),
        Column("acknowledged_at", Instant, nullable=True),
        *_checked(),
        _body(),
        _refers("connection", "connection"),
        _refers("reservation", "reservation"),
        UniqueConstraint("connection", "message"),
        Index("ix_acknowledgement_reservation", "reservation"),
        _due("acknowledgement"),
    )


def _parity() -> None:
    open_ = _partial(
        "uq_breach_open", "channel", "room", "plan", where="state <> 'closed'", unique=True
    )
    _owned(
        "breach",
        *_texts("channel", "room", "plan", "state"),
        _body(),
        _refers("channel", "channel"),
        Index("ix_breach_channel", "channel", "id"),
        open_,
    )
    _owned(
        "reading",
        *_texts("channel", "room", "plan"),
        _body(),
        _refers("channel", "channel"),
        UniqueConstraint("channel", "room", "plan"),
    )


def _owned(name: str, *parts: sa.schema.SchemaItem, **options: Any) -> None:
    op.create_table(
        name,
        Column("id", sa.Text, nullable=False, primary_key=True),
        *_texts("tenant", "environment"),
        *parts,
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        _known_environment(),
        **options,
    )


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, sa.Text, nullable=False) for name in names]


def _body() -> Column[str]:
    return Column("body", JsonText, nullable=False)


def _checked() -> list[Column[object]]:
    return [Column(name, Instant, nullable=True) for name in ("check_at", "checked_until")]


def _known_environment() -> sa.CheckConstraint:
    return sa.CheckConstraint("environment IN ('test', 'live')", name="environment")


def _refers(column: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", column],
        [f"{table}.{name}" for name in ("tenant", "environment", "id")],
    )


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    rows = sa.text(where)
    return Index(name, *columns, unique=unique, postgresql_where=rows, sqlite_where=rows)


def _due(table: str) -> Index:
    return _partial(f"ix_{table}_due", "check_at", where="check_at IS NOT NULL")
