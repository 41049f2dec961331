"""Claims on PostgreSQL: one statement each, by the database's clock, past what others hold.

Endpoints are taken least recently served first, each with its share of the batch, so that
one endpoint's backlog does not starve the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.claim import CLAIMED, ENDPOINTS
from adapters.sql.outbox import attempt, delivery, event
from adapters.sql.rows import Row
from adapters.sql.tables import endpoint
from core.domain.delivery import DeliveryState
from ports.store import Settlement

_NOW = sa.func.now()
_DUE = sa.literal_column("'due'", sa.Text)  # spelled out, for the partial indexes to be used
_LEASED = sa.literal_column("'leased'", sa.Text)
_ACTIVE = sa.literal_column("'active'", sa.Text)
_LEASE = sa.bindparam("lease", type_=sa.Text)
_LIMIT = sa.bindparam("limit", type_=sa.Integer)


def _seconds(name: str) -> sa.ColumnElement[Any]:
    return sa.bindparam(name, type_=sa.Double) * sa.text("interval '1 second'")


def _is_due(t: Any) -> sa.ColumnElement[bool]:
    return sa.and_(t.c.state == _DUE, t.c.due_at <= _NOW)


def _served() -> sa.CTE:
    """The endpoints whose turn it is, held so that no other process serves them now."""
    waiting = delivery.alias("waiting")
    has_due = sa.exists().where(waiting.c.endpoint == endpoint.c.id, _is_due(waiting))
    return (
        sa.select(endpoint.c.id)
        .where(endpoint.c.state == _ACTIVE, has_due)
        .order_by(endpoint.c.served_at.nulls_first())
        .limit(sa.func.least(_LIMIT, ENDPOINTS))
        .with_for_update(skip_locked=True, key_share=True)
        .cte("served")
    )


def _picked(served: sa.CTE) -> sa.CTE:
    """Of each of *served* its earliest, up to its share of the batch."""
    share = sa.select(
        sa.func.greatest(4, _LIMIT // sa.func.greatest(sa.func.count(), 1).cast(sa.Integer))
    ).select_from(served)
    x = delivery.alias("x")
    of_each = (
        sa.select(x.c.id)
        .where(x.c.endpoint == served.c.id, _is_due(x))
        .order_by(x.c.due_at, x.c.id)
        .limit(share.scalar_subquery().cast(sa.Integer))
        .with_for_update(skip_locked=True)
        .lateral("of_each")
    )
    return (
        sa.select(of_each.c.id)
        .select_from(served.join(of_each, sa.true()))
        .limit(_LIMIT)
        .cte("picked")
    )


def _claim() -> sa.Executable:
    served = _served()
    picked = _picked(served)
    mark = (
        sa.update(endpoint)
        .values(served_at=sa.func.clock_timestamp())
        .where(endpoint.c.id.in_(sa.select(served.c.id)))
        .cte("mark")
    )
    return (
        sa.update(delivery)
        .where(
            delivery.c.id == picked.c.id,
            event.c.id == delivery.c.event,
            endpoint.c.id == delivery.c.endpoint,
        )
        .values(
            state=_LEASED,
            lease=_LEASE,
            lease_until=_NOW + _seconds("lease_s"),
            attempts=delivery.c.attempts + 1,
        )
        .returning(*CLAIMED)
        .add_cte(mark)
    )


def _reclaim() -> sa.Executable:
    x = delivery.alias("x")
    over = (
        sa.select(x.c.id)
        .where(x.c.state == _LEASED, x.c.lease_until <= _NOW)
        .limit(1000)
        .with_for_update(skip_locked=True)
    )
    return (
        sa.update(delivery)
        .where(delivery.c.id.in_(over.scalar_subquery()))
        .values(state=_DUE, lease=None, lease_until=None)
    )


_SETTLED: tuple[tuple[str, Any], ...] = (
    ("delivery", sa.Text()),
    ("state", sa.Text()),
    ("wait_s", sa.Double()),
    ("attempt", sa.Text()),
    ("fault", sa.Text()),
    ("status", sa.BigInteger()),
    ("elapsed_ms", sa.BigInteger()),
    ("first_byte_ms", sa.BigInteger()),
    ("dns_ms", sa.BigInteger()),
    ("connect_ms", sa.BigInteger()),
    ("tls_ms", sa.BigInteger()),
    ("address", sa.Text()),
    ("error", sa.Text()),
    ("excerpt", sa.Text()),
    ("retry_after_s", sa.Double()),
)


def _settle() -> sa.Executable:
    arrays = (sa.bindparam(f"all_{name}", type_=ARRAY(type_)) for name, type_ in _SETTLED)
    u = (
        sa.func.unnest(*arrays)
        .table_valued(*(sa.column(name, type_) for name, type_ in _SETTLED))
        .render_derived(name="u")
    )
    again = u.c.state == _DUE
    wait = u.c.wait_s * sa.text("interval '1 second'")
    done = (
        sa.update(delivery)
        .where(delivery.c.id == u.c.delivery, delivery.c.lease == _LEASE)
        .where(delivery.c.state == _LEASED)
        .values(
            state=u.c.state,
            due_at=sa.case((again, _NOW + wait), else_=delivery.c.due_at),
            settled_at=sa.case((again, None), else_=_NOW),
            lease=None,
            lease_until=None,
        )
        .returning(
            delivery.c.id,
            delivery.c.tenant,
            delivery.c.environment,
            delivery.c.attempts,
            *(u.c[name] for name, _ in _SETTLED[3:]),
        )
        .cte("done")
    )
    names = ["id", "delivery", "tenant", "environment", "number", "at"]
    values = [
        *(done.c.attempt, done.c.id, done.c.tenant, done.c.environment),
        *(done.c.attempts, _NOW),
    ]
    for name, _ in _SETTLED[4:]:
        names.append(name)
        values.append(done.c[name])
    return sa.insert(attempt).from_select(names, sa.select(*values)).returning(attempt.c.delivery)


_CLAIM, _RECLAIM, _SETTLE = _claim(), _reclaim(), _settle()


class PostgresqlClaims:
    async def claim(
        self, conn: AsyncConnection, lease: str, *, lease_s: float, limit: int
    ) -> Sequence[Row]:
        await conn.execute(_RECLAIM)
        asked = {"lease": lease, "lease_s": float(lease_s), "limit": limit}
        return (await conn.execute(_CLAIM, asked)).mappings().all()

    async def settle(
        self, conn: AsyncConnection, lease: str, settlements: Sequence[Settlement]
    ) -> set[str]:
        columns = zip(*(_facts(s) for s in settlements), strict=True)
        named = zip((f"all_{name}" for name, _ in _SETTLED), columns, strict=True)
        given = {name: list(column) for name, column in named}
        return set((await conn.execute(_SETTLE, {"lease": lease, **given})).scalars())

    async def release(self, conn: AsyncConnection, lease: str) -> None:
        await conn.execute(
            sa.update(delivery)
            .where(delivery.c.lease == lease, delivery.c.state == str(DeliveryState.LEASED))
            .values(
                state=_DUE,
                due_at=_NOW,
                lease=None,
                lease_until=None,
                attempts=delivery.c.attempts - 1,
            )
        )

    async def next_due(self, conn: AsyncConnection) -> float | None:
        at, now = (await conn.execute(sa.select(next_due_at(), _NOW))).one()
        return None if at is None else max((at - now).total_seconds(), 0.0)


def next_due_at() -> sa.ColumnElement[Any]:
    """Earliest of what active endpoints wait for and of what is leased out."""
    first = (
        sa.select(sa.func.min(delivery.c.due_at))
        .where(delivery.c.endpoint == endpoint.c.id, delivery.c.state == _DUE)
        .scalar_subquery()
    )
    due = sa.select(sa.func.min(first)).where(endpoint.c.state == _ACTIVE).scalar_subquery()
    leased = (
        sa.select(sa.func.min(delivery.c.lease_until))
        .where(delivery.c.state == _LEASED)
        .scalar_subquery()
    )
    return sa.func.least(due, leased)


def _facts(s: Settlement) -> tuple[Any, ...]:
    sent, wait = s.sent, s.outcome.wait_s
    return (
        s.claimed.delivery,
        str(s.outcome.state),
        None if wait is None else float(wait),
        s.attempt,
        str(sent.fault),
        sent.status,
        sent.elapsed_ms,
        sent.first_byte_ms,
        sent.dns_ms,
        sent.connect_ms,
        sent.tls_ms,
        sent.address,
        sent.error,
        sent.excerpt,
        None if sent.retry_after_s is None else float(sent.retry_after_s),
    )
