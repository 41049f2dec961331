import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.jobs.memory import MemoryJobs
from ports.jobs import Bell
from tests.fakes.clock import HandClock, settle
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def jobs(clock: HandClock) -> AsyncIterator[MemoryJobs]:
    jobs = MemoryJobs(clock)
    yield jobs
    await jobs.aclose()


async def test_a_ring_wakes_who_waits_for_that_bell_only(jobs: MemoryJobs) -> None:
    heard = asyncio.create_task(jobs.wait(Bell.DELIVERIES, 60))
    deaf = asyncio.create_task(jobs.wait(Bell.INBOX, 60))
    await settle()
    await jobs.ring(Bell.DELIVERIES)
    await settle()
    assert heard.done()
    assert not deaf.done()
    deaf.cancel()


async def test_rings_while_the_loop_is_busy_are_one_wake_up(jobs: MemoryJobs) -> None:
    for _ in range(100):
        await jobs.ring(Bell.DELIVERIES)
    await asyncio.wait_for(jobs.wait(Bell.DELIVERIES, 60), PATIENCE_S)
    again = asyncio.create_task(jobs.wait(Bell.DELIVERIES, 60))
    await settle()
    assert not again.done()
    again.cancel()


async def test_a_cancelled_wait_keeps_the_ring(jobs: MemoryJobs) -> None:
    gone = asyncio.create_task(jobs.wait(Bell.DELIVERIES, 60))
    await settle()
    gone.cancel()
    await jobs.ring(Bell.DELIVERIES)
    await settle()
    await asyncio.wait_for(jobs.wait(Bell.DELIVERIES, 60), PATIENCE_S)


async def test_a_wait_ends_at_its_timeout(jobs: MemoryJobs, clock: HandClock) -> None:
    waiting = asyncio.create_task(jobs.wait(Bell.DELIVERIES, 60))
    await clock.advance(59)
    assert not waiting.done()
    await clock.advance(1)
    assert waiting.done()


async def test_a_timer_rings_not_before_its_time(jobs: MemoryJobs, clock: HandClock) -> None:
    await jobs.ring_at(Bell.INBOX, clock.now() + timedelta(seconds=5))
    waiting = asyncio.create_task(jobs.wait(Bell.INBOX, 60))
    await clock.advance(4.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert waiting.done()


async def test_a_timer_in_the_past_rings_now(jobs: MemoryJobs, clock: HandClock) -> None:
    await jobs.ring_at(Bell.INBOX, clock.now() - timedelta(seconds=5))
    await asyncio.wait_for(jobs.wait(Bell.INBOX, 60), PATIENCE_S)


async def test_ten_thousand_timers_of_one_tick_are_one(jobs: MemoryJobs, clock: HandClock) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(10_000):
        await jobs.ring_at(Bell.INBOX, clock.now() + timedelta(seconds=5))
    assert len(asyncio.all_tasks()) == before + 1
