"""What came, and how it stands to what came before: repeated, late, or after a gap."""

from __future__ import annotations

import msgspec


class Came(msgspec.Struct, frozen=True):
    """times: 1, it is new. after: the highest sequence of its subject, if that came before it.
    missing: lower sequences of its subject that did not come yet, first and last, if it is the
    highest so far."""

    times: int
    after: int | None = None
    missing: tuple[int, int] | None = None


class Ledger:
    def __init__(self) -> None:
        self.repeated = self.late = 0
        self._times: dict[str, int] = {}
        self._sequences: dict[str, set[int]] = {}

    @property
    def missing(self) -> int:
        """Sequences below the highest of their subject that never came."""
        return sum(max(seen) - len(seen) for seen in self._sequences.values())

    def note(self, id: str, subject: str, sequence: int) -> Came:
        """id: of the event, from the webhook-id header."""
        times = self._times[id] = self._times.get(id, 0) + 1
        if times > 1:
            self.repeated += 1
            return Came(times)
        seen = self._sequences.setdefault(subject, set())
        highest = max(seen, default=0)
        seen.add(sequence)
        if sequence < highest:
            self.late += 1
            return Came(times, after=highest)
        gap = sequence - highest > 1
        return Came(times, missing=(highest + 1, sequence - 1) if gap else None)
