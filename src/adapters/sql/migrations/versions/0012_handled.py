"""A quarantined message is handled by a person: when, and what they said of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("handled_at", Instant, nullable=True))
    nothing = sa.text("''")
    op.add_column("inbox", sa.Column("reason", sa.Text, nullable=False, server_default=nothing))
