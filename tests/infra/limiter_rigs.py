"""What a limiter is tried with: its clock, moved by hand or by waiting."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.limiter.memory import MemoryLimiter
from adapters.limiter.redis import RedisLimiter
from adapters.system import SystemClock
from ports.clock import Clock
from ports.limiter import Limiter
from tests.fakes.clock import HandClock

_numbers = itertools.count()


class Rig:
    def __init__(self, limiter: Limiter, clock: Clock) -> None:
        self.limiter = limiter
        self.clock = clock
        self.budget = f"acc_{next(_numbers)}"

    async def pass_time(self, seconds: float) -> None:
        if isinstance(self.clock, HandClock):
            await self.clock.advance(seconds)
        else:
            await self.clock.sleep(seconds)


@asynccontextmanager
async def rig(kind: str, redis_url: str) -> AsyncIterator[Rig]:
    if kind == "memory":
        clock = HandClock()
        yield Rig(MemoryLimiter(clock), clock)
        return
    shared = RedisLimiter(redis_url, SystemClock())
    yield Rig(shared, SystemClock())
    await shared.aclose()
