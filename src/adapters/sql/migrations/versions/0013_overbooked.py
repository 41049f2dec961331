"""Of a night's reservations that are over, the last that came: since when each is, beside what it took.

What was kept before is taken to have come with its reservation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_SINCE = {
    "postgresql": """
        UPDATE reservation SET body = jsonb_set(body::jsonb, '{forced}', (
            SELECT jsonb_agg(one || jsonb_build_array(body::jsonb -> 'created_at'))
            FROM jsonb_array_elements(body::jsonb -> 'forced') AS one
        ))::json
        WHERE json_array_length(coalesce(body -> 'forced', '[]')) > 0
    """,
    "sqlite": """
        UPDATE reservation SET body = json_set(body, '$.forced', (
            SELECT json_group_array(
                json_insert(one.value, '$[#]', json_extract(body, '$.created_at'))
            )
            FROM json_each(body, '$.forced') AS one
        ))
        WHERE coalesce(json_array_length(body, '$.forced'), 0) > 0
    """,
}


def upgrade() -> None:
    op.execute(_SINCE[op.get_bind().dialect.name])
    over = sa.text("is_overbooked")
    op.create_index(
        *("ix_reservation_overbooked", "reservation", ["property"]),
        postgresql_where=over,
        sqlite_where=over,
    )
