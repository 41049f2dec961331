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
        self.drop_old()
        held = self._held.get(key)
        if held is not None:
            return held[1]
        made = make()
        if len(self._held) >= self._most:
            del self._held[next(iter(self._held))]
        self._held[key] = (self._monotonic() + self._age_s, made)
        return made

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
