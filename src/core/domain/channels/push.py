"""How far a channel has been told: what waits, what is on its way, what it refused.

Level-triggered: a turn compares what should be shown with what was acknowledged, and sends the
difference, until both agree. What is sent is written down first; whatever then becomes of the
process, a day whose fate is not known is told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from core.domain.channels.channel_mapping import Gap
from core.domain.channels.lane import (
    Lane,
    LaneKey,
    LaneKind,
    Refusal,
    Value,
    cells_of,
    key_of,
    line_of,
    refusal_of,
    value_of,
)
from core.domain.stock.ari import AriLine, AvailabilityLine, RateLine, Restrictions
from core.domain.stock.spans import compress, expand, merged

Cells = Mapping[LaneKey, Mapping[date, Value]]

BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
FAILING_AFTER_S = 300.0
CLOCKS_APART_S = 120  # the channel's clock and ours, and its rounding to minutes
PATCHES_MAX = 200
REFUSED_KEPT = 200
TAX_ABOVE_PRICE = "tax_above_price"


class Patch(msgspec.Struct, frozen=True, order=True):
    """Days of a room to be looked at, both included. room: the channel's code. rates False: only
    its availability can have changed."""

    room: str
    first: date
    last: date
    rates: bool = True


class RefusedValue(msgspec.Struct, frozen=True):
    """A line the channel did not take; it is not sent again until what it says has changed, and
    a price's nights are closed meanwhile. With TAX_ABOVE_PRICE it is our own price, which was
    never sent."""

    line: AriLine
    code: str
    message: str
    at: datetime


class Failure(msgspec.Struct, frozen=True):
    """Why nothing gets through now. code: of the problem; vendor_code: the channel's own.

    told: `channel.failing` went out.
    """

    code: str
    message: str
    since: datetime
    times: int
    vendor_code: str | None = None
    told: bool = False


class Push(msgspec.Struct, frozen=True):
    """id: of the channel. cursor: how far the property's changes were looked at; 0: not at all,
    and nothing that was acknowledged before counts. active: a change makes it due, quiet_s after it was noticed.

    waiting: what is to be looked at all the same. in_flight: what was being sent when last
    written; raced: rooms and nights that the channel sold meanwhile, looked at again when the turn
    ends. turn: rises with every
    turn and fences what an older one would still write. swept_on: the property's day on which
    everything was compared last.
    gaps: of the mapping, by its completeness; while there is one nothing is sent.
    behind_since: the oldest change that the channel has not acknowledged; None: it agrees.
    check_at: the next turn that is due. reference: the channel's number of the last message.
    lines, messages: taken since the channel was made.
    """

    id: str
    property: str
    quiet_s: float = 1.0
    active: bool = False
    cursor: int = 0
    turn: int = 0
    waiting: tuple[Patch, ...] = ()
    in_flight: tuple[AriLine, ...] = ()
    raced: tuple[tuple[str, date], ...] = ()
    refused: tuple[RefusedValue, ...] = ()
    failure: Failure | None = None
    gaps: tuple[Gap, ...] = ()
    swept_on: date | None = None
    behind_since: datetime | None = None
    pushed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    check_at: datetime | None = None
    lines: int = 0
    messages: int = 0
    reference: str = ""
    warnings: tuple[str, ...] = ()


class Sent(msgspec.Struct, frozen=True):
    """One message and what came of it. known False: no clear answer. taken: places of its lines
    that count. refused: place, the channel's code and words."""

    lines: tuple[AriLine, ...]
    known: bool
    taken: tuple[int, ...] = ()
    refused: tuple[tuple[int, str, str], ...] = ()


def difference(wanted: Cells, told: Mapping[LaneKey, Lane]) -> dict[LaneKey, dict[date, Value]]:
    """The cells that the channel does not have as it should."""
    differs = {}
    for key, days in wanted.items():
        lane = told.get(key)
        has = lane.values if lane else {}
        cells = {day: value for day, value in days.items() if has.get(day) != value}
        if cells:
            differs[key] = cells
    return differs


def without_refused(
    cells: Cells, refused: Iterable[RefusedValue], told: Mapping[LaneKey, Lane]
) -> dict[LaneKey, dict[date, Value]]:
    """What the channel has not refused just so. Of prices the lanes tell, for *refused* names
    only so many."""
    no = cells_of(r.line for r in refused if not isinstance(r.line, RateLine))
    for key in cells:
        if key.kind is LaneKind.RATE and (lane := told.get(refusal_of(key))):
            no[key] = {
                d: r.prices for d, r in lane.values.items() if isinstance(r, Refusal) and r.prices
            }
    left = {
        key: {day: v for day, v in days.items() if no.get(key, {}).get(day) != v}
        for key, days in cells.items()
    }
    return {key: days for key, days in left.items() if days}


def still_refused(refused: Iterable[RefusedValue], wanted: Cells) -> tuple[RefusedValue, ...]:
    """Those that would be said again: of each, some looked-at day still wants it, or none of its
    days was looked at."""
    return tuple(r for r in refused if _stands(r, wanted.get(key_of(r.line))))


def _stands(refused: RefusedValue, wanted: Mapping[date, Value] | None) -> bool:
    looked_at = [wanted[d] for d in expand(refused.line.span) if d in wanted] if wanted else []
    return not looked_at or value_of(refused.line) in looked_at


def with_unsaid(
    refused: Sequence[RefusedValue],
    unsaid: Cells,
    wanted: Cells,
    at: datetime,
    today: date,
    *,
    weekdays: bool,
) -> tuple[tuple[RefusedValue, ...], list[RefusedValue]]:
    """*refused*, and by name the prices that cannot be said: *unsaid* of the nights in *wanted*,
    of others as before; and which of them hold a night that was not named before."""
    known = [r for r in refused if r.code == TAX_ABOVE_PRICE]
    before = cells_of(r.line for r in known)
    cells: dict[LaneKey, dict[date, Value]] = {}
    for key, named in before.items():
        looked_at = wanted.get(LaneKey(LaneKind.RESTRICTION, key.room, key.plan), {})
        cells[key] = {d: v for d, v in named.items() if d >= today and d not in looked_at}
    for key, days in unsaid.items():
        cells.setdefault(key, {}).update(days)
    kept = {r.line: r for r in known}
    words = "its taxes are more than the price, so that nothing is left without them"
    lines = (
        line_of(key, span, value)
        for key, days in cells.items()
        for span, value in compress(days, weekdays=weekdays)
    )
    told = [kept.get(n) or RefusedValue(n, TAX_ABOVE_PRICE, words, at) for n in lines]
    new = [r for r in told if not before.get(key_of(r.line), {}).keys() >= {*expand(r.line.span)}]
    others = (r for r in refused if r.code != TAX_ABOVE_PRICE)
    return (*others, *told[:REFUSED_KEPT]), new


def lines_of(cells: Cells, told: Mapping[LaneKey, Lane], *, weekdays: bool) -> list[AriLine]:
    """*cells* in few lines. What closes goes first and what opens last, so that a push that is
    cut off in the middle has sold nothing twice; near nights before far ones."""
    lines = []
    for key, days in cells.items():
        lane = told.get(key)
        for urgency, some in _by_urgency(days, lane.values if lane else {}).items():
            for span, value in compress(some, weekdays=weekdays):
                lines.append((urgency, span.first, key, line_of(key, span, value)))
    lines.sort(key=lambda line: line[:3])
    return [line for *_, line in lines]


def _by_urgency(
    days: Mapping[date, Value], has: Mapping[date, Value]
) -> dict[int, dict[date, Value]]:
    """The same number of rooms may close one night and open the next: they are two lines."""
    by: dict[int, dict[date, Value]] = {}
    for day, value in days.items():
        by.setdefault(_urgency(value, has.get(day)), {})[day] = value
    return by


def _urgency(value: Value, before: Value | None) -> int:
    if isinstance(value, int):
        fewer = value == 0 or (isinstance(before, int) and value < before)
        return 0 if fewer else 4
    if isinstance(value, Restrictions):
        return 1 if value.stop_sell else 3
    return 2


def settled(
    told: Mapping[LaneKey, Lane], sent: Iterable[Sent], raced: Iterable[tuple[str, date]], at_s: int
) -> dict[LaneKey, Lane]:
    """*told* after *sent*, the lanes that changed. at_s: when it was sent.

    What was sent without a clear answer is no longer known. Neither is a night that the channel
    itself sold while a push for it was on its way: which of the two came first, nobody can say.
    """
    after: dict[LaneKey, Lane] = {}
    nights = set(raced)
    for message in sent:
        taken, lost = _fates(message)
        for key, days in cells_of(taken).items():
            sure = {day: v for day, v in days.items() if (key.room, day) not in nights}
            unsure = days.keys() - sure.keys() if key.kind is LaneKind.AVAILABILITY else ()
            sure = sure if unsure else dict(days)
            lane = after.get(key) or told.get(key) or Lane(key)
            after[key] = lane.acknowledged(sure, at_s).forgotten(unsure, at_s)
        for key, days in cells_of(lost).items():
            lane = after.get(key) or told.get(key) or Lane(key)
            after[key] = lane.forgotten(days, at_s)
    return after


def _fates(message: Sent) -> tuple[list[AriLine], Sequence[AriLine]]:
    if not message.known:
        return [], message.lines
    return [message.lines[place] for place in message.taken], ()


def sold_there(
    lane: Lane, nights: Mapping[date, int], booked_at_s: int | None, in_flight: Cells
) -> tuple[Lane, tuple[date, ...]]:
    """The availability of a channel that counts its own bookings, after one of *nights* (rooms
    more, or fewer, on each); and the nights that a push on its way has made uncertain.

    A night that was told after the guest booked may have been told too much: it is told again.
    So is one that came back, for whether the channel adds it by itself nobody promises.
    """
    flying = in_flight.get(lane.key, {})
    raced = tuple(sorted(night for night in nights if night in flying))
    for night, rooms in nights.items():
        has, told_s = lane.values.get(night), lane.told_at.get(night, 0)
        late = booked_at_s is None or told_s >= booked_at_s - CLOCKS_APART_S
        if not isinstance(has, int) or rooms < 0 or (told_s and late):
            lane = lane.forgotten([night])
        else:
            lane = Lane(lane.key, {**lane.values, night: max(0, has - rooms)}, lane.told_at)
    return lane, raced


def told_anew(
    push: Push, lanes: Mapping[LaneKey, Lane], nights: Mapping[LaneKey, Iterable[date]]
) -> tuple[Push, list[Lane]]:
    """After a message of a channel that may have counted *nights* by itself: how it has them is
    not known any more, and a push on its way is of no more worth. Only what it was once told is
    told again; *push* waits with it and is not due yet."""
    flying, patches, raced, after = cells_of(push.in_flight), [], [], []
    for key, lane in lanes.items():
        known = [day for day in nights[key] if day in lane.values or day in lane.told_at]
        patches += [Patch(key.room, day, day, False) for day in known]
        # While a turn lasts, what waits is forgotten at its end where it waited when it began.
        uncertain = {*flying.get(key, {}), *(known if push.in_flight else ())}
        raced += [(key.room, day) for day in nights[key] if day in uncertain]
        after.append(lane.forgotten(known))
    waiting = joined((*push.waiting, *patches))
    return msgspec.structs.replace(push, waiting=waiting, raced=(*push.raced, *raced)), after


def joined(patches: Iterable[Patch]) -> tuple[Patch, ...]:
    """The same days in few patches; too many become one for each room."""
    by: dict[tuple[str, bool], list[tuple[date, date]]] = {}
    for patch in patches:
        by.setdefault((patch.room, patch.rates), []).append((patch.first, patch.last))
    few = [Patch(room, *s, rates) for (room, rates), of in by.items() for s in merged(of)]
    if len(few) > PATCHES_MAX:
        few = [
            Patch(room, min(f for f, _ in of), max(n for _, n in of), rates)
            for (room, rates), of in by.items()
        ]
    return tuple(sorted(few))


def backoff_s(times: int) -> float:
    """Seconds to wait after the *times*-th failure in a row."""
    return BACKOFF_S[min(max(times, 1), len(BACKOFF_S)) - 1]


def failed(push: Push, failure: Failure, now: datetime, retry_after_s: float | None) -> Push:
    """Nothing got through: try again after a while that grows, or as the channel asked."""
    wait = max(backoff_s(failure.times), retry_after_s or 0)
    return msgspec.structs.replace(push, failure=failure, check_at=now + timedelta(seconds=wait))


def is_failing(failure: Failure, now: datetime, *, at_once: bool) -> bool:
    """It is time to tell: a person is needed, or it has gone on for too long."""
    return at_once or (now - failure.since).total_seconds() >= FAILING_AFTER_S


def covered(lines: Iterable[AriLine]) -> tuple[Patch, ...]:
    """The patches that look at everything *lines* say."""
    return joined(
        Patch(line.room, line.span.first, line.span.last, not isinstance(line, AvailabilityLine))
        for line in lines
    )
