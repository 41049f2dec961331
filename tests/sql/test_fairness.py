"""Whose turn it is: shares, caps and pauses; what a person asked for goes past them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore, open_store
from adapters.sql.outbox import delivery, pending
from adapters.system import SystemMint
from core.domain.webhooks.delivery import DeliveryState, Outcome
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import Endpoint
from ports.jobs import Bell
from ports.store import ClaimedDelivery
from tests.patience import PATIENCE_S
from tests.sql.claiming import claim, settle, settled
from tests.sql.conftest import VAULT
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock, fill, record

pytestmark = pytest.mark.anyio
AT_ONCE = Outcome(DeliveryState.DUE, wait_s=0.0)


async def _endpoints(
    store: SqlStore, world: World, count: int, cap: float = 64.0
) -> list[Endpoint]:
    """The world's own and others, up to *count*, each with room for *cap*."""
    found = [world.endpoint, *(world.an_endpoint() for _ in range(count - 1))]
    async with store.begin(world.scope) as tx:
        for endpoint in found:
            await tx.put_endpoint(endpoint)
            await tx.put_pace(Pace(endpoint.id, cap))
    return found


async def _pile_up(url: str, count: int) -> None:
    """Copy the only delivery *count* times, all of them due as long as it is."""
    engine = create_async_engine(url)
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < count))
    new = sa.literal("dlv_copy_") + sa.cast(numbers.c.n, sa.Text)
    async with engine.begin() as conn:
        for table, key in ((delivery, "id"), (pending, "delivery")):
            same = [c for c in table.c if c.name != key]
            copies = sa.select(new, *same).select_from(sa.join(table, numbers, sa.true()))
            into = sa.insert(table).from_select([key, *(c.name for c in same)], copies)
            await conn.execute(into)
    await engine.dispose()


def _served(claims: list[ClaimedDelivery]) -> Counter[str]:
    return Counter(c.to.id for c in claims)


async def test_a_backlog_of_one_does_not_starve_the_others(
    store: SqlStore, world: World, url: str
) -> None:
    await record(store, world)
    await _pile_up(url, 10_000)
    busy, *quiet = await _endpoints(store, world, 101)
    for _ in range(5):
        await record(store, world)
    served: Counter[str] = Counter()
    turns = 0
    while any(served[e.id] < 5 for e in quiet):
        claims = list(await claim(store, limit=64))
        assert len(claims) == 64, "nobody's room is left unused"
        served += _served(claims)
        assert len(await settle(store, claims)) == len(claims)
        turns += 1
    assert turns <= 12, "five rounds of everybody, and not 10,000 of one first"
    assert served[busy.id] <= 64 * turns - 500
    lone = await claim(store, limit=40)
    assert _served(list(lone)) == {busy.id: 40}, "alone, it has the whole batch"


async def test_an_endpoint_is_served_again_when_all_others_were(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    everybody = await _endpoints(store, world, 5)
    for _ in range(4):
        await record(store, world)
    order = []
    for _ in range(5):
        (claims,) = [await claim(store, limit=4)]
        (one,) = {c.to.id for c in claims}
        order.append(one)
        clock.advance(0.001)
    assert sorted(order) == sorted(e.id for e in everybody)


async def test_first_attempts_go_before_retries_and_these_are_bounded(
    store: SqlStore, world: World
) -> None:
    await _endpoints(store, world, 1)
    for _ in range(6):
        await record(store, world)
    first = await claim(store)
    await store.settle_deliveries([settled(c, AT_ONCE) for c in first])
    for _ in range(3):
        await record(store, world)
    claims = await claim(store, limit=8, retries=2)
    assert Counter(c.attempts for c in claims) == {1: 3, 2: 2}


async def test_a_backlog_of_first_attempts_leaves_every_fourth_place_to_retries(
    store: SqlStore, world: World
) -> None:
    await _endpoints(store, world, 1)
    for _ in range(6):
        await record(store, world)
    first = await claim(store)
    await store.settle_deliveries([settled(c, AT_ONCE) for c in first])
    for _ in range(40):
        await record(store, world)
    claims = await claim(store, limit=8, retries=6)
    assert Counter(c.attempts for c in claims) == {1: 6, 2: 2}
    claims = await claim(store, limit=8, retries=1)
    assert Counter(c.attempts for c in claims) == {1: 7, 2: 1}


async def test_retries_are_bounded_and_none_is_had_for_none(store: SqlStore, world: World) -> None:
    await _endpoints(store, world, 1)
    for _ in range(6):
        await record(store, world)
    first = await claim(store)
    await store.settle_deliveries([settled(c, AT_ONCE) for c in first])
    assert Counter(c.attempts for c in await claim(store, limit=3)) == {2: 3}
    assert await claim(store, retries=0) == []


async def test_no_more_is_in_flight_than_the_pace_lets(store: SqlStore, world: World) -> None:
    one, other = await _endpoints(store, world, 2, cap=2.9)
    for _ in range(5):
        await record(store, world)
    claims = await claim(store)
    assert _served(list(claims)) == {one.id: 2, other.id: 2}
    assert await claim(store) == []
    assert await store.next_due(Bell.DELIVERIES) == pytest.approx(30, abs=2), "a lease ends"
    done = next(c for c in claims if c.to.id == one.id)
    await settle(store, [done])
    assert await store.next_due(Bell.DELIVERIES) == 0
    assert _served(list(await claim(store))) == {one.id: 1}


async def test_a_pause_holds_back_its_endpoint_alone(store: SqlStore, world: World) -> None:
    one, other = await _endpoints(store, world, 2)
    await record(store, world)
    until = datetime.now(UTC) + timedelta(minutes=5)
    paused = Pace(one.id, 1.0, breaker=Breaker.OPEN, failures=12, pauses=2, resume_at=until)
    async with store.begin(world.scope) as tx:
        await tx.put_pace(paused)
        assert await tx.pace(one.id) == paused
    assert _served(list(await claim(store))) == {other.id: 1}
    assert await store.next_due(Bell.DELIVERIES) == pytest.approx(30, abs=2)
    async with store.begin(world.scope) as tx:
        over = datetime.now(UTC) - timedelta(minutes=1)
        await tx.put_pace(msgspec.structs.replace(paused, resume_at=over))
    (canary,) = await claim(store)
    assert (canary.to.id, canary.pace.breaker, canary.pace.pauses) == (one.id, Breaker.OPEN, 2)


async def test_what_a_person_asked_for_passes_pace_and_breaker_once(
    store: SqlStore, world: World
) -> None:
    await _endpoints(store, world, 1, cap=1.0)
    for _ in range(2):
        made = await record(store, world)
    assert len(await claim(store)) == 1
    until = datetime.now(UTC) + timedelta(minutes=5)
    async with store.begin(world.scope) as tx:
        await tx.put_pace(Pace(world.endpoint.id, 1.0, breaker=Breaker.OPEN, resume_at=until))
        await tx.resend(made, world.endpoint, datetime.now(UTC))
    assert await store.next_due(Bell.DELIVERIES) == 0
    (asked,) = await claim(store, retries=0)
    assert asked.event == made.id
    await store.settle_deliveries([settled(asked, AT_ONCE)])
    assert await claim(store) == [], "its retry waits as others do"


async def test_a_changed_endpoint_allows_less_at_once(store: SqlStore, world: World) -> None:
    await _endpoints(store, world, 1)
    less = msgspec.structs.replace(world.endpoint, in_flight_max=3)
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(less)
    async with store.read(world.scope) as view:
        assert await view.pace(less.id) == Pace(less.id, 3.0)


async def test_gauges_of_what_waits(store: SqlStore, world: World) -> None:
    one, other = await _endpoints(store, world, 2)
    assert (await store.waiting()).oldest_s == {"first": 0.0, "retry": 0.0}
    await record(store, world)
    claims = await claim(store)
    await store.settle_deliveries([settled(c, AT_ONCE) for c in claims if c.to.id == one.id])
    async with store.begin(world.scope) as tx:
        await tx.put_pace(Pace(other.id, 1.0, breaker=Breaker.QUARANTINED))
    await asyncio.sleep(0.05)
    found = await store.waiting()
    assert found.breakers == {"closed": 1, "quarantined": 1}
    assert found.states == {"due": 1, "leased": 1, "held": 0}
    assert found.oldest_s["first"] == 0.0
    assert 0 <= found.oldest_s["retry"] < PATIENCE_S


@pytest.fixture
async def beside(migrated_postgres_url: str, clock: HandClock) -> AsyncIterator[SqlStore]:
    """A second process's store of the same database."""
    async with open_store(
        migrated_postgres_url, vault=VAULT, clock=clock, mint=SystemMint()
    ) as opened:
        yield opened


async def test_a_cap_holds_over_two_processes(pg_store: SqlStore, beside: SqlStore) -> None:
    world = World()
    await fill(pg_store, world)
    await _endpoints(pg_store, world, 3, cap=5.0)
    for _ in range(40):
        await record(pg_store, world, an_id("bkg"))
    in_flight: Counter[str] = Counter()
    most: Counter[str] = Counter()
    seen: Counter[str] = Counter()

    async def work(store: SqlStore) -> None:
        while seen.total() < 120:
            got = await claim(store, limit=7)
            in_flight.update(c.to.id for c in got)
            seen.update(c.delivery for c in got)
            most.update({e: max(0, n - most[e]) for e, n in in_flight.items()})
            await asyncio.sleep(0.003)
            in_flight.subtract(c.to.id for c in got)
            assert len(await settle(store, got)) == len(got)

    async with asyncio.timeout(4 * PATIENCE_S):
        await asyncio.gather(*(work(s) for s in (pg_store, beside) * 3))
    assert set(seen.values()) == {1}
    assert max(most.values()) == 5


async def test_what_persons_ask_for_floods_nobody(store: SqlStore, world: World) -> None:
    one, other = await _endpoints(store, world, 2, cap=8)
    made = await record(store, world)
    await settle(store, await claim(store))
    now = datetime.now(UTC)
    async with store.begin(world.scope) as tx:
        for _ in range(100):
            await tx.resend(made, one, now)
    await record(store, world)
    got = await claim(store, limit=64)
    assert _served(list(got))[other.id] == 1
    while more := await claim(store, limit=8):
        got = [*got, *more]
    assert _served(list(got))[one.id] <= 16 + 8 + 2, "a claim's part beyond the cap, no more"
