"""The agencies' own signing keys (Standard Webhooks v1a)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("public", sa.Text, nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("signs_until", Instant, nullable=True),
        sa.Column("shown_until", Instant, nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.UniqueConstraint("tenant", "environment", "id"),
        sa.CheckConstraint("environment IN ('test', 'live')", name="environment"),
    )
    newest = sa.text("signs_until IS NULL")
    op.create_index(
        "uq_signing_key_newest",
        "signing_key",
        ["tenant", "environment"],
        unique=True,
        postgresql_where=newest,
        sqlite_where=newest,
    )
