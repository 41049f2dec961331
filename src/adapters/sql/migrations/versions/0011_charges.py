"""A payment is found by what its gateway calls the charge: disputes name nothing else of it.

What was charged back before had no disputes, and was taken whole: it is told so of now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_FILL = {
    "postgresql": "UPDATE payment SET charge_reference = body ->> 'charge_reference'",
    "sqlite": "UPDATE payment SET charge_reference = json_extract(body, '$.charge_reference')",
}
_WHOLE = {
    "postgresql": """
        UPDATE payment SET body = jsonb_set(
            body::jsonb,
            '{disputes}',
            jsonb_build_array(
                jsonb_build_object('reference', '', 'amount', body::jsonb -> 'amount')
            )
        )::json
        WHERE state = 'charged_back' AND json_array_length(coalesce(body -> 'disputes', '[]')) = 0
    """,
    "sqlite": """
        UPDATE payment SET body = json_set(
            body,
            '$.disputes',
            json_array(json_object('reference', '', 'amount', json_extract(body, '$.amount')))
        )
        WHERE state = 'charged_back' AND coalesce(json_array_length(body, '$.disputes'), 0) = 0
    """,
}


def upgrade() -> None:
    engine = op.get_bind().dialect.name
    op.add_column("payment", sa.Column("charge_reference", sa.Text, nullable=True))
    op.execute(_FILL[engine])
    op.execute(_WHOLE[engine])
    op.create_index("ix_payment_charge", "payment", ["connection", "charge_reference"])
