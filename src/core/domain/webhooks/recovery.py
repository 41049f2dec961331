"""A recovery: events of a stretch of the feed, sent again to one endpoint at a chosen pace.

It walks the feed in commit order behind a cursor. Each tick commits the new deliveries and the
cursor together, so that a restart neither leaves an event out nor sends one twice.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from core.domain.event import matches
from core.domain.problem import Fault, Invalid
from core.domain.webhooks.partner import Endpoint, Partner, Sees

PACE = 10
PACE_MAX = 500
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # before every event


class What(enum.StrEnum):
    """undelivered: what the endpoint should have had and never took, and what is not on its way
    to it either. all: whatever it should have had, also what it took."""

    UNDELIVERED = "undelivered"
    ALL = "all"


class RecoveryState(enum.StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


FINISHED = frozenset({RecoveryState.DONE, RecoveryState.CANCELLED})


class Recovery(msgspec.Struct, frozen=True):
    """types: patterns. since, until: when events occurred, until itself not included.

    cursor: the position in the feed that was reached; end: the last it goes to. total: counted
    when it was made; looked_at: positions of the feed passed; sent: deliveries it made.
    check_at: its next tick, while it runs. note: why it waits or stopped, for a person.
    """

    id: str
    endpoint: str
    partner: str
    what: What
    types: tuple[str, ...]
    since: datetime
    until: datetime
    pace_per_s: int
    cursor: int
    end: int
    total: int
    created_at: datetime
    created_by: str
    reason: str = ""
    state: RecoveryState = RecoveryState.RUNNING
    looked_at: int = 0
    sent: int = 0
    check_at: datetime | None = None
    finished_at: datetime | None = None
    note: str = ""

    @property
    def left(self) -> int:
        """How many are still to be sent, at most: what was delivered meanwhile is passed over."""
        return 0 if self.state in FINISHED else max(self.total - self.sent, 0)

    @property
    def share(self) -> float:
        """Of what was counted, 0 to 1."""
        if self.state is RecoveryState.DONE or self.total == 0:
            return 1.0
        return min(self.sent / self.total, 1.0)

    @property
    def left_s(self) -> float | None:
        """Seconds to its end at its pace, if nothing makes it wait; None: it does not run."""
        return self.left / self.pace_per_s if self.state is RecoveryState.RUNNING else None


class NewRecovery(msgspec.Struct, frozen=True):
    """types: patterns; none: all that the endpoint asks for. until: None: up to now."""

    endpoint: str
    since: datetime
    until: datetime | None = None
    what: What = What.UNDELIVERED
    types: tuple[str, ...] = ()
    pace_per_s: int = PACE


class Wanted(msgspec.Struct, frozen=True):
    """Which events. partner: whose alone; None: everybody's. types: patterns, of which an event
    matches one in each group. since ≤ when it occurred < until. at: what is worth nothing any
    more by then was never missed."""

    endpoint: str
    partner: str | None
    types: tuple[tuple[str, ...], ...]
    since: datetime
    until: datetime
    what: What
    at: datetime


class Tally(msgspec.Struct, frozen=True):
    """How many events there are of each type, when the first and the last occurred, and their
    positions in the feed; 0 where there are none."""

    types: Mapping[str, int]
    first_at: datetime | None = None
    last_at: datetime | None = None
    first: int = 0
    last: int = 0

    @property
    def total(self) -> int:
        return sum(self.types.values())


def bounded(new: NewRecovery, endpoint: Endpoint, known: Sequence[str], now: datetime) -> Wanted:
    """What *new* asks for, of the events that *endpoint* asks for. known: every event type.

    Invalid: every fault of it. Wants the partner's view added by `seen_by`.
    """
    since, until = max(new.since, EPOCH), min(new.until or now, now)
    faults = []
    if since >= until:
        faults.append(Fault("/since", "is not before until, or not in the past"))
    if not 1 <= new.pace_per_s <= PACE_MAX:
        faults.append(Fault("/pace_per_s", f"is not 1 to {PACE_MAX} events a second"))
    asked = [t for t in known if matches(endpoint.types, t)]
    for place, pattern in enumerate(new.types):
        if not any(matches((pattern,), t) for t in asked):
            faults.append(Fault(f"/types/{place}", "the endpoint asks for no such event"))
    if faults:
        raise Invalid(*faults)
    return Wanted(
        endpoint=endpoint.id,
        partner=None,
        types=_groups(endpoint, new.types or endpoint.types),
        since=since,
        until=until,
        what=new.what,
        at=now,
    )


def seen_by(wanted: Wanted, partner: Partner) -> Wanted:
    """Confined to what *partner* may see."""
    return msgspec.structs.replace(wanted, partner=None if partner.sees is Sees.ALL else partner.id)


def wanted_by(recovery: Recovery, endpoint: Endpoint, partner: Partner, now: datetime) -> Wanted:
    """What a tick looks for, by what the endpoint asks for now."""
    return seen_by(
        Wanted(
            endpoint=endpoint.id,
            partner=None,
            types=_groups(endpoint, recovery.types),
            since=recovery.since,
            until=recovery.until,
            what=recovery.what,
            at=now,
        ),
        partner,
    )


def _groups(endpoint: Endpoint, types: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return (endpoint.types,) if types == endpoint.types else (endpoint.types, types)
