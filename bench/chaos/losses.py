"""What was under way when something fell: taken by the receiver, and not on record in SQL."""

from __future__ import annotations

import time

from bench.chaos.ledger import Book, Ledger
from bench.chaos.plan import Kind

# What the receiver read longer ago was not under way: a lease ends before.
FRESH_S = 15.0
# A request that the kernel had from a killed worker reaches the receiver after its death.
ARRIVES_S = 0.3
DRAINED_WITHIN_S = 10.0
POLL_S = 0.2


class Losses:
    """in_flight: by kind of blow, the receipts that were under way at one of them.
    undrained: those that a worker left behind although it was told to stop, not killed.
    badly_ended: workers that were told to stop and did not end well."""

    def __init__(self, book: Book, ledger: Ledger) -> None:
        self._book, self._ledger = book, ledger
        self.in_flight: dict[Kind, set[int]] = {}
        self.undrained: set[int] = set()
        self.badly_ended = 0

    def look(self, kind: Kind) -> int:
        """Right after a blow, or after a server is back: how many were under way."""
        time.sleep(ARRIVES_S)
        taken = self._taken(since=time.time() - FRESH_S)
        found = taken - self._ledger.settled()
        self.in_flight.setdefault(kind, set()).update(found)
        return len(found)

    def drained(self, code: int | None) -> int:
        """A worker was told to stop, and ended: what was taken by then is settled by somebody
        soon. How much is not."""
        self.badly_ended += code != 0
        known = set().union(self.undrained, *self.in_flight.values())
        left = self._taken(since=time.time() - FRESH_S) - known
        ends = time.monotonic() + DRAINED_WITHIN_S
        while (left := left - self._ledger.settled()) and time.monotonic() < ends:
            time.sleep(POLL_S)
        self.undrained |= left
        return len(left)

    def _taken(self, *, since: float) -> set[int]:
        return {r.number for r in self._book.receipts() if r.taken and r.read_at >= since}
