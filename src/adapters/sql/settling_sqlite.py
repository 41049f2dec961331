"""How deliveries are taken back on SQLite: read what is held, decide, write, all alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.claim import Held
from adapters.sql.outbox import attempt, delivery, pending
from adapters.sql.picking_sqlite import listed
from adapters.sql.rows import Row
from core.domain.webhooks.delivery import Sent
from ports.store import Settlement

_OF_THEM = sa.select(pending).where(listed(pending.c.delivery))
_END = sa.delete(pending).where(listed(pending.c.delivery))
_DONE = (
    sa.update(delivery)
    .where(delivery.c.id == sa.bindparam("of"))
    .values(
        state=sa.bindparam("then"),
        settled_at=sa.bindparam("over_at"),
        attempts=sa.bindparam("made"),
    )
)
_AGAIN = (
    sa.update(pending)
    .where(pending.c.delivery == sa.bindparam("of"))
    .values(
        state="due",
        lease=None,
        lease_until=None,
        due_at=sa.bindparam("again_at"),
        tier=sa.bindparam("then"),
        attempts=sa.bindparam("made"),
        failures=sa.bindparam("charged"),
        asked=sa.bindparam("still_asked"),
    )
)
_next = pending.alias("next")
_lowest_held = (
    sa.select(_next.c.delivery)
    .where(
        _next.c.endpoint == sa.bindparam("to"),
        _next.c.subject == sa.bindparam("about"),
        sa.text("next.ordered"),  # as the index has it
        _next.c.state == "held",
    )
    .order_by(_next.c.sequence)
    .limit(1)
)
_WAKE = (
    sa.update(pending)
    .where(pending.c.delivery == _lowest_held.scalar_subquery())
    .values(due_at=sa.bindparam("at"))
)
_RELEASE = (
    sa.update(pending)
    .where(listed(pending.c.delivery))
    .values(
        state="due",
        due_at=sa.bindparam("at"),
        attempts=pending.c.attempts - 1,
        lease=None,
        lease_until=None,
    )
)
_EXTEND = (
    sa.update(pending).where(listed(pending.c.delivery)).values(lease_until=sa.bindparam("until"))
)
UNHOLD = (
    sa.update(pending)
    .where(pending.c.endpoint == sa.bindparam("of"), pending.c.state == sa.text("'held'"))
    .values(state="due", due_at=pending.c.created_at)
)


async def settle(
    conn: AsyncConnection, settlements: Sequence[Settlement], now: datetime
) -> set[str]:
    """Those that were still held, each under its own lease."""
    wanted = [(s.claimed.delivery, s.claimed.lease) for s in settlements]
    held = await _held(conn, wanted)
    mine = [(s, held[s.claimed.delivery]) for s in settlements if s.claimed.delivery in held]
    ends = [(s, row) for s, row in mine if s.outcome.wait_s is None]
    again = [(s, row) for s, row in mine if s.outcome.wait_s is not None]
    tried = [_attempt(s, s.sent, row, now) for s, row in mine if s.sent is not None]
    if tried:
        await conn.execute(sa.insert(attempt), tried)
    if again:
        await conn.execute(_AGAIN, [_waiting(s, row, now) for s, row in again])
    if ends:
        await conn.execute(_END, {"ids": json.dumps([row["delivery"] for _, row in ends])})
        await conn.execute(_DONE, [_done(s, row, now) for s, row in ends])
        await _wake(conn, [row for _, row in ends if row["ordered"]], now)
    return {row["delivery"] for _, row in mine}


async def _held(conn: AsyncConnection, wanted: Held) -> dict[str, Row]:
    """What of (delivery, lease) pairs is held so."""
    ids = json.dumps([delivery for delivery, _ in wanted])
    rows = (await conn.execute(_OF_THEM, {"ids": ids})).mappings()
    pairs = set(wanted)
    return {r["delivery"]: r for r in rows if (r["delivery"], r["lease"]) in pairs}


async def _wake(conn: AsyncConnection, ended: list[Row], now: datetime) -> None:
    """The lowest that is held of each subject may be the next."""
    lanes = {(row["endpoint"], row["subject"]) for row in ended}
    if lanes:
        await conn.execute(_WAKE, [{"to": e, "about": s, "at": now} for e, s in sorted(lanes)])


async def extend(conn: AsyncConnection, wanted: Held, until: datetime) -> set[str]:
    held = await _held(conn, wanted)
    await conn.execute(_EXTEND, {"ids": json.dumps(list(held)), "until": until})
    return set(held)


async def release(conn: AsyncConnection, wanted: Held, now: datetime) -> None:
    held = await _held(conn, wanted)
    await conn.execute(_RELEASE, {"ids": json.dumps(list(held)), "at": now})


def _made(s: Settlement, row: Row) -> int:
    """What was claimed and not sent is not counted."""
    attempts: int = row["attempts"]
    return attempts if s.sent is not None else attempts - 1


def _done(s: Settlement, row: Row, now: datetime) -> dict[str, Any]:
    state = str(s.outcome.state)
    return {"of": row["delivery"], "then": state, "over_at": now, "made": _made(s, row)}


def _waiting(s: Settlement, row: Row, now: datetime) -> dict[str, Any]:
    sent = s.sent is not None
    return {
        "of": row["delivery"],
        "again_at": now + timedelta(seconds=s.outcome.wait_s or 0),
        "then": 1 if sent else row["tier"],
        "made": _made(s, row),
        "charged": row["failures"] + (sent and s.outcome.charged),
        "still_asked": row["asked"] and not sent,
    }


def _attempt(s: Settlement, sent: Sent, row: Row, now: datetime) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(sent),
        "fault": str(sent.fault),
        "id": s.attempt,
        "delivery": row["delivery"],
        "tenant": row["tenant"],
        "environment": row["environment"],
        "endpoint": row["endpoint"],
        "number": row["attempts"],
        "at": now,
    }
