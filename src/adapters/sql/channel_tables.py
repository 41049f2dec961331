"""Channels: how each is to be shown, how far it was told, and the reservations that came in."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from adapters.sql.columns import (
    at,
    body,
    due,
    flag,
    known_environment,
    metadata,
    number,
    owned,
    partial,
    refers,
    text,
    whole,
)
from adapters.sql.outbox import CHURNED

channel = owned(
    "channel",
    text("connection"),
    text("property"),
    text("property_code"),
    text("state"),
    body(),
    refers("connection", "connection"),
    refers("property", "property"),
    UniqueConstraint("connection", "property"),
    UniqueConstraint("connection", "property_code"),
    Index("ix_channel_property", "property"),
)

# One for each channel, by its id. Writers of stock never touch it: whoever pushes looks for
# cells that changed at or after its cursor.
push = owned(
    "push",
    text("property"),
    number("quiet_s"),
    flag("active"),
    flag("failing"),
    whole("cursor"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("id", "channel"),
    due("push"),
    postgresql_with=CHURNED,
)

# What was acknowledged of one room, or room and plan, packed day by day: a row, not 500.
lane = Table(
    "lane",
    metadata,
    text("channel"),
    text("kind"),
    text("room"),
    text("plan"),
    text("tenant"),
    text("environment"),
    body(),
    PrimaryKeyConstraint("channel", "kind", "room", "plan"),
    refers("channel", "channel"),
    known_environment(),
    postgresql_with=CHURNED,
)

pull = owned(
    "pull",
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("id", "connection"),
    due("pull"),
)

watch = owned(
    "watch",
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("id", "channel"),
    due("watch"),
)

reservation = owned(
    "reservation",
    text("connection"),
    text("channel", null=True),
    text("property", null=True),
    text("reference"),
    text("state"),
    flag("has_unmapped"),
    flag("is_overbooked"),
    at("created_at"),
    body(),
    refers("connection", "connection"),
    refers("channel", "channel"),
    refers("property", "property"),
    UniqueConstraint("connection", "reference"),
    Index("ix_reservation_property", "property", "id"),
    partial("ix_reservation_unmapped", "channel", where="has_unmapped"),
    partial("ix_reservation_overbooked", "property", where="is_overbooked"),
)

acknowledgement = owned(
    "acknowledgement",
    text("connection"),
    text("message"),
    text("reservation"),
    at("due_by"),
    at("acknowledged_at", null=True),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("connection", "connection"),
    refers("reservation", "reservation"),
    UniqueConstraint("connection", "message"),
    Index("ix_acknowledgement_reservation", "reservation"),
    due("acknowledgement"),
)

breach = owned(
    "breach",
    text("channel"),
    text("room"),
    text("plan"),
    text("state"),
    body(),
    refers("channel", "channel"),
    Index("ix_breach_channel", "channel", "id"),
    partial("uq_breach_open", "channel", "room", "plan", where="state <> 'closed'", unique=True),
)

reading = owned(
    "reading",
    text("channel"),
    text("room"),
    text("plan"),
    body(),
    refers("channel", "channel"),
    UniqueConstraint("channel", "room", "plan"),
)
