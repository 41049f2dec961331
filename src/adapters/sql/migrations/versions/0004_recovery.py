"""Recoveries, and events by the time they occurred."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Index, UniqueConstraint

from adapters.sql.types import Instant, JsonText

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "recovery",
        _text("id", primary_key=True),
        *(_text(name) for name in ("tenant", "environment", "endpoint", "partner", "state")),
        Column("check_at", Instant, nullable=True),
        Column("checked_until", Instant, nullable=True),
        Column("body", JsonText, nullable=False),
        *(_refers(name) for name in ("endpoint", "partner")),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        sa.CheckConstraint("environment IN ('test', 'live')", name="environment"),
        Index("ix_recovery_endpoint", "endpoint", "id"),
        _partial("uq_recovery_running", "endpoint", where="state = 'running'", unique=True),
        _partial("ix_recovery_due", "check_at", where="check_at IS NOT NULL"),
    )
    op.create_index("ix_event_occurred", "event", ["tenant", "environment", "occurred_at"])


def _text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, sa.Text, nullable=False, primary_key=primary_key)


def _refers(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", name],
        [f"{name}.tenant", f"{name}.environment", f"{name}.id"],
    )


def _partial(name: str, column: str, *, where: str, unique: bool = False) -> Index:
    rows = sa.text(where)
    return Index(name, column, unique=unique, postgresql_where=rows, sqlite_where=rows)
