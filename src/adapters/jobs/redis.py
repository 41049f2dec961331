"""Bells that every process hears, each a Redis list that never holds more than one ring.

A list and not an arq job id: enqueueing an id whose job is running is refused, and
that ring would be lost. A list and not pub/sub: nobody may be listening just then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import msgspec
from arq.connections import ArqRedis

from adapters._kit.redis_link import ANSWERS_WITHIN_S, AWAY, Presence, heeding_cancellation, pool
from ports.clock import Clock
from ports.jobs import Bell

TIMERS = "serai:timers"
TICKS_PER_S = 10
TRY_AGAIN_S = 0.5


class RedisJobs:
    """One ring wakes one of those who wait; rings while nobody waits are one ring.

    While Redis is away rings and timers are lost and waits last their whole timeout;
    a wait that sees Redis come back hears the rings from then on. Timers need a process
    that runs adapters.jobs.timers.run_timers.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._redis = connect(url)
        self._clock = clock
        self._presence = Presence("bells", "work is found by polling")

    async def ring(self, bell: Bell) -> None:
        await self._try(ring(self._redis, bell), ANSWERS_WITHIN_S)

    async def ring_at(self, bell: Bell, at: datetime) -> None:
        if at <= self._clock.now():
            return await self.ring(bell)
        tick = int(at.timestamp() * TICKS_PER_S) + 1
        timer = self._redis.enqueue_job(
            "timer",
            bell.value,
            _job_id=f"{TIMERS}:{bell.value}:{tick}",  # one for all that asked for this tick
            _defer_until=datetime.fromtimestamp(tick / TICKS_PER_S, UTC),
        )
        await self._try(timer, ANSWERS_WITHIN_S)
        return None

    async def wait(self, bell: Bell, timeout_s: float) -> None:
        end = self._clock.monotonic() + timeout_s
        while (left := end - self._clock.monotonic()) > 0:
            if await self._try(_heard(self._redis, bell, left), left + ANSWERS_WITHIN_S):
                return
            left = end - self._clock.monotonic()
            await self._clock.sleep(min(TRY_AGAIN_S, left))

    async def _try(self, command: Awaitable[Any], within_s: float) -> bool:
        """False: Redis is away."""
        try:
            with heeding_cancellation():
                async with asyncio.timeout(within_s):
                    await command
        except AWAY as e:
            self._presence.gone(e)
            return False
        self._presence.back()
        return True

    async def aclose(self) -> None:
        await self._redis.aclose(close_connection_pool=True)


def connect(url: str, *, silence_s: float | None = None) -> ArqRedis:
    """An arq client whose jobs are msgpack, never pickle."""
    return ArqRedis(
        pool(url, silence_s=silence_s),
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        default_queue_name=TIMERS,
    )


async def ring(redis: ArqRedis, bell: Bell) -> None:
    async with redis.pipeline(transaction=True) as together:
        together.rpush(_key(bell), b"")
        together.ltrim(_key(bell), -1, -1)
        await together.execute()


async def _heard(redis: ArqRedis, bell: Bell, timeout_s: float) -> None:
    """It rang, or the time is up."""
    whole = f"{max(timeout_s, 0.01):.3f}"  # 0 would be for ever
    await redis.execute_command("BLPOP", _key(bell), whole)  # type: ignore[no-untyped-call]


def _key(bell: Bell) -> str:
    return f"serai:bell:{bell.value}"
