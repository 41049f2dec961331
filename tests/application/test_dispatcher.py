"""The dispatcher as a process runs it: it claims, sends, settles, and stops without a loss."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.jobs.memory import MemoryJobs
from adapters.system import SystemClock
from core.application.hub import Hub
from core.application.webhooks import dispatch_deliveries
from core.application.webhooks.dispatch_deliveries import Dispatcher
from core.application.webhooks.leases import Pools
from core.domain.webhooks.delivery import DeliveryState
from core.domain.webhooks.retry import RetrySchedule
from ports.jobs import Bell
from ports.store import Away, ClaimedDelivery, Settlement
from tests.application.test_dispatch import an_endpoint
from tests.application.test_pace import a_draft, change, of, tell
from tests.fakes.hub import World
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio
D = DeliveryState
POOLS = Pools(in_flight=8, ahead=4, batch=8, lease_s=PATIENCE_S, drain_s=PATIENCE_S)


@pytest.fixture
async def hub(world: World) -> AsyncIterator[Hub]:
    """Real time for the dispatcher; the store's own stands still unless it is moved."""
    clock = SystemClock()
    jobs = MemoryJobs(clock)
    yield dataclasses.replace(world.hub, clock=clock, jobs=jobs)
    await jobs.aclose()


@asynccontextmanager
async def running(hub: Hub, pools: Pools = POOLS) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(Dispatcher(hub, pools).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await task


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def states(world: World, *endpoints: Any) -> set[DeliveryState]:
    return {d.state for e in endpoints for d in await of(world, e)}


async def test_everything_is_delivered_and_a_ring_wakes_it(
    world: World, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch_deliveries, "POLL_S", 2 * PATIENCE_S)  # nothing else does
    endpoints = [await an_endpoint(world, f"e{n}") for n in range(3)]
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(20)))

    async def all_done() -> bool:
        return await states(world, *endpoints) == {D.SUCCEEDED}

    async with running(hub):
        await until(all_done)
        await asyncio.sleep(0.1)
        await tell(world, a_draft("bkg_late"))
        await hub.jobs.ring(Bell.DELIVERIES)
        await until(all_done)
    assert len(world.sender.posted) == 63
    assert len({(p.url, p.headers["webhook-id"]) for p in world.sender.posted}) == 63
    assert world.meter.held == 0


async def test_told_to_stop_it_lets_what_is_under_way_end_and_gives_back_the_rest(
    world: World, hub: Hub
) -> None:
    endpoint = await an_endpoint(world)
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(8)))
    release = world.sender.hold(endpoint.url)
    pools = Pools(in_flight=2, ahead=6, batch=8, lease_s=PATIENCE_S, drain_s=PATIENCE_S)
    async with running(hub, pools) as stop:
        await until(lambda: _true(len(world.sender.posted) == 2))
        stop.set()
        await asyncio.sleep(0.05)
        release.set()
    found = {d.state: d.attempts for d in await of(world, endpoint)}
    assert found == {D.SUCCEEDED: 1, D.DUE: 0}
    assert len(world.sender.posted) == 2


async def test_what_does_not_end_in_time_is_given_back(world: World, hub: Hub) -> None:
    endpoint = await an_endpoint(world)
    await tell(world, a_draft("bkg_1"))
    world.sender.hang.add(endpoint.url)
    async with running(hub, Pools(in_flight=2, ahead=0, batch=2, lease_s=PATIENCE_S, drain_s=0.1)):
        await until(lambda: _true(len(world.sender.posted) == 1))
    (delivery,) = await of(world, endpoint)
    assert (delivery.state, delivery.attempts) == (D.DUE, 0)


async def test_cancelled_it_gives_back_at_once(world: World, hub: Hub) -> None:
    endpoint = await an_endpoint(world)
    await tell(world, a_draft("bkg_1"))
    world.sender.hang.add(endpoint.url)
    task = asyncio.create_task(Dispatcher(hub, POOLS).run(asyncio.Event()))
    await until(lambda: _true(len(world.sender.posted) == 1))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (delivery,) = await of(world, endpoint)
    assert (delivery.state, delivery.attempts) == (D.DUE, 0)


async def test_retries_never_take_the_slots_kept_for_first_attempts(world: World, hub: Hub) -> None:
    schedule = RetrySchedule(delays_s=(1,) * 5, jitter=0.0)
    slow = await change(world, await an_endpoint(world, "slow"), schedule=schedule)
    world.sender.answers[slow.url] = 500
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(8)))
    await world.dispatch()
    world.clock.move(2)
    good = await an_endpoint(world, "good")
    world.sender.hang.add(slow.url)
    before = len(world.sender.posted)
    async with running(
        hub,
        Pools(in_flight=4, ahead=0, batch=4, first_share=0.5, lease_s=PATIENCE_S, drain_s=0.1),
    ):
        await until(lambda: _true(len(world.sender.posted) == before + 2))
        await tell(world, a_draft("bkg_new"))
        await hub.jobs.ring(Bell.DELIVERIES)

        async def delivered() -> bool:
            return await states(world, good) == {D.SUCCEEDED}

        await until(delivered)


class Faulty:
    """The store, whose named calls fail as often as they are told to."""

    def __init__(self, world: World, **times: int) -> None:
        self._store, self.left = world.store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def claim_deliveries(self, *args: Any, **named: Any) -> Sequence[ClaimedDelivery]:
        self._trip("claim")
        return await self._store.claim_deliveries(*args, **named)

    async def settle_deliveries(self, settlements: Sequence[Settlement]) -> set[str]:
        self._trip("settle")
        return await self._store.settle_deliveries(settlements)

    def _trip(self, name: str) -> None:
        if self.left.get(name, 0) > 0:
            self.left[name] -= 1
            raise Away("the database went away")


async def test_a_database_that_goes_away_loses_and_doubles_nothing(
    world: World, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = await an_endpoint(world)
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(100)))
    await world.dispatch(limit=90)  # until its pace is at rest
    store: Any = Faulty(world, claim=2, settle=2)

    async def all_done() -> bool:
        return await states(world, endpoint) == {D.SUCCEEDED}

    async with running(dataclasses.replace(hub, store=store)):
        await until(all_done)
    assert store.left == {"claim": 0, "settle": 0}
    assert len(world.sender.posted) == 100
    assert caplog.messages.count("dispatcher.failed") == 4


class Heartbeats:
    """The store, and how often leases were extended in it."""

    def __init__(self, world: World) -> None:
        self._store, self._count = world.store, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def extend_deliveries(self, *args: Any, **named: Any) -> set[str]:
        still = await self._store.extend_deliveries(*args, **named)
        self._count += 1
        return still

    async def one_more(self) -> None:
        """Whoever holds leases holds them for their whole time from now on."""
        before = self._count
        await until(lambda: _true(self._count > before))


async def test_what_it_holds_for_long_it_keeps_and_what_it_lost_it_does_not_send(
    world: World, hub: Hub
) -> None:
    """The lease outlives itself three times over; then it is taken away."""
    endpoint = await an_endpoint(world)
    await tell(world, a_draft("bkg_1"), a_draft("bkg_2"))
    release = world.sender.hold(endpoint.url)
    pools = Pools(in_flight=1, ahead=1, batch=2, lease_s=0.6, drain_s=PATIENCE_S)
    store: Any = Heartbeats(world)
    async with running(dataclasses.replace(hub, store=store), pools):
        await until(lambda: _true(len(world.sender.posted) == 1))
        for _ in range(9):
            await store.one_more()
            world.clock.move(0.2)
        assert await world.store.claim_deliveries("lse_x", lease_s=60, limit=9, retries=9) == []
        world.clock.move(60)
        stolen = await world.store.claim_deliveries("lse_x", lease_s=60, limit=9, retries=9)
        assert len(stolen) == 2
        await asyncio.sleep(0.9)
        release.set()
        await asyncio.sleep(0.1)
    assert len(world.sender.posted) == 1, "the second was somebody else's by then"
    assert world.meter.leases_lost == 1
    with contextlib.suppress(TimeoutError):
        assert await states(world, endpoint) == {D.LEASED}


async def _true(so: bool) -> bool:
    return so
