"""Prices that a channel refused: their nights are closed there until a price is taken.

Else a guest could buy at the price that the channel took before, or at one of its own. Like all
else it follows of what is wanted and what is known: of each night the channel's last word is kept,
and while that is a refusal and the channel does not hold the price it should, the night is wanted
closed. So the price is taken first and the night opens after it, wherever a turn dies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date

import msgspec

from core.domain.channels.lane import (
    Lane,
    LaneKey,
    LaneKind,
    Refusal,
    Value,
    cells_of,
    key_of,
    refusal_of,
    rules_of,
)
from core.domain.channels.push import Cells, Patch, RefusedValue, Sent, covered
from core.domain.channels.showing import CLOSED
from core.domain.stock.ari import AriLine, RateLine, RestrictionLine
from core.domain.stock.spans import expand

Lanes = Mapping[LaneKey, Lane]
Night = tuple[str, str, date]  # of a room and plan, by the channel's codes; "" is of the room
AGAIN = Refusal(None)


def closed_where_refused(wanted: Cells, told: Lanes) -> dict[LaneKey, Mapping[date, Value]]:
    """*wanted*, and closed the nights of which the channel refused a price last and does not hold
    the one that is wanted."""
    after = dict(wanted)
    for rate, rules, days in _refused_of(wanted, told):
        held = _values(told, rate)
        closed = (day for day in days if held.get(day) != wanted[rate][day])
        after[rules] = {**wanted[rules], **dict.fromkeys(closed, CLOSED)}
    return after


def eased(wanted: Cells, told: Lanes) -> list[Lane]:
    """Lanes of refusals, where the channel holds the price that is wanted: such a night is open
    again as soon as it takes that too, and where it has, the refusal is over. An ordinary change
    of the price closes nothing from then on."""
    found = []
    for rate, rules, days in _refused_of(wanted, told):
        lane, held, ruled = told[refusal_of(rate)], _values(told, rate), _values(told, rules)
        taken = [day for day in days if held.get(day) == wanted[rate][day]]
        over = [day for day in taken if ruled.get(day) == wanted[rules][day]]
        after = lane.acknowledged(dict.fromkeys(taken, AGAIN), 0).forgotten(over)
        if after != lane:
            found.append(after)
    return found


def answered(told: Lanes, sent: Iterable[Sent]) -> dict[LaneKey, Lane]:
    """The lanes of refusals that *sent* has changed. What got no clear answer changes none."""
    after: dict[LaneKey, dict[date, Value]] = {}  # not lanes: one for each line is N² over nights
    for message in sent:
        for line, is_taken in _answers(message):
            key = refusal_of(key_of(line))
            no = after.setdefault(key, dict(_values(told, key)))
            for day in expand(line.span):
                if isinstance(line, RateLine) and not is_taken:
                    no[day] = Refusal(line.prices)
                elif isinstance(line, RateLine) and day in no:
                    no[day] = AGAIN
                elif _has_opened(line, is_taken) and no.get(day) == AGAIN:
                    # What opens beside a price that was refused just now does not end that.
                    del no[day]
    return {key: Lane(key, no) for key, no in after.items() if no != _values(told, key)}


def to_look_at(told: Lanes, sent: Iterable[Sent]) -> tuple[Patch, ...]:
    """Nights whose price was refused now, or is taken at last: they are to be closed, or opened."""
    news = []
    for message in sent:
        for line, is_taken in _answers(message):
            if isinstance(line, RateLine):
                refused = _values(told, refusal_of(key_of(line)))
                if not is_taken or any(day in refused for day in expand(line.span)):
                    news.append(line)
    return covered(news)


def nights_of_prices(refused: Iterable[AriLine]) -> set[Night]:
    """The nights whose prices are among *refused*: of their plans, and of the rooms themselves."""
    prices = [
        (one, day) for one in refused if isinstance(one, RateLine) for day in expand(one.span)
    ]
    return {(one.room, plan, day) for one, day in prices for plan in ("", one.plan)}


def held_back(
    lines: Sequence[AriLine], unpriced: Set[Night]
) -> tuple[tuple[AriLine, ...], tuple[AriLine, ...]]:
    """*lines* to be told now, and those that would open one of *unpriced*."""
    now: list[AriLine] = []
    late: list[AriLine] = []
    for line in lines:
        (late if unpriced and _opens(line, unpriced) else now).append(line)
    return tuple(now), tuple(late)


def once_more(lanes: Lanes) -> list[Lane]:
    """Each refused price is told again; its night is closed until it is taken."""
    return [
        Lane(key, dict.fromkeys(lane.values, AGAIN))
        for key, lane in lanes.items()
        if key.kind is LaneKind.REFUSAL
    ]


def closed_for(refused: RefusedValue, told: Lanes) -> bool | None:
    """Whether the channel has closed the nights of a price that it refused, or could not be told.
    None: it is no price."""
    line = refused.line
    if not isinstance(line, RateLine):
        return None
    no = _values(told, refusal_of(key_of(line)))
    days = [*expand(line.span)]
    ruled = _values(told, rules_of(key_of(line)))
    return all(_stops(ruled.get(day)) for day in [d for d in days if d in no] or days)


def left_open(refused: Iterable[RefusedValue]) -> int:
    """Nights of a plan that are to be closed, and the channel refused that too."""
    closing = (r.line for r in refused if isinstance(r.line, RestrictionLine))
    cells = cells_of(line for line in closing if line.restrictions.stop_sell)
    return sum(map(len, cells.values()))


def _answers(message: Sent) -> Iterator[tuple[AriLine, bool]]:
    """Each line that was answered, and whether it was taken."""
    if message.known:
        refused = {place for place, *_ in message.refused}
        for place in sorted({*message.taken, *refused}):
            yield message.lines[place], place not in refused


def _refused_of(wanted: Cells, told: Lanes) -> Iterator[tuple[LaneKey, LaneKey, set[date]]]:
    """Keys of a rate and of its restrictions, and the nights that were refused and are wanted."""
    for key, lane in told.items():
        if key.kind is LaneKind.REFUSAL:
            rate = msgspec.structs.replace(key, kind=LaneKind.RATE)
            rules = rules_of(key)
            days = lane.values.keys() & wanted.get(rate, {}).keys() & wanted.get(rules, {}).keys()
            if days:
                yield rate, rules, days


def _has_opened(line: AriLine, is_taken: bool) -> bool:
    return is_taken and isinstance(line, RestrictionLine) and not line.restrictions.stop_sell


def _opens(line: AriLine, nights: Set[Night]) -> bool:
    if isinstance(line, RateLine):
        return False
    if isinstance(line, RestrictionLine):
        opens, plan = not line.restrictions.stop_sell, line.plan
    else:
        opens, plan = line.free > 0, ""
    return opens and any((line.room, plan, day) in nights for day in expand(line.span))


def _values(told: Lanes, key: LaneKey) -> Mapping[date, Value]:
    lane = told.get(key)
    return lane.values if lane else {}


def _stops(value: Value | None) -> bool:
    return getattr(value, "stop_sell", False)
