"""What one process has claimed and not settled, and how much more it may claim."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Set

import msgspec

from ports.meter import Meter
from ports.store import ClaimedDelivery

Key = tuple[str, str]  # a delivery, and the lease under which we hold it


class Pools(msgspec.Struct, frozen=True):
    """How much one process does at once.

    in_flight: requests under way. ahead: claimed beyond these, so that no sender ever waits
    for the database. first_share: of all that is claimed, kept free of retries. lease_s: after
    which another process may take over what this one holds and does not extend. drain_s: for
    what is under way when the process is told to stop.
    """

    in_flight: int = 256
    ahead: int = 64
    first_share: float = 0.25
    batch: int = 128
    lease_s: float = 15.0
    drain_s: float = 10.0

    @property
    def claimed_at_most(self) -> int:
        return self.in_flight + self.ahead

    @property
    def retries_at_most(self) -> int:
        return max(1, int(self.claimed_at_most * (1 - self.first_share)))


class Leased:
    """A delivery of ours. since: when it was claimed. sure_until: no other process has it
    before. Both by the process's monotonic clock."""

    __slots__ = ("claimed", "since", "sure_until")

    def __init__(self, claimed: ClaimedDelivery, since: float, sure_until: float) -> None:
        self.claimed, self.since, self.sure_until = claimed, since, sure_until

    @property
    def key(self) -> Key:
        return self.claimed.delivery, self.claimed.lease


class Leases:
    """room: set while there is room for a good part of a batch."""

    def __init__(self, pools: Pools, meter: Meter) -> None:
        self._pools, self._meter = pools, meter
        self._held: dict[Key, Leased] = {}
        self._retries = 0  # how many of these were tried before
        self.room = asyncio.Event()
        self.room.set()

    def limits(self) -> tuple[int, int]:
        """How many more may be claimed, and how many of these may be retries."""
        limit = min(self._pools.claimed_at_most - len(self._held), self._pools.batch)
        return limit, max(0, min(limit, self._pools.retries_at_most - self._retries))

    def take(self, leased: Leased) -> None:
        self._held[leased.key] = leased
        self._retries += leased.claimed.attempts > 1

    def drop(self, leased: Leased) -> None:
        """It is settled, or may be somebody else's. Dropped twice, it counts once."""
        if self._held.pop(leased.key, None) is not None:
            self._retries -= leased.claimed.attempts > 1

    def count(self) -> None:
        """After any number of take and drop: tells the meter, opens the room or shuts it."""
        self._meter.holding(len(self._held))
        if self._pools.claimed_at_most - len(self._held) >= max(self._pools.batch // 4, 1):
            self.room.set()
        else:
            self.room.clear()

    def held(self) -> Mapping[Key, Leased]:
        """Those of this moment."""
        return dict(self._held)

    def left(self, finished: Iterable[Leased]) -> list[Key]:
        """All but *finished*."""
        over = {leased.key for leased in finished}
        return [key for key in self._held if key not in over]


def extended(held: Mapping[Key, Leased], still: Set[str], until: float) -> None:
    """Of *held*, which were to be extended, the deliveries in *still* are ours until *until*,
    by the process's monotonic clock.

    What was lost may have come back to us under a newer lease: only that one was extended.
    """
    latest = {key[0]: key for key in held}
    for key, leased in held.items():
        if key[0] in still and latest[key[0]] == key:
            leased.sure_until = until
