"""What is to be delivered apart from what was, the pace of each endpoint, attempts by the day.

Written by hand for each engine. SQLite alters its tables in place, since a table that others
refer to cannot be made anew while its references are watched.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint

from adapters.sql.types import Instant

revision = "0002"
down_revision = "0001"

DAYS_AHEAD = 14
_CHURNED = {
    "fillfactor": 50,
    "autovacuum_vacuum_scale_factor": 0.0,
    "autovacuum_vacuum_threshold": 5000,
    "autovacuum_vacuum_cost_delay": 0,
    "autovacuum_analyze_scale_factor": 0.1,
    "autovacuum_analyze_threshold": 1000,
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    _event()
    _endpoint()
    _pending()
    _pace()
    _carry_over()
    _delivery(postgresql)
    _attempt(postgresql)


def _text(name: str, *, null: bool = False, **options: Any) -> Column[str]:
    return Column(name, sa.Text, nullable=null, **options)


def _at(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Instant, nullable=null)


def _whole(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, sa.BigInteger, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, sa.Double, nullable=null)


def _flag(name: str) -> Column[bool]:
    return Column(name, sa.Boolean, nullable=False)


def _refers(column: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", column],
        [f"{table}.tenant", f"{table}.environment", f"{table}.id"],
    )


def _known_environment() -> sa.CheckConstraint:
    return sa.CheckConstraint("environment IN ('test', 'live')", name="environment")


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), postgresql_where=only, sqlite_where=only)


def _event() -> None:
    op.add_column("event", _at("valid_until", null=True))
    op.add_column("event", _text("coalesce", null=True))
    op.create_index(
        "ix_event_coalesce",
        "event",
        ["tenant", "environment", "aggregateid", "coalesce", "sequence"],
        postgresql_where=sa.text("coalesce IS NOT NULL"),
        sqlite_where=sa.text("coalesce IS NOT NULL"),
    )


def _endpoint() -> None:
    op.drop_index("ix_endpoint_served", "endpoint")
    op.execute("ALTER TABLE endpoint DROP COLUMN served_at")
    op.add_column("endpoint", _text("fingerprint", server_default=sa.text("''")))


def _pending() -> None:
    op.create_table(
        "pending",
        _text("delivery", primary_key=True),
        *(_text(name) for name in ("tenant", "environment", "endpoint", "event", "state")),
        _whole("tier"),
        _at("due_at"),
        _whole("attempts"),
        _whole("failures"),
        _text("lease", null=True),
        _at("lease_until", null=True),
        _at("created_at"),
        _at("valid_until", null=True),
        *(_flag(name) for name in ("asked", "once", "ordered")),
        _text("subject"),
        _whole("sequence"),
        _at("skip_at", null=True),
        _refers("delivery", "delivery"),
        _known_environment(),
        _partial("ix_pending_due", "endpoint", "tier", "due_at", where="state = 'due'"),
        _partial("ix_pending_leased", "endpoint", where="state = 'leased'"),
        _partial("ix_pending_asked", "due_at", where="state = 'due' AND asked"),
        _partial("ix_pending_held", "due_at", where="state = 'held'"),
        _partial("ix_pending_lane", "endpoint", "subject", "sequence", where="ordered"),
        postgresql_with=_CHURNED,
    )


def _pace() -> None:
    op.create_table(
        "pace",
        _text("endpoint", primary_key=True),
        *(_text(name) for name in ("tenant", "environment")),
        _at("served_at", null=True),
        *(_number(name) for name in ("cap", "threshold")),
        _text("breaker"),
        *(_whole(name) for name in ("failures", "pauses", "warned")),
        *(_at(name, null=True) for name in ("resume_at", "failing_since", "cut_at")),
        _refers("endpoint", "endpoint"),
        _known_environment(),
        postgresql_with=_CHURNED,
    )


def _carry_over() -> None:
    """A lease of before runs on as a wait: whoever has it may still be sending."""
    op.execute(
        """
        INSERT INTO pending (delivery, tenant, environment, endpoint, event, state, tier, due_at,
            attempts, failures, created_at, asked, once, ordered, subject, sequence)
        SELECT d.id, d.tenant, d.environment, d.endpoint, d.event, 'due',
            CASE WHEN d.attempts = 0 THEN 0 ELSE 1 END, coalesce(d.lease_until, d.due_at),
            d.attempts, d.attempts, d.created_at, false, false, false, e.aggregateid, e.sequence
        FROM delivery AS d JOIN event AS e ON e.id = d.event
        WHERE d.state IN ('due', 'leased')
        """
    )
    op.execute("UPDATE delivery SET state = 'due' WHERE state = 'leased'")
    op.execute(
        """
        INSERT INTO pace (endpoint, tenant, environment, cap, threshold, breaker, failures,
            pauses, warned)
        SELECT id, tenant, environment, 8.0, 64.0, 'closed', 0, 0, 0 FROM endpoint
        """
    )


def _delivery(postgresql: bool) -> None:
    if postgresql:
        op.execute("ALTER TABLE delivery SET (fillfactor = 50)")
    op.drop_index("ix_delivery_due", "delivery")
    op.drop_index("ix_delivery_leased", "delivery")
    op.execute("ALTER TABLE delivery DROP COLUMN lease")
    op.execute("ALTER TABLE delivery DROP COLUMN lease_until")
    _index("ix_delivery_endpoint", "delivery", "endpoint", "id")


_ATTEMPT = "tenant, environment, id, delivery, {endpoint}, number, at, fault, status, elapsed_ms, \
first_byte_ms, dns_ms, connect_ms, tls_ms, address, error, excerpt, {headers}, retry_after_s"


def _attempt(postgresql: bool) -> None:
    op.execute("ALTER TABLE attempt RENAME TO attempt_before")
    op.drop_index("ix_attempt_delivery", "attempt_before")
    if postgresql:
        op.execute("ALTER INDEX pk_attempt RENAME TO pk_attempt_before")
    op.create_table(
        "attempt",
        *(_text(name) for name in ("tenant", "environment", "id", "delivery", "endpoint")),
        _whole("number"),
        _at("at"),
        _text("fault"),
        _whole("status", null=True),
        _whole("elapsed_ms"),
        *(_whole(f"{name}_ms", null=True) for name in ("first_byte", "dns", "connect", "tls")),
        _text("address", null=True),
        *(_text(name) for name in ("error", "excerpt", "headers")),
        _number("retry_after_s", null=True),
        PrimaryKeyConstraint("tenant", "environment", "id", "at"),
        Index("ix_attempt_delivery", "delivery"),
        Index("ix_attempt_endpoint", "endpoint", "id"),
        postgresql_partition_by="RANGE (at)",
    )
    if postgresql:
        _partitions()
    into = _ATTEMPT.format(endpoint="endpoint", headers="headers")
    wanted = _ATTEMPT.format(
        endpoint="(SELECT d.endpoint FROM delivery AS d WHERE d.id = delivery)", headers="''"
    )
    op.execute(f"INSERT INTO attempt ({into}) SELECT {wanted} FROM attempt_before")  # noqa: S608
    op.execute("DROP TABLE attempt_before")


def _partitions() -> None:
    """For what is there, at most the last 90 days of it, and for what comes in the next days."""
    op.execute("CREATE TABLE attempt_rest PARTITION OF attempt DEFAULT")
    op.execute(
        f"""
        DO $$
        DECLARE
            today date := (now() AT TIME ZONE 'UTC')::date;
            day date := greatest(today - 90, least(today,
                (SELECT min(at AT TIME ZONE 'UTC')::date FROM attempt_before)));
        BEGIN
            WHILE day <= today + {DAYS_AHEAD} LOOP
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF attempt FOR VALUES FROM (%L) TO (%L)',
                    'attempt_' || to_char(day, 'YYYYMMDD'),
                    day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
                day := day + 1;
            END LOOP;
        END $$
        """  # noqa: S608
    )
