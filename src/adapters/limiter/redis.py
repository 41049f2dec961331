"""Rate budgets that all processes of the hub share, counted in Redis by its own clock."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from adapters._kit.redis_link import ANSWERS_WITHIN_S, AWAY, Presence, heeding_cancellation, pool
from adapters.limiter.memory import MemoryLimiter
from ports.clock import Clock
from ports.limiter import Rate

ASK_AGAIN_AFTER_S = 1.0

# KEYS: the budget. ARGV: microseconds of one unit, units at once, units asked for.
# Answers the microseconds to wait. A debt above the whole allowance can only come of a clock
# that was set back or a rate that was changed; it is cut, or the budget would stay shut.
GCRA = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local unit, at_once, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole_at = tonumber(redis.call('GET', KEYS[1]) or now)
whole_at = math.min(math.max(whole_at, now), now + at_once * unit)
local after = whole_at + cost * unit
local wait = after - now - at_once * unit
if wait >= 1 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.17g', after), 'PX', math.ceil((after - now) / 1000))
return 0
"""


class RedisLimiter:
    """While Redis is away each process counts for itself, so the sum may pass the budget;
    what Redis counted is kept for its return unless it forgot."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._redis: Redis = Redis(connection_pool=pool(url))
        self._script = self._redis.register_script(GCRA)
        self._clock = clock
        self._alone = MemoryLimiter(clock)
        self._presence = Presence("rate budgets", "each process counts for itself")
        self._ask_from = clock.monotonic()

    async def acquire(self, budget: str, *, rate: Rate, cost: int = 1) -> float:
        if not 1 <= cost <= rate.at_once:
            raise ValueError(f"{cost} units never fit in {rate.at_once} at once")
        if self._clock.monotonic() < self._ask_from:
            return await self._alone.acquire(budget, rate=rate, cost=cost)
        try:
            with heeding_cancellation():
                wait = await self._ask(budget, rate, cost)
        except AWAY as e:
            self._presence.gone(e)
            self._ask_from = self._clock.monotonic() + ASK_AGAIN_AFTER_S
            return await self._alone.acquire(budget, rate=rate, cost=cost)
        self._presence.back()
        return wait

    async def _ask(self, budget: str, rate: Rate, cost: int) -> float:
        unit_us = repr(rate.interval_s * 1e6)
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            wait_us: int = await self._script(
                keys=[f"serai:rate:{budget}"], args=[unit_us, rate.at_once, cost]
            )
        return wait_us / 1e6

    async def aclose(self) -> None:
        await self._redis.aclose(close_connection_pool=True)
