"""One contract for all bells, on a real Redis and a real PostgreSQL; each alone has its own file."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ports.jobs import Bell
from tests.infra.jobs_rigs import Rig, rig, seconds_waited, woken
from tests.patience import PATIENCE_S, until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("patient")]


@pytest.fixture(params=["memory", "redis", "postgresql"])
async def r(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    servers = {"redis": "redis_url", "postgresql": "postgres_url"}
    url = request.getfixturevalue(servers[request.param]) if request.param in servers else ""
    async with rig(request.param, url) as r:
        yield r


async def test_a_ring_wakes_a_waiter_of_another_process_at_once(r: Rig) -> None:
    """The quickest of three: a busy machine only ever adds."""
    waited = []
    for _ in range(3):
        waiting = asyncio.create_task(seconds_waited(r.jobs, Bell.DELIVERIES, PATIENCE_S))
        await asyncio.sleep(0.1)
        await r.other.ring(Bell.DELIVERIES)
        waited.append(await waiting)
    assert min(waited) < 1
    assert max(waited) < PATIENCE_S / 2


async def test_a_ring_wakes_a_waiter_of_the_same_process(r: Rig) -> None:
    waiting = asyncio.create_task(woken(r.jobs, Bell.DELIVERIES))
    await asyncio.sleep(0.1)
    await r.jobs.ring(Bell.DELIVERIES)
    await waiting


@pytest.mark.parametrize("bell", list(Bell))
async def test_a_ring_that_came_first_is_heard_once(r: Rig, bell: Bell) -> None:
    await r.other.ring(bell)
    await asyncio.sleep(0.1)
    await woken(r.jobs, bell)
    assert await seconds_waited(r.jobs, bell, 0.2) >= 0.2


async def test_rings_while_the_loop_is_busy_are_one_wake_up(r: Rig) -> None:
    for _ in range(50):
        await r.other.ring(Bell.DELIVERIES)
    await r.other.ring(Bell.BOOKINGS)
    await woken(r.jobs, Bell.BOOKINGS)  # so those before it have all come too
    await woken(r.jobs, Bell.DELIVERIES)
    assert await seconds_waited(r.jobs, Bell.DELIVERIES, 0.3) >= 0.3


async def test_a_process_hears_its_own_ring_once(r: Rig) -> None:
    waiting = asyncio.create_task(woken(r.jobs, Bell.DELIVERIES))
    await asyncio.sleep(0.05)
    await r.jobs.ring(Bell.DELIVERIES)
    await waiting
    assert await seconds_waited(r.jobs, Bell.DELIVERIES, 0.3) >= 0.3


async def test_another_bell_wakes_nobody(r: Rig) -> None:
    await r.other.ring(Bell.BOOKINGS)
    await r.jobs.ring(Bell.REFUNDS)
    assert await seconds_waited(r.jobs, Bell.DELIVERIES, 0.3) >= 0.3


async def test_a_wait_ends_at_its_timeout(r: Rig) -> None:
    assert 0.2 <= await seconds_waited(r.jobs, Bell.DELIVERIES, 0.2) < PATIENCE_S / 2


async def test_a_cancelled_wait_takes_no_later_ring_and_leaves_nothing(r: Rig) -> None:
    before = asyncio.all_tasks()
    waits = [asyncio.create_task(r.jobs.wait(Bell.DELIVERIES, PATIENCE_S)) for _ in range(20)]
    await asyncio.sleep(0.1)
    for waiting in waits:
        waiting.cancel()
    await asyncio.wait(waits)
    await until(lambda: asyncio.all_tasks() <= before)
    await r.other.ring(Bell.BOOKINGS)  # once it is answered, the server knows who hung up
    await r.other.ring(Bell.DELIVERIES)
    await woken(r.jobs, Bell.DELIVERIES)


async def test_a_timer_rings_not_before_its_time_and_soon_after_it(r: Rig) -> None:
    """The soonest of three: a busy machine only ever adds."""
    late = []
    for _ in range(3):
        at = datetime.now(UTC) + timedelta(seconds=0.3)
        await r.jobs.ring_at(Bell.BOOKINGS, at)
        await woken(r.jobs, Bell.BOOKINGS)
        late.append((datetime.now(UTC) - at).total_seconds())
    assert min(late) >= 0
    assert min(late) < 1


async def test_a_timer_in_the_past_rings_now_for_others_too(r: Rig) -> None:
    await r.other.ring_at(Bell.BOOKINGS, datetime.now(UTC) - timedelta(seconds=5))
    await woken(r.jobs, Bell.BOOKINGS)
