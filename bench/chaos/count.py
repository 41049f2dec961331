"""The count at the end, from what both sides hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from bench.chaos.ledger import Made
from bench.chaos.plan import Kind
from bench.chaos.script import FORGED, Receipt, Stand
from core.domain.webhooks.delivery import DeliveryState

Key = tuple[str, str]  # of a delivery: its endpoint and its event


# Only what was under way at one of these may be sent again: Redis holds nothing.
EXCUSES = (Kind.KILL_WORKER, Kind.KILL_POSTGRES)


class Count(msgspec.Struct, frozen=True):
    """sent: deliveries made. lost: not taken by their receiver, not settled as succeeded, or
    of an event whose commit was acknowledged and which is gone. duplicates: taken again.
    in_flight_at_kills: requests that were taken and not on record at one kill or restart, or at
    several. order_violations: in strict order, taken for the first time after a later one.

    unexcused: duplicates beyond what of the very same delivery was under way when a worker or
    PostgreSQL fell. undrained: requests not on record after a worker was told to stop.
    crashed: workers that ended by themselves, or not well. unverified: requests without a valid
    signature. requests, refused: all that were read; those that were not taken. in_flight: by
    kind of blow.
    """

    sent: int
    lost: int
    duplicates: int
    in_flight_at_kills: int
    order_violations: int
    unexcused: int
    undrained: int
    crashed: int
    unverified: int
    requests: int
    refused: int
    in_flight: dict[str, int]

    @property
    def sound(self) -> bool:
        wrong = (self.lost, self.order_violations, self.unexcused, self.undrained)
        more = self.duplicates > self.in_flight_at_kills
        return not any((*wrong, more, self.crashed, self.unverified))


def count(
    receipts: Sequence[Receipt],
    deliveries: Collection[Made],
    acknowledged: Iterable[str],
    stands: Sequence[Stand],
    *,
    in_flight: Mapping[Kind, Collection[int]],
    undrained: Collection[int] = (),
    crashed: int = 0,
) -> Count:
    """in_flight, undrained: numbers of receipts."""
    taken = [r for r in receipts if r.taken]
    times = Counter(_key(r, stands) for r in taken)
    excusing = {number for kind in EXCUSES for number in in_flight.get(kind, ())}
    excused = Counter(_key(receipts[number], stands) for number in excusing)
    made = {(d.endpoint, d.event) for d in deliveries}
    unsettled = {(d.endpoint, d.event) for d in deliveries if d.state != DeliveryState.SUCCEEDED}
    owed = {(stand.id, event) for event in acknowledged for stand in stands}
    again = {key: number - 1 for key, number in times.items()}
    return Count(
        sent=len(made),
        lost=len((made - times.keys()) | unsettled | (owed - made)),
        duplicates=sum(again.values()),
        in_flight_at_kills=len(set().union(*in_flight.values())),
        order_violations=sum(_violations(taken, n) for n, s in enumerate(stands) if s.ordered),
        unexcused=sum(max(number - excused[key], 0) for key, number in again.items()),
        undrained=len(undrained),
        crashed=crashed,
        unverified=sum(r.said == FORGED for r in receipts),
        requests=len(receipts),
        refused=len(receipts) - len(taken),
        in_flight={str(kind): len(found) for kind, found in in_flight.items()},
    )


def _key(receipt: Receipt, stands: Sequence[Stand]) -> Key:
    return stands[receipt.endpoint].id, receipt.event


def _violations(taken: Iterable[Receipt], endpoint: int) -> int:
    """Events first taken after a later one of their subject."""
    latest: defaultdict[str, int] = defaultdict(int)
    seen: set[str] = set()
    wrong = 0
    for r in taken:
        if r.endpoint != endpoint or r.event in seen:
            continue
        seen.add(r.event)
        wrong += r.sequence < latest[r.subject]
        latest[r.subject] = max(latest[r.subject], r.sequence)
    return wrong
