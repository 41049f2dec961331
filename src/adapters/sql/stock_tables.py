"""The tenant's own stock. A cell is a row, and the database itself refuses to be wrong about it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from adapters.sql.columns import (
    at,
    body,
    day,
    due,
    flag,
    known_environment,
    metadata,
    owned,
    refers,
    text,
    whole,
)
from adapters.sql.outbox import CHURNED

property = owned(
    "property",
    text("entity"),
    text("code"),
    body(),
    refers("entity", "entity"),
    UniqueConstraint("tenant", "environment", "code"),
)

room_type = owned(
    "room_type",
    text("property"),
    text("code"),
    body(),
    refers("property", "property"),
    UniqueConstraint("property", "code"),
    UniqueConstraint("tenant", "environment", "property", "id"),
)

rate_plan = owned(
    "rate_plan",
    text("property"),
    text("code"),
    body(),
    refers("property", "property"),
    UniqueConstraint("property", "code"),
    UniqueConstraint("tenant", "environment", "property", "id"),
)


def _of_property(column: str, table: str) -> ForeignKeyConstraint:
    """What a cell is of belongs to the cell's own property."""
    return ForeignKeyConstraint(
        ["tenant", "environment", "property", column],
        [f"{table}.{name}" for name in ("tenant", "environment", "property", "id")],
    )


# changed: grows with every change, in the order in which changes can be read (stock_changes.py).
# forced_event: that told of the night's overbooking; without one nothing can be forced.
inventory = Table(
    "inventory",
    metadata,
    text("room_type"),
    day("night"),
    text("tenant"),
    text("environment"),
    text("property"),
    *(whole(name) for name in ("capacity", "sold", "held", "oversell", "forced")),
    flag("stop_sell"),
    text("forced_event", null=True),
    whole("changed"),
    PrimaryKeyConstraint("room_type", "night"),
    _of_property("room_type", "room_type"),
    refers("forced_event", "event"),
    known_environment(),
    sa.CheckConstraint("sold + held <= capacity + oversell + forced", name="limit"),
    sa.CheckConstraint(
        "capacity >= 0 AND sold >= 0 AND held >= 0 AND oversell >= 0 AND forced >= 0", name="counts"
    ),
    sa.CheckConstraint("forced = 0 OR forced_event IS NOT NULL", name="forced_is_told"),
    Index("ix_inventory_changed", "property", "changed"),
    postgresql_with=CHURNED,
)

rate = Table(
    "rate",
    metadata,
    text("room_type"),
    text("rate_plan"),
    day("night"),
    text("tenant"),
    text("environment"),
    text("property"),
    body(),
    whole("changed"),
    PrimaryKeyConstraint("room_type", "rate_plan", "night"),
    _of_property("room_type", "room_type"),
    _of_property("rate_plan", "rate_plan"),
    known_environment(),
    Index("ix_rate_changed", "property", "changed"),
    Index("ix_rate_night", "property", "night"),
)

allotment = owned(
    "allotment",
    text("property"),
    text("room_type"),
    text("state"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    _of_property("room_type", "room_type"),
    Index("ix_allotment_property", "property", "id"),
    due("allotment"),
)

hold = owned(
    "hold",
    text("property"),
    text("allotment", null=True),
    text("state"),
    text("reference"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("property", "property"),
    refers("allotment", "allotment"),
    Index("ix_hold_property", "property", "id"),
    due("hold"),
)

sale = owned(
    "sale",
    text("connection"),
    text("property"),
    text("reference"),
    text("state"),
    body(),
    refers("connection", "connection"),
    refers("property", "property"),
    UniqueConstraint("connection", "reference"),
)
