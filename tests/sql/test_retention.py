"""What is old is forgotten: attempts by the day on PostgreSQL, by shares on SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore, retention
from adapters.sql.outbox import attempt
from core.domain import ids
from ports.store import AttemptFilter, Page
from tests.servers import Postgres
from tests.sql.claiming import claim, settle
from tests.sql.given import World, an_id
from tests.sql.hand import fill, record

pytestmark = pytest.mark.anyio
TODAY = datetime.combine(datetime.now(UTC).date(), time(12), UTC)


async def _attempts_of(url: str, world: World, days: Sequence[int]) -> None:
    """One attempt made at noon so many days ago, for each of *days*."""
    rows = [
        {
            "tenant": world.scope.tenant,
            "environment": str(world.scope.environment),
            "id": ids.encode("att", int((TODAY - timedelta(days=d)).timestamp() * 1000), bytes(10)),
            "delivery": an_id("dlv"),
            "endpoint": world.endpoint.id,
            "number": 1,
            "at": TODAY - timedelta(days=d),
            "fault": "none",
            "elapsed_ms": 1,
            "error": "",
            "excerpt": "",
            "headers": "",
        }
        for d in days
    ]
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(sa.insert(attempt), rows)
    await engine.dispose()


async def _ages(store: SqlStore, world: World) -> list[int]:
    async with store.read(world.scope) as view:
        found = await view.attempts_by(Page(limit=200), AttemptFilter())
    return sorted((TODAY - a.at).days for a in found)


async def test_attempts_past_their_keeping_are_gone(
    store: SqlStore, world: World, url: str
) -> None:
    await _attempts_of(url, world, [0, 5, 30, 31, 100])
    await store.forget_old(datetime.now(UTC))
    assert await _ages(store, world) == [0, 5, 30, 31]
    while await store.forget_old(datetime.now(UTC), attempts_kept_days=30):
        pass
    assert [age for age in await _ages(store, world) if age != 30] == [0, 5]


async def test_a_share_is_bounded(
    store: SqlStore, world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SHARE", 2)
    await _attempts_of(url, world, [100, 101, 102])
    assert await store.forget_old(datetime.now(UTC)) == 2
    assert await store.forget_old(datetime.now(UTC)) == 1
    assert await store.forget_old(datetime.now(UTC)) == 0


def _partitions(postgres: Postgres, database: str) -> list[str]:
    wanted = "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'attempt'::regclass"
    return sorted(postgres.sql(wanted, database).splitlines())


def _name(day: datetime) -> str:
    return f"attempt_{day:%Y%m%d}"


@pytest.fixture
def restored(postgres: Postgres, migrated_database: str) -> str:
    """The shared database's name: with the partitions of today and the days to come."""
    return migrated_database


async def test_days_are_made_ahead_and_dropped_whole(
    pg_store: SqlStore, postgres: Postgres, restored: str
) -> None:
    world = World()
    await fill(pg_store, world)
    ahead = {_name(TODAY + timedelta(days=n)) for n in range(15)}
    assert ahead <= set(_partitions(postgres, restored)), "the migration made them"
    later = TODAY + timedelta(days=2)
    await pg_store.forget_old(later)
    assert {_name(later + timedelta(days=14))} <= set(_partitions(postgres, restored))
    await record(pg_store, world)
    await settle(pg_store, await claim(pg_store))
    rows = postgres.sql(f"SELECT count(*) FROM {_name(TODAY)}", restored)  # noqa: S608
    assert rows == "1", "an attempt lies in its day"
    for _ in range(3):
        await pg_store.forget_old(TODAY + timedelta(days=12), attempts_kept_days=11)
    assert _name(TODAY) not in _partitions(postgres, restored)
    assert _name(TODAY + timedelta(days=1)) in _partitions(postgres, restored)
    assert await _ages(pg_store, world) == []
    await pg_store.forget_old(TODAY)
    assert _name(TODAY) in _partitions(postgres, restored), "made again"


async def test_an_attempt_outside_all_days_is_kept_and_blocks_none(
    pg_store: SqlStore, migrated_postgres_url: str, postgres: Postgres, restored: str
) -> None:
    world = World()
    await fill(pg_store, world)
    far = TODAY + timedelta(days=40)
    await _attempts_of(migrated_postgres_url, world, [-40])
    await pg_store.forget_old(far)
    assert _name(far) not in _partitions(postgres, restored), "what is there is in the way"
    assert await _ages(pg_store, world) == [-40]
    after = {_name(far + timedelta(days=n)) for n in range(1, 15)}
    assert after <= set(_partitions(postgres, restored)), "or the next days would end there too"
    for day in range(26, 56):
        postgres.sql(f"DROP TABLE IF EXISTS {_name(TODAY + timedelta(days=day))}", restored)


async def test_dropping_gives_way_to_who_writes(
    pg_store: SqlStore, postgres: Postgres, restored: str, migrated_postgres_url: str
) -> None:
    """Whoever holds the table is not waited for: others would queue behind the waiting."""
    world = World()
    await fill(pg_store, world)
    old = TODAY - timedelta(days=20)
    ends = old.date() + timedelta(days=1)
    postgres.sql(
        f"CREATE TABLE {_name(old)} PARTITION OF attempt"
        f" FOR VALUES FROM ('{old.date()} 00:00Z') TO ('{ends} 00:00Z')",
        restored,
    )
    engine = create_async_engine(migrated_postgres_url)
    async with engine.begin() as conn:
        await conn.execute(sa.text("LOCK TABLE attempt IN ROW EXCLUSIVE MODE"))
        async with asyncio.timeout(10):  # PostgreSQL itself gives up a lock after fifteen
            assert await pg_store.forget_old(TODAY, attempts_kept_days=10) == 0
        assert _name(old) in _partitions(postgres, restored)
    await engine.dispose()
    assert await pg_store.forget_old(TODAY, attempts_kept_days=10) == 1
    assert _name(old) not in _partitions(postgres, restored)
