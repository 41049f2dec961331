"""One timer for everybody's deadline. One of its own for each request costs a microsecond more,
and hardly any ever rings."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection
from typing import Protocol

_EARLY_S = 0.001  # how much before its time a loop's timer may ring: it counts milliseconds
_LEAST_S = 0.005  # between two rings, however many deadlines there are


class Waiter(Protocol):
    @property
    def due_at(self) -> float:
        """When to be told that it is late, by *monotonic*; inf: nothing is waited for."""
        ...

    def late(self) -> None: ...


class Watch:
    """among: who may be waiting. Each is told at most _LEAST_S after its time."""

    def __init__(self, monotonic: Callable[[], float], among: Collection[Waiter]) -> None:
        self._monotonic = monotonic
        self._among = among
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf

    def expect(self, due_at: float) -> None:
        """One of them is waiting until *due_at*."""
        if due_at < self._rings_at:
            self._set(due_at, max(due_at - self._monotonic(), 0))

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = math.inf

    def _set(self, at: float, after_s: float) -> None:
        self.stop()
        self._rings_at = at
        self._timer = asyncio.get_running_loop().call_later(after_s, self._ring)

    def _ring(self) -> None:
        now = self._monotonic()
        self._rings_at = math.inf
        for waiter in [w for w in self._among if w.due_at <= now + _EARLY_S]:
            waiter.late()
        soonest = min((w.due_at for w in self._among), default=math.inf)
        if soonest < self._rings_at:
            self._set(soonest, max(soonest - now, _LEAST_S))
