"""The tenant's own stock: properties, cells of inventory and rates, and who took of them."""

from __future__ import annotations

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

revision = "0005"
down_revision = "0004"

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
        "property",
        *_texts("entity", "code"),
        _body(),
        _refers("entity", "entity"),
        UniqueConstraint("tenant", "environment", "code"),
    )
    for name in ("room_type", "rate_plan"):
        _owned(
            name,
            *_texts("property", "code"),
            _body(),
            _refers("property", "property"),
            UniqueConstraint("property", "code"),
            UniqueConstraint("tenant", "environment", "property", "id"),
        )
    _inventory()
    _rate()
    _takers()


def _inventory() -> None:
    op.create_table(
        "inventory",
        Column("room_type", sa.Text, nullable=False),
        Column("night", sa.Date, nullable=False),
        *_texts("tenant", "environment", "property"),
        *(
            Column(name, sa.BigInteger, nullable=False)
            for name in ("capacity", "sold", "held", "oversell", "forced")
        ),
        Column("stop_sell", sa.Boolean, nullable=False),
        Column("forced_event", sa.Text, nullable=True),
        Column("changed", sa.BigInteger, nullable=False),
        PrimaryKeyConstraint("room_type", "night"),
        _of_property("room_type", "room_type"),
        _refers("forced_event", "event"),
        _known_environment(),
        sa.CheckConstraint("sold + held <= capacity + oversell + forced", name="limit"),
        sa.CheckConstraint(
            "capacity >= 0 AND sold >= 0 AND held >= 0 AND oversell >= 0 AND forced >= 0",
            name="counts",
        ),
        sa.CheckConstraint("forced = 0 OR forced_event IS NOT NULL", name="forced_is_told"),
        Index("ix_inventory_changed", "property", "changed"),
        postgresql_with=_CHURNED,
    )


def _rate() -> None:
    op.create_table(
        "rate",
        *_texts("room_type", "rate_plan"),
        Column("night", sa.Date, nullable=False),
        *_texts("tenant", "environment", "property"),
        _body(),
        Column("changed", sa.BigInteger, nullable=False),
        PrimaryKeyConstraint("room_type", "rate_plan", "night"),
        _of_property("room_type", "room_type"),
        _of_property("rate_plan", "rate_plan"),
        _known_environment(),
        Index("ix_rate_changed", "property", "changed"),
        Index("ix_rate_night", "property", "night"),
    )


def _takers() -> None:
    _owned(
        "allotment",
        *_texts("property", "room_type", "state"),
        *_checked(),
        _body(),
        _of_property("room_type", "room_type"),
        Index("ix_allotment_property", "property", "id"),
        _due("allotment"),
    )
    _owned(
        "hold",
        *_texts("property"),
        Column("allotment", sa.Text, nullable=True),
        *_texts("state", "reference"),
        *_checked(),
        _body(),
        _refers("property", "property"),
        _refers("allotment", "allotment"),
        Index("ix_hold_property", "property", "id"),
        _due("hold"),
    )
    _owned(
        "sale",
        *_texts("connection", "property", "reference", "state"),
        _body(),
        _refers("connection", "connection"),
        _refers("property", "property"),
        UniqueConstraint("connection", "reference"),
    )


def _owned(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        Column("id", sa.Text, nullable=False, primary_key=True),
        *_texts("tenant", "environment"),
        *parts,
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        _known_environment(),
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


def _of_property(column: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", "property", column],
        [f"{table}.{name}" for name in ("tenant", "environment", "property", "id")],
    )


def _due(table: str) -> Index:
    rows = sa.text("check_at IS NOT NULL")
    return Index(f"ix_{table}_due", "check_at", postgresql_where=rows, sqlite_where=rows)
