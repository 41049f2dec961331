"""What is dear to make and must not stay for long: secrets in the clear, keys that are loaded."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most *most* values, none given out past *age_s*; the oldest goes first.

    monotonic: seconds by a clock that never goes back.
    """

    def __init__(self, monotonic: Callable[[], float], *, age_s: float, most: int) -> None:
        self._monotonic, self._age_s, self._most = monotonic, age_s, most
        self._held: dict[K, tuple[float, V]] = {}  # in the order in which they were made

    def get(self, key: K, make: Callable[[], V]) -> V:
        """What *make* gives, or gave under *key* a while ago. What it raises is not kept."""
        held = self.find(key)
        if held is None:
            since = self._monotonic()
            held = make()
            self.keep(key, held, since)
        return held

    def find(self, key: K) -> V | None:
        """What is kept under *key*; None: nothing, or no more."""
        self.drop_old()
        held = self._held.get(key)
        return None if held is None else held[1]

    def keep(self, key: K, value: V, since: float) -> None:
        """since: from when its age counts, by the same clock."""
        self._held.pop(key, None)
        if len(self._held) >= self._most:
            del self._held[next(iter(self._held))]
        self._held[key] = (since + self._age_s, value)

    def drop_old(self) -> None:
        """Forget what is past its age. For whoever may not come to `get` for long."""
        now = self._monotonic()
        while self._held:
            oldest = next(iter(self._held))
            if now < self._held[oldest][0]:
                return
            del self._held[oldest]

    def __len__(self) -> int:
        return len(self._held)
