"""The feed: a place for every event, in an order no reader can be tricked by."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.outbox import delivery, event, pending
from core.domain.webhooks.partner import Sees
from tests.sql.given import World, an_id
from tests.sql.hand import fill, record

pytestmark = pytest.mark.anyio


async def test_sequences_count_per_subject(store: SqlStore, world: World) -> None:
    one, other = an_id("bkg"), an_id("bkg")
    made = [await record(store, world, subject) for subject in (one, one, other, one)]
    assert [e.sequence for e in made] == [1, 2, 1, 3]


async def test_positions_count_per_scope(store: SqlStore, world: World) -> None:
    other = World()
    await fill(store, other)
    mine = [await record(store, world, an_id("bkg")) for _ in range(3)]
    await record(store, other)
    assert await store.seal() == 4 + 2, "with an audit entry of each"
    assert await store.seal() == 0
    async with store.read(world.scope) as view:
        events = await view.events(0, 10, partner=None)
        assert [(e.id, e.position) for e in events] == [
            (e.id, n) for n, e in enumerate(mine, start=1)
        ]
        assert [e.position for e in await view.events(1, 1, partner=None)] == [2]


async def test_a_partner_sees_its_own(store: SqlStore, world: World) -> None:
    async with store.begin(world.scope) as tx:
        theirs = await tx.record(world.a_draft(), datetime.now(UTC))
        draft = msgspec.structs.replace(world.a_draft(an_id("bkg")), partner=None)
        ours = await tx.record(draft, datetime.now(UTC))
    all_seeing = msgspec.structs.replace(world.partner, sees=Sees.ALL)
    async with store.read(world.scope) as view:
        seen = await view.events(0, 10, partner=world.partner)
        assert [e.id for e in seen] == [theirs.id]
        seen = await view.events(0, 10, partner=all_seeing)
        assert [e.id for e in seen] == [theirs.id, ours.id]


async def test_a_view_that_read_before_still_finds_what_was_committed(
    store: SqlStore, world: World
) -> None:
    async with store.read(world.scope) as view:
        await view.partner(world.partner.id)
        made = await record(store, world)
        assert [e.id for e in await view.events(0, 10, partner=None)] == [made.id]
        assert await view.booking(world.booking.id) == world.booking


async def test_a_transaction_sees_the_place_of_its_own_event(store: SqlStore, world: World) -> None:
    before = await record(store, world)
    async with store.begin(world.scope) as tx:
        mine = await tx.record(world.a_draft(), datetime.now(UTC))
        seen = await tx.events(0, 10, partner=None)
    assert [(e.id, e.position) for e in seen] == [(before.id, 1), (mine.id, 2)]


async def test_a_late_commit_is_not_passed_over(pg_store: SqlStore) -> None:
    """Only PostgreSQL lets a second writer overtake the first."""
    world = World()
    await fill(pg_store, world)
    async with pg_store.begin(world.scope) as slow:
        late = await slow.record(world.a_draft(an_id("bkg")), datetime.now(UTC))
        early = await record(pg_store, world, an_id("bkg"))
        async with pg_store.read(world.scope) as view:
            (seen,) = await view.events(0, 10, partner=None)
        assert (seen.id, seen.position) == (early.id, 1)
        assert late.id < early.id
    async with pg_store.read(world.scope) as view:
        (after,) = await view.events(1, 10, partner=None)
    assert (after.id, after.position) == (late.id, 2)


async def test_a_reader_misses_nothing_under_many_writers(pg_store: SqlStore) -> None:
    world = World()
    await fill(pg_store, world)
    subjects = [an_id("bkg") for _ in range(4)]
    written: list[str] = []
    seen: list[tuple[int, str]] = []

    async def write(n: int) -> None:
        for turn in range(15):
            async with pg_store.begin(world.scope) as tx:
                made = await tx.record(world.a_draft(subjects[n]), datetime.now(UTC))
                await asyncio.sleep(0.003 * ((turn * 7 + n) % 4))
            written.append(made.id)

    async def follow(position: int = 0) -> None:
        async with pg_store.read(world.scope) as view:
            found = await view.events(position, 100, partner=None)
        for e in found:
            assert e.position is not None
            seen.append((e.position, e.id))

    writers = asyncio.gather(*(write(n) for n in range(4)))
    while not writers.done():
        await follow(seen[-1][0] if seen else 0)
        await asyncio.gather(pg_store.seal(), pg_store.seal())
    await writers
    await follow(seen[-1][0] if seen else 0)
    assert [position for position, _ in seen] == list(range(1, 61))
    assert {id for _, id in seen} == set(written)


async def test_a_subject_keeps_its_order_when_a_clock_is_late(
    store: SqlStore, world: World, url: str
) -> None:
    """Two processes mint ids by two clocks: the second event may have the smaller id."""
    first = await record(store, world)
    second = await record(store, world)
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(sa.delete(pending))
        await conn.execute(sa.delete(delivery))
        await conn.execute(sa.update(event).where(event.c.id == second.id).values(id="evt_0"))
    await engine.dispose()
    async with store.read(world.scope) as view:
        events = await view.events(0, 10, partner=None)
    assert [e.id for e in events] == [first.id, "evt_0"]
