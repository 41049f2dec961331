"""The bells as two processes see them, over each thing that can ring them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from adapters.jobs.memory import MemoryJobs
from adapters.jobs.postgresql import PostgresqlJobs
from adapters.jobs.redis import RedisJobs
from adapters.jobs.timers import run_timers
from adapters.system import SystemClock
from core.application.tasks import ended
from ports.jobs import Bell, Jobs
from tests.patience import PATIENCE_S

CLOCK = SystemClock()


@dataclass(frozen=True)
class Rig:
    """other: what another process has; on memory there is none, and it is the same."""

    jobs: Jobs
    other: Jobs


async def seconds_waited(jobs: Jobs, bell: Bell, timeout_s: float) -> float:
    began = time.monotonic()
    await jobs.wait(bell, timeout_s)
    return time.monotonic() - began


async def woken(jobs: Jobs, bell: Bell) -> None:
    """It is a ring that ends the wait, and not its timeout."""
    assert await seconds_waited(jobs, bell, PATIENCE_S) < PATIENCE_S / 2


@asynccontextmanager
async def rig(kind: str, url: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        if kind == "memory":
            alone = MemoryJobs(CLOCK)
            stack.push_async_callback(alone.aclose)
            yield Rig(alone, alone)
        elif kind == "redis":
            _ = await stack.enter_async_context(timers(url))
            pair = RedisJobs(url, CLOCK), RedisJobs(url, CLOCK)
            for jobs in pair:
                stack.push_async_callback(jobs.aclose)
            yield Rig(*pair)
        else:
            one = await stack.enter_async_context(linked(url))
            two = await stack.enter_async_context(linked(url))
            yield Rig(one, two)


@asynccontextmanager
async def linked(url: str, *, check_s: float = 10.0) -> AsyncIterator[PostgresqlJobs]:
    """Listening, and what every new connection rings has been heard."""
    jobs = PostgresqlJobs(url, CLOCK, check_s=check_s)
    try:
        await heard_all(jobs)
        yield jobs
    finally:
        await jobs.aclose()


async def heard_all(jobs: Jobs) -> None:
    """Every bell rings."""
    await asyncio.gather(*[woken(jobs, bell) for bell in Bell])


@asynccontextmanager
async def timers(url: str) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.create_task(run_timers(url, CLOCK))
    try:
        yield running
    finally:
        await ended(running)
