"""A payment is found by what its gateway calls the charge: disputes name nothing else of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_FILL = {
    "postgresql": "UPDATE payment SET charge_reference = body ->> 'charge_reference'",
    "sqlite": "UPDATE payment SET charge_reference = json_extract(body, '$.charge_reference')",
}


def upgrade() -> None:
    op.add_column("payment", sa.Column("charge_reference", sa.Text, nullable=True))
    op.execute(_FILL[op.get_bind().dialect.name])
    op.create_index("ix_payment_charge", "payment", ["connection", "charge_reference"])
