"""What a channel was told and acknowledged, day by day: a lane for each room, rate and restriction.

Lanes are keyed by the channel's own codes, so that they stay true of the channel whatever becomes
of our mapping. A day that is not in a lane is not known: it was never told, or what became of it
is uncertain; such a day is told anew. Beside them it is kept which rates the channel refused.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Generic, TypeVar

import msgspec

from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)
from core.domain.stock.spans import expand


class Refusal(msgspec.Struct, frozen=True):
    """The channel's last word on the price of a night was no. prices: what it would not take, and
    is not told again; None: whatever price is wanted is told, and the night is still closed."""

    prices: Prices | None


Value = int | Prices | Restrictions | Refusal
V = TypeVar("V")


class LaneKind(enum.StrEnum):
    AVAILABILITY = "availability"
    RATE = "rate"
    RESTRICTION = "restriction"
    REFUSAL = "refusal"  # of a rate; nothing that is told


class LaneKey(msgspec.Struct, frozen=True, order=True):
    """room, plan: the channel's codes; availability has no plan."""

    kind: LaneKind
    room: str
    plan: str = ""


class Lane(msgspec.Struct, frozen=True):
    """values: what was acknowledged, by day. told_at: when a day was last sent, in whole seconds
    since 1970; of availability only, where it tells a race with the channel's own bookings."""

    key: LaneKey
    values: Mapping[date, Value] = {}
    told_at: Mapping[date, int] = {}

    def acknowledged(self, values: Mapping[date, Value], at_s: int) -> Lane:
        """With *values* told and taken at *at_s*."""
        told_at = {**self.told_at, **dict.fromkeys(values, at_s)} if self._tells_when else {}
        return Lane(self.key, {**self.values, **values}, told_at)

    def forgotten(self, days: Iterable[date], at_s: int | None = None) -> Lane:
        """Without *days*: how the channel has them is not known. at_s: they were sent then."""
        gone = set(days)
        told_at = self.told_at
        if at_s is not None and self._tells_when:
            told_at = {**told_at, **dict.fromkeys(gone, at_s)}
        kept = {day: value for day, value in self.values.items() if day not in gone}
        return Lane(self.key, kept, told_at)

    def since(self, day: date) -> Lane:
        """Without what is over."""
        return Lane(
            self.key,
            {d: v for d, v in self.values.items() if d >= day},
            {d: at for d, at in self.told_at.items() if d >= day},
        )

    @property
    def _tells_when(self) -> bool:
        return self.key.kind is LaneKind.AVAILABILITY


def key_of(line: AriLine) -> LaneKey:
    match line:
        case AvailabilityLine():
            return LaneKey(LaneKind.AVAILABILITY, line.room)
        case RateLine():
            return LaneKey(LaneKind.RATE, line.room, line.plan)
        case RestrictionLine():
            return LaneKey(LaneKind.RESTRICTION, line.room, line.plan)


def refusal_of(key: LaneKey) -> LaneKey:
    """Where the refusals of *key*, a rate or its restrictions, are kept."""
    return LaneKey(LaneKind.REFUSAL, key.room, key.plan)


def rules_of(key: LaneKey) -> LaneKey:
    """The restrictions of *key*, a rate or its refusals."""
    return LaneKey(LaneKind.RESTRICTION, key.room, key.plan)


def value_of(line: AriLine) -> Value:
    match line:
        case AvailabilityLine():
            return line.free
        case RateLine():
            return line.prices
        case RestrictionLine():
            return line.restrictions


def line_of(key: LaneKey, span: Span, value: Value) -> AriLine:
    if isinstance(value, Prices):
        return RateLine(key.room, key.plan, span, value)
    if isinstance(value, Restrictions):
        return RestrictionLine(key.room, key.plan, span, value)
    if isinstance(value, Refusal):
        raise TypeError("a refusal is theirs, and never told")
    return AvailabilityLine(key.room, span, value)


def cells_of(lines: Iterable[AriLine]) -> dict[LaneKey, dict[date, Value]]:
    """What *lines* say, by lane and day; of two that say the same day the later counts."""
    cells: dict[LaneKey, dict[date, Value]] = {}
    for line in lines:
        cells.setdefault(key_of(line), {}).update(dict.fromkeys(expand(line.span), value_of(line)))
    return cells


class Packed(msgspec.Struct, Generic[V], frozen=True, array_like=True):
    """A lane for keeping: each value once, and runs of days from *first* on: (days, which value);
    -1 is not known. told: (days, seconds) in the same way, 0 is never."""

    first: date
    values: tuple[V, ...]
    runs: tuple[tuple[int, int], ...]
    told: tuple[tuple[int, int], ...] = ()


def pack(lane: Lane) -> Packed[Value] | None:
    """None: there is nothing to keep."""
    days = [*lane.values, *lane.told_at]
    if not days:
        return None
    first, last = min(days).toordinal(), max(days).toordinal()
    places: dict[Value, int] = {}
    which, when = [], []
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        value = lane.values.get(day)
        which.append(-1 if value is None else places.setdefault(value, len(places)))
        when.append(lane.told_at.get(day, 0))
    told = _runs(when) if lane.told_at else ()
    return Packed(date.fromordinal(first), tuple(places), _runs(which), told)


def unpack(key: LaneKey, packed: Packed[Value]) -> Lane:
    values: dict[date, Value] = {}
    for day, place in _days(packed.first, packed.runs):
        if place >= 0:
            values[day] = packed.values[place]
    told_at = {day: at for day, at in _days(packed.first, packed.told) if at}
    return Lane(key, values, told_at)


def _runs(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0] + 1, number)
        else:
            runs.append((1, number))
    return tuple(runs)


def _days(first: date, runs: Iterable[tuple[int, int]]) -> Iterable[tuple[date, int]]:
    day, one = first, timedelta(days=1)
    for count, number in runs:
        for _ in range(count):
            yield day, number
            day += one
