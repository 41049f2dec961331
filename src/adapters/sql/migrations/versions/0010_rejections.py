"""Messages that were not believed: why and when, never what was in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, UniqueConstraint

from adapters.sql.types import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "rejection",
        Column("id", sa.Text, nullable=False, primary_key=True),
        *_texts("tenant", "environment", "connection", "adapter", "reason", "digest"),
        *(Column(name, sa.BigInteger, nullable=False) for name in ("size", "passed_over")),
        Column("received_at", Instant, nullable=False),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        ForeignKeyConstraint(
            ["tenant", "environment", "connection"],
            [f"connection.{name}" for name in ("tenant", "environment", "id")],
        ),
        UniqueConstraint("tenant", "environment", "id"),
        CheckConstraint("environment IN ('test', 'live')", name="environment"),
        Index("ix_rejection_connection", "connection", "id"),
    )


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, sa.Text, nullable=False) for name in names]
