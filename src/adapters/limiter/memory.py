"""Rate budgets of one process: right for the embedded hub, where one process is all there is."""

from __future__ import annotations

from ports.clock import Clock
from ports.limiter import Rate

SWEEP_ABOVE = 10_000


class MemoryLimiter:
    """Keeps, per budget, the instant at which it will be whole again (GCRA)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._whole_at: dict[str, float] = {}

    async def acquire(self, budget: str, *, rate: Rate, cost: int = 1) -> float:
        if not 1 <= cost <= rate.at_once:
            raise ValueError(f"{cost} units never fit in {rate.at_once} at once")
        now = self._clock.monotonic()
        after = max(self._whole_at.get(budget, now), now) + cost * rate.interval_s
        wait = after - now - rate.at_once * rate.interval_s
        if wait > 1e-9:  # float dust must not cost the last unit of a burst
            return wait
        self._whole_at[budget] = after
        if len(self._whole_at) > SWEEP_ABOVE:
            self._whole_at = {k: at for k, at in self._whole_at.items() if at > now}
        return 0.0
