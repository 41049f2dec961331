"""One contract for both limiters, and what only the shared one can show."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import redis.asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.limiter.redis import RedisLimiter
from adapters.system import SystemClock
from ports.limiter import Rate
from tests.fakes.clock import HandClock
from tests.infra.limiter_rigs import Rig, rig
from tests.servers import Redis, running_redis

pytestmark = pytest.mark.anyio
KINDS = ("memory", "redis")
ONE_A_SECOND = Rate(count=1, per_s=1)


@pytest.fixture(params=KINDS)
async def r(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Rig]:
    async with rig(request.param, redis_url) as r:
        yield r


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


STEPS = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 0.001, 0.004]), st.integers(1, 3)), max_size=40
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(steps=STEPS, burst=st.integers(3, 6), count=st.integers(1, 3))
async def test_never_more_than_allowed_in_any_window(
    kind: str, redis_server: Redis, steps: list[tuple[float, int]], burst: int, count: int
) -> None:
    rate = Rate(count=count, per_s=0.005, burst=burst)
    granted: list[tuple[float, float, int]] = []  # asked, answered, units
    async with rig(kind, redis_server.url) as r:
        for pause, cost in steps:
            await r.pass_time(pause)
            asked = r.clock.monotonic()
            if await r.limiter.acquire(r.budget, rate=rate, cost=cost) == 0:
                granted.append((asked, r.clock.monotonic(), cost))
    for i, (since, _, _) in enumerate(granted):
        for j in range(i, len(granted)):
            units = sum(cost for _, _, cost in granted[i : j + 1])
            longest = granted[j][1] - since
            assert units <= burst + longest / rate.interval_s + 1e-6


async def test_the_whole_allowance_is_granted_after_a_rest_and_no_more(r: Rig) -> None:
    rate = Rate(count=3, per_s=30)
    waits = [await r.limiter.acquire(r.budget, rate=rate) for _ in range(4)]
    assert waits[:3] == [0, 0, 0]
    assert 9 < waits[3] <= 10


async def test_what_is_refused_takes_nothing(r: Rig) -> None:
    rate = Rate(count=10, per_s=1)
    assert await r.limiter.acquire(r.budget, rate=rate, cost=10) == 0
    waits = [await r.limiter.acquire(r.budget, rate=rate, cost=2) for _ in range(20)]
    assert waits == sorted(waits, reverse=True)
    assert 0 < waits[-1] <= waits[0] <= 0.2
    await r.pass_time(waits[-1])
    assert await r.limiter.acquire(r.budget, rate=rate, cost=2) == 0


async def test_budgets_do_not_touch_each_other(r: Rig) -> None:
    assert await r.limiter.acquire(r.budget, rate=ONE_A_SECOND) == 0
    assert await r.limiter.acquire(f"{r.budget}b", rate=ONE_A_SECOND) == 0
    assert await r.limiter.acquire(r.budget, rate=ONE_A_SECOND) > 0


@pytest.mark.parametrize("cost", [0, -1, 2])
async def test_a_cost_that_never_fits_is_a_mistake(r: Rig, cost: int) -> None:
    with pytest.raises(ValueError, match="never fit"):
        await r.limiter.acquire(r.budget, rate=ONE_A_SECOND, cost=cost)


async def test_many_at_once_share_one_budget(redis_url: str) -> None:
    limiters = [RedisLimiter(redis_url, SystemClock()) for _ in range(4)]
    rate = Rate(count=10, per_s=3600)
    waits = await asyncio.gather(
        *[x.acquire("acc", rate=rate) for x in limiters for _ in range(10)]
    )
    assert waits.count(0) == 10
    for limiter in limiters:
        await limiter.aclose()


async def test_a_forgotten_script_is_sent_again(redis_url: str) -> None:
    limiter = RedisLimiter(redis_url, SystemClock())
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await limiter.acquire("acc", rate=ONE_A_SECOND) == 0
        await client.script_flush()
        assert 0 < await limiter.acquire("acc", rate=ONE_A_SECOND) <= 1
        assert 0 < await client.pttl("serai:rate:acc") <= 1001  # nothing is left behind
    await limiter.aclose()


async def test_a_debt_that_no_rate_explains_is_cut(redis_url: str) -> None:
    """As after Redis' clock was set back."""
    limiter = RedisLimiter(redis_url, SystemClock())
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.set("serai:rate:acc", "9e15")
    assert 0 < await limiter.acquire("acc", rate=ONE_A_SECOND) <= 1
    await limiter.aclose()


async def test_without_redis_it_counts_alone_says_so_once_and_comes_back(
    own_redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="serai.redis")
    clock = HandClock()
    limiter = RedisLimiter(own_redis.url, clock)
    rate = Rate(count=2, per_s=3600)
    assert await limiter.acquire("acc", rate=rate) == 0
    own_redis.kill()
    waits = []
    for _ in range(5):
        waits.append(await limiter.acquire("acc", rate=rate))
        await clock.advance(1)
    assert waits[:2] == [0, 0]
    assert min(waits[2:]) > 0
    own_redis.start()
    await clock.advance(1)
    waits = [await limiter.acquire("acc", rate=rate) for _ in range(2)]
    assert waits[0] == 0  # Redis kept its own count on disk: one of two was taken
    assert waits[1] > 0
    await limiter.aclose()
    assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]
