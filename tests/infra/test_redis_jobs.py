"""The bells on a real Redis that is flushed, killed and started again."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import redis.asyncio

from adapters.jobs.redis import RedisJobs
from ports.jobs import Bell
from tests.infra.jobs_rigs import CLOCK, seconds_waited, timers, woken
from tests.patience import PATIENCE_S, until
from tests.servers import Redis, running_redis
from tests.wire_http import scripts
from tests.wire_http.server import Peer, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def jobs(patient: None, redis_url: str) -> AsyncIterator[RedisJobs]:
    jobs = RedisJobs(redis_url, CLOCK)
    yield jobs
    await jobs.aclose()


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


async def test_each_ring_wakes_one_of_many_workers(jobs: RedisJobs, redis_url: str) -> None:
    workers = [asyncio.create_task(woken(jobs, Bell.DELIVERIES)) for _ in range(5)]
    await _all_wait(redis_url, 5)
    await jobs.ring(Bell.DELIVERIES)
    await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.1)
    assert sum(w.done() for w in workers) == 1
    for _ in range(4):
        await jobs.ring(Bell.DELIVERIES)
    await asyncio.gather(*workers)


async def _all_wait(redis_url: str, count: int) -> None:
    """Rings that come before are one ring."""
    async with redis.asyncio.Redis.from_url(redis_url) as client, asyncio.timeout(PATIENCE_S):
        while (await client.info("clients"))["blocked_clients"] < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_timers_of_one_tick_are_one_job_and_are_not_pickled(
    jobs: RedisJobs, redis_url: str
) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    for _ in range(20):
        await jobs.ring_at(Bell.BOOKINGS, at)
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await client.zcard("serai:timers") == 1
        (key,) = await client.keys("arq:job:*")
        assert b"bookings" in (job := await client.get(key))
        assert msgspec.msgpack.decode(job)["f"] == "timer"


async def test_a_flush_loses_no_more_than_the_rings_in_it(patient: None, own_redis: Redis) -> None:
    jobs = RedisJobs(own_redis.url, CLOCK)
    async with timers(own_redis.url):
        waiting = asyncio.create_task(woken(jobs, Bell.DELIVERIES))
        await _all_wait(own_redis.url, 1)
        own_redis.flush()
        await jobs.ring(Bell.DELIVERIES)
        await waiting
        await jobs.ring_at(Bell.DELIVERIES, datetime.now(UTC) + timedelta(seconds=0.3))
        await woken(jobs, Bell.DELIVERIES)
    await jobs.aclose()


async def test_all_recovers_by_itself_when_redis_comes_back(
    patient: None, own_redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="serai.redis")
    jobs = RedisJobs(own_redis.url, CLOCK)
    async with timers(own_redis.url) as running:
        await jobs.ring(Bell.DELIVERIES)
        await woken(jobs, Bell.DELIVERIES)
        through = asyncio.create_task(woken(jobs, Bell.DELIVERIES))
        await _all_wait(own_redis.url, 1)
        own_redis.kill()
        await jobs.ring(Bell.BOOKINGS)
        await jobs.ring_at(Bell.BOOKINGS, datetime.now(UTC) + timedelta(seconds=1))
        assert 0.5 <= await seconds_waited(jobs, Bell.BOOKINGS, 0.5) < PATIENCE_S / 2
        await asyncio.sleep(1.5)
        assert not running.done()
        assert not through.done()
        own_redis.start()
        await _all_wait(own_redis.url, 1)  # the wait that was cut asks again every half second
        await jobs.ring(Bell.DELIVERIES)
        await through
        await jobs.ring_at(Bell.INBOX, datetime.now(UTC) + timedelta(seconds=0.2))
        await woken(jobs, Bell.INBOX)
        await until(lambda: caplog.text.count("timers: Redis is back") == 1)
    await jobs.aclose()
    said = [r.getMessage() for r in caplog.records]
    assert sorted(line.partition(":")[0] for line in said) == ["bells"] * 2 + ["timers"] * 2
    assert sum("is back" in line for line in said) == 2


async def test_a_redis_that_hangs_holds_nobody_up() -> None:
    """Accepted, never answered: worse than refused."""
    async with serving(scripts.hang_at_once) as server:
        url = f"redis://127.0.0.1:{server.port}/0"
        jobs = RedisJobs(url, CLOCK)
        began = time.monotonic()
        await jobs.ring(Bell.DELIVERIES)
        await jobs.ring_at(Bell.DELIVERIES, datetime.now(UTC) + timedelta(seconds=1))
        assert time.monotonic() - began < PATIENCE_S / 2
        assert 0.3 <= await seconds_waited(jobs, Bell.DELIVERIES, 0.3) < PATIENCE_S / 2
        await jobs.aclose()


async def test_timers_give_up_a_redis_that_hangs_and_ask_again() -> None:
    came: asyncio.Queue[Peer] = asyncio.Queue()

    async def hang(peer: Peer) -> None:
        came.put_nowait(peer)
        await asyncio.sleep(2 * PATIENCE_S)

    async with serving(hang) as server, timers(f"redis://127.0.0.1:{server.port}"):
        for _ in range(2):
            await asyncio.wait_for(came.get(), PATIENCE_S)
