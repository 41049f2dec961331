from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.limiter import memory
from adapters.limiter.memory import MemoryLimiter
from ports.limiter import Limiter, Rate
from tests.unit.kit.clock import SetClock

pytestmark = pytest.mark.anyio
TEN = Rate(count=10, per_s=1.0)


async def test_a_burst_then_an_even_pace() -> None:
    clock = SetClock()
    limiter: Limiter = MemoryLimiter(clock)
    assert [await limiter.acquire("a", rate=TEN) for _ in range(10)] == [0.0] * 10
    assert await limiter.acquire("a", rate=TEN) == pytest.approx(0.1)
    clock.at += 0.1
    assert await limiter.acquire("a", rate=TEN) == 0.0
    assert await limiter.acquire("a", rate=TEN) == pytest.approx(0.1)


async def test_a_refusal_takes_nothing() -> None:
    limiter = MemoryLimiter(SetClock())
    for _ in range(10):
        await limiter.acquire("a", rate=TEN)
    assert len({await limiter.acquire("a", rate=TEN) for _ in range(50)}) == 1


async def test_budgets_do_not_share() -> None:
    limiter = MemoryLimiter(SetClock())
    await limiter.acquire("a", rate=TEN, cost=10)
    assert await limiter.acquire("b", rate=TEN, cost=10) == 0.0


async def test_a_burst_of_one_spaces_evenly() -> None:
    limiter = MemoryLimiter(SetClock())
    even = Rate(count=2, per_s=1.0, burst=1)
    assert await limiter.acquire("a", rate=even) == 0.0
    assert await limiter.acquire("a", rate=even) == pytest.approx(0.5)


async def test_more_than_ever_fits_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="never fit"):
        await MemoryLimiter(SetClock()).acquire("a", rate=TEN, cost=11)


@pytest.mark.parametrize("rate", [(0, 1.0, None), (1, 0.0, None), (1, 1.0, 0)])
def test_a_rate_is_positive(rate: tuple[int, float, int | None]) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        Rate(*rate)


async def test_what_is_whole_again_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SWEEP_ABOVE", 3)
    clock = SetClock()
    limiter = MemoryLimiter(clock)
    for n in range(20):
        await limiter.acquire(str(n), rate=TEN)
        clock.at += 1.0
    assert len(limiter._whole_at) <= 3


@given(
    count=st.integers(1, 50),
    burst=st.integers(1, 50),
    steps=st.lists(st.floats(0.0, 0.5), min_size=1, max_size=100),
)
async def test_never_more_than_the_burst_and_what_time_gave_back(
    count: int, burst: int, steps: list[float]
) -> None:
    clock = SetClock()
    limiter = MemoryLimiter(clock)
    rate = Rate(count=count, per_s=1.0, burst=burst)
    granted = 0
    for step in steps:
        clock.at += step
        wait = await limiter.acquire("a", rate=rate)
        if wait:
            clock.at += wait
            wait = await limiter.acquire("a", rate=rate)
        granted += wait == 0.0
        assert wait == 0.0
        assert granted <= burst + clock.at * count + 1e-6
