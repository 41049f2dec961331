"""Claims on SQLite: the writer is alone, so plain statements do; time is the injected clock's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.claim import CLAIMED, ENDPOINTS
from adapters.sql.outbox import attempt, delivery, event
from adapters.sql.rows import Row
from adapters.sql.tables import endpoint
from adapters.sql.types import Instant
from core.domain.delivery import DeliveryState
from ports.store import Settlement

_DUE, _LEASED = str(DeliveryState.DUE), str(DeliveryState.LEASED)
_due = sa.literal_column("'due'", sa.Text)  # spelled out, for the partial indexes to be used
_leased = sa.literal_column("'leased'", sa.Text)
_active = sa.literal_column("'active'", sa.Text)

# A list of any length as one parameter.
_LISTED = sa.text("SELECT value FROM json_each(:ids)")


def _listed(column: sa.Column[str]) -> sa.ColumnElement[bool]:
    return column.in_(_LISTED.columns(value=sa.Text).scalar_subquery())


class SqliteClaims:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    async def claim(
        self, conn: AsyncConnection, lease: str, *, lease_s: float, limit: int
    ) -> Sequence[Row]:
        now = self._now()
        await conn.execute(_reclaim(now))
        served = list((await conn.execute(_served(now, min(limit, ENDPOINTS)))).scalars())
        if not served:
            return []
        share = max(4, limit // len(served))
        asked = {"ids": json.dumps(served), "now": now, "share": share, "limit": limit}
        picked = list((await conn.execute(_PICKED, asked)).scalars())
        await self._take(conn, lease, now + timedelta(seconds=lease_s), picked)
        mark = sa.update(endpoint).where(_listed(endpoint.c.id)).values(served_at=now)
        await conn.execute(mark, {"ids": json.dumps(served)})
        return (await conn.execute(_CLAIMED, {"ids": json.dumps(picked)})).mappings().all()

    async def settle(
        self, conn: AsyncConnection, lease: str, settlements: Sequence[Settlement]
    ) -> set[str]:
        now, by_id = self._now(), {s.claimed.delivery: s for s in settlements}
        held = (
            await conn.execute(_HELD, {"ids": json.dumps(list(by_id)), "lease": lease})
        ).mappings()
        rows = {row["id"]: row for row in held.all()}
        if rows:
            await conn.execute(_DONE, [_done(by_id[id], rows[id], now) for id in rows])
            await conn.execute(
                sa.insert(attempt), [_attempt(by_id[id], rows[id], now) for id in rows]
            )
        return set(rows)

    async def release(self, conn: AsyncConnection, lease: str) -> None:
        await conn.execute(
            sa.update(delivery)
            .where(delivery.c.lease == lease, delivery.c.state == _leased)
            .values(
                state=_DUE,
                due_at=self._now(),
                lease=None,
                lease_until=None,
                attempts=delivery.c.attempts - 1,
            )
        )

    async def next_due(self, conn: AsyncConnection) -> float | None:
        first = (
            sa.select(sa.func.min(delivery.c.due_at))
            .where(delivery.c.endpoint == endpoint.c.id, delivery.c.state == _due)
            .scalar_subquery()
        )
        due = sa.select(sa.func.min(first, type_=delivery.c.due_at.type)).where(
            endpoint.c.state == _active
        )
        leased = sa.select(sa.func.min(delivery.c.lease_until)).where(delivery.c.state == _leased)
        times = [(await conn.execute(wanted)).scalar_one() for wanted in (due, leased)]
        known = [at for at in times if at is not None]
        return max((min(known) - self._now()).total_seconds(), 0.0) if known else None

    async def _take(
        self, conn: AsyncConnection, lease: str, until: datetime, ids: list[str]
    ) -> None:
        take = (
            sa.update(delivery)
            .where(_listed(delivery.c.id))
            .values(state=_LEASED, lease=lease, lease_until=until, attempts=delivery.c.attempts + 1)
        )
        await conn.execute(take, {"ids": json.dumps(ids)})


def _reclaim(now: datetime) -> sa.Executable:
    return (
        sa.update(delivery)
        .where(delivery.c.state == _leased, delivery.c.lease_until <= now)
        .values(state=_DUE, lease=None, lease_until=None)
    )


def _served(now: datetime, limit: int) -> sa.Select[Any]:
    has_due = sa.exists().where(
        delivery.c.endpoint == endpoint.c.id, delivery.c.state == _due, delivery.c.due_at <= now
    )
    least_recently = endpoint.c.served_at.nulls_first()
    return (
        sa.select(endpoint.c.id)
        .where(endpoint.c.state == _active, has_due)
        .order_by(least_recently)
        .limit(limit)
    )


# In the order of :ids, from each its earliest; CROSS JOIN keeps that order and uses the index.
_PICKED = sa.text(
    """
    SELECT d.id FROM json_each(:ids) AS served CROSS JOIN delivery AS d ON d.id IN (
        SELECT x.id FROM delivery AS x
        WHERE x.endpoint = served.value AND x.state = 'due' AND x.due_at <= :now
        ORDER BY x.due_at, x.id LIMIT :share
    )
    LIMIT :limit
    """
).bindparams(sa.bindparam("now", type_=Instant))


_CLAIMED = (
    sa.select(*CLAIMED)
    .join(event, event.c.id == delivery.c.event)
    .join(endpoint, endpoint.c.id == delivery.c.endpoint)
    .where(_listed(delivery.c.id))
)

_HELD = sa.select(
    delivery.c.id,
    delivery.c.tenant,
    delivery.c.environment,
    delivery.c.attempts,
    delivery.c.due_at,
).where(
    _listed(delivery.c.id), delivery.c.lease == sa.bindparam("lease"), delivery.c.state == _leased
)

_DONE = (
    sa.update(delivery)
    .where(delivery.c.id == sa.bindparam("of"))
    .values(
        state=sa.bindparam("then"),
        due_at=sa.bindparam("again_at"),
        settled_at=sa.bindparam("over_at"),
        lease=None,
        lease_until=None,
    )
)


def _done(s: Settlement, row: Row, now: datetime) -> dict[str, Any]:
    again = s.outcome.state is DeliveryState.DUE
    wait = timedelta(seconds=s.outcome.wait_s or 0)
    return {
        "of": row["id"],
        "then": str(s.outcome.state),
        "again_at": now + wait if again else row["due_at"],
        "over_at": None if again else now,
    }


def _attempt(s: Settlement, row: Row, now: datetime) -> dict[str, Any]:
    sent = s.sent
    return {
        "id": s.attempt,
        "delivery": row["id"],
        "tenant": row["tenant"],
        "environment": row["environment"],
        "number": row["attempts"],
        "at": now,
        "fault": str(sent.fault),
        "status": sent.status,
        "elapsed_ms": sent.elapsed_ms,
        "first_byte_ms": sent.first_byte_ms,
        "dns_ms": sent.dns_ms,
        "connect_ms": sent.connect_ms,
        "tls_ms": sent.tls_ms,
        "address": sent.address,
        "error": sent.error,
        "excerpt": sent.excerpt,
        "retry_after_s": sent.retry_after_s,
    }
