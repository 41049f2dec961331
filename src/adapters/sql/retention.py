"""What is forgotten once nobody needs it: a bounded share at a time, in short transactions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.engine import Database
from adapters.sql.outbox import idempotency
from adapters.sql.tables import booking, inbox, quote, rejection, signing_key
from adapters.sql.types import Instant
from core.domain import ids
from core.domain.idempotency import KEEP_S
from core.domain.inbound.inbox import InboxState
from core.domain.inbound.rejection import KEPT_DAYS
from ports.store import Busy, Violated

INBOX_KEPT_DAYS = 90
QUOTE_KEPT_S = 86400  # past its expiry: who asks for it is told that it expired, not that it is not
SHARE = 5000
DAYS_AHEAD = 14
_REST = "attempt_rest"  # the partition of whatever has no day of its own
_PATIENCE = "SET LOCAL lock_timeout = '200ms'"  # others queue behind who waits for the table


async def forget(database: Database, now: datetime, attempts_kept_days: int) -> int:
    """How many rows are gone; a whole day of attempts counts as at least one."""
    async with database.write() as conn:
        count = sum([(await conn.execute(d, {"share": SHARE})).rowcount for d in _rules(now)])
    kept_from = now - timedelta(days=attempts_kept_days)
    if database.is_postgresql:
        await _make_days(database, now.astimezone(UTC).date())
        return count + await _drop_days(database, kept_from)
    return count + await _delete_oldest(database, kept_from)


def _rules(now: datetime) -> list[sa.Delete]:
    booked = sa.exists().where(booking.c.quote == quote.c.id)
    over = quote.c.expires_at < now - timedelta(seconds=QUOTE_KEPT_S)
    settled = inbox.c.state != str(InboxState.RECEIVED)
    received = inbox.c.received_at < now - timedelta(days=INBOX_KEPT_DAYS)
    return [
        _share(idempotency, idempotency.c.started_at < now - timedelta(seconds=KEEP_S)),
        _share(quote, over, ~booked),
        _share(inbox, settled, received),
        _share(rejection, rejection.c.received_at < now - timedelta(days=KEPT_DAYS)),
        _share(signing_key, signing_key.c.shown_until <= now),
    ]


def _share(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.Delete:
    key = list(table.primary_key.columns)
    some = sa.select(*key).where(*where).limit(sa.bindparam("share", type_=sa.Integer))
    return sa.delete(table).where(sa.tuple_(*key).in_(some))


async def _make_days(database: Database, today: date) -> None:
    """Partitions for the days to come; a day that cannot have one yet goes on in the rest."""
    async with database.read() as conn:
        there = await _days(conn)
    for n in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=n)
        if day in there:
            continue
        begins, ends = (datetime.combine(d, time(), UTC) for d in (day, day + timedelta(days=1)))
        made = (
            f"CREATE TABLE IF NOT EXISTS attempt_{day:%Y%m%d} PARTITION OF attempt"
            f" FOR VALUES FROM ('{begins.isoformat()}') TO ('{ends.isoformat()}')"
        )
        await _shortly(database, made)


async def _drop_days(database: Database, kept_from: datetime) -> int:
    """The oldest day that is past its keeping, and a share of what lies in the rest."""
    async with database.read() as conn:
        old = sorted(d for d in await _days(conn) if d < kept_from.astimezone(UTC).date())
        size = await _size(conn, old[0]) if old else 0
    if old and not await _shortly(database, f"DROP TABLE IF EXISTS attempt_{old[0]:%Y%m%d}"):
        size = 0
    async with database.write() as conn:
        deleted = await conn.execute(_OLDEST_OF_REST, {"kept_from": kept_from, "share": SHARE})
    return deleted.rowcount + size


async def _days(conn: AsyncConnection) -> set[date]:
    found = (await conn.execute(_PARTITIONS)).scalars()
    return {
        datetime.strptime(name, "attempt_%Y%m%d").replace(tzinfo=UTC).date()
        for name in found
        if name != _REST
    }


async def _size(conn: AsyncConnection, day: date) -> int:
    rows: float = (await conn.execute(_ROWS, {"name": f"attempt_{day:%Y%m%d}"})).scalar_one()
    return max(int(rows), 1)


async def _shortly(database: Database, statement: str) -> bool:
    """In a transaction of its own that gives up soon: it needs the whole table for a moment."""
    try:
        async with database.write() as conn:
            await conn.exec_driver_sql(_PATIENCE)
            await conn.exec_driver_sql(statement)
    except (Busy, Violated):
        return False
    return True


async def _delete_oldest(database: Database, kept_from: datetime) -> int:
    """By their ids, which sort by time and are indexed; a day is left for clocks that differ."""
    before = kept_from + timedelta(days=1)
    first = ids.encode("att", int(before.timestamp() * 1000), bytes(10))
    given = {"kept_from": kept_from, "before": first, "share": SHARE}
    async with database.write() as conn:
        return (await conn.execute(_OLDEST, given)).rowcount


_PARTITIONS = sa.text(
    """
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'attempt'::regclass
    """
)
_ROWS = sa.text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")
_OLDEST_OF_REST = sa.text(
    """
    DELETE FROM attempt_rest WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM attempt_rest WHERE at < :kept_from LIMIT :share
    ))
    """
).bindparams(sa.bindparam("kept_from", type_=Instant))
_OLDEST = sa.text(
    """
    DELETE FROM attempt WHERE rowid IN (
        SELECT a.rowid
        FROM head AS h CROSS JOIN attempt AS a
            ON a.tenant = h.tenant AND a.environment = h.environment AND a.id < :before
        WHERE a.at < :kept_from
        LIMIT :share
    )
    """
).bindparams(sa.bindparam("kept_from", type_=Instant))
