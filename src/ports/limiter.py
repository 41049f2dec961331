"""A rate budget that every process of the hub draws on."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """*count* units every *per_s* seconds, evenly spaced; at most *burst* at once.

    burst: None means *count*, the whole allowance at once after a rest.
    """

    count: int
    per_s: float
    burst: int | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or self.per_s <= 0 or (self.burst is not None and self.burst < 1):
            raise ValueError(f"not a rate: {self.count} per {self.per_s} s, burst {self.burst}")

    @property
    def interval_s(self) -> float:
        """Seconds after which one unit is given back."""
        return self.per_s / self.count

    @property
    def at_once(self) -> int:
        """Units granted at once after a rest."""
        return self.count if self.burst is None else self.burst


class Limiter(Protocol):
    """Counts by the generic cell rate algorithm; safe to call from many tasks and processes."""

    async def acquire(self, budget: str, *, rate: Rate, cost: int = 1) -> float:
        """Take *cost* units of *budget*: 0.0 when granted, else the seconds to wait.

        Nothing is taken when it is not granted, so ask again after the wait;
        somebody else may have been quicker. ValueError: *cost* is more than the
        rate ever allows at once. Raises nothing else: an implementation whose
        store is away keeps counting for its own process.
        """
        ...
