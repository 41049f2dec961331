"""Lines → messages, and messages → XML, within their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from adapters._kit.xml import Element
from adapters.expedia.config import StayRule
from adapters.expedia.mapping.products import Plan, Pricing
from adapters.expedia.mapping.wire import child, said
from core.domain.money import Money
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RefusedLine,
    RestrictionLine,
    Restrictions,
    Span,
)

MOST_UPDATES = 3000  # each rate, restriction or status of one day is one (guide to AR)
MOST_BYTES = 80_000  # of the 100 kB that they take
MOST_NIGHTS = 28
MOST_ROOMS = 4999
MOST_OCCUPANCIES = 20
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ROOM, _BOUND, _RATE, _OCCUPANCY = 330, 460, 340, 45  # bytes, rounded up


class Told(msgspec.Struct, frozen=True):
    """What goes over the wire of a line. place: in the message."""

    place: int
    line: AriLine
    amounts: tuple[tuple[int, Money], ...] = ()
    per_day: bool = False


def messages(lines: Sequence[AriLine]) -> list[tuple[AriLine, ...]]:
    """A new message where the bounds are reached, and where a line says again what one before it
    said of the same day: twice in one message is an error of theirs (3108)."""
    found: list[tuple[AriLine, ...]] = []
    taken: list[AriLine] = []
    said_of: dict[tuple[object, ...], list[Span]] = {}
    updates = size = 0
    for line in lines:
        more, weight = _updates(line), _bytes(line)
        spans = said_of.get(_what(line), [])
        full = updates + more > MOST_UPDATES or size + weight > MOST_BYTES
        if taken and (full or any(_meet(line.span, one) for one in spans)):
            found.append(tuple(taken))
            taken, said_of, updates, size = [], {}, 0, 0
        taken.append(line)
        said_of.setdefault(_what(line), []).append(line.span)
        updates, size = updates + more, size + weight
    if taken:
        found.append(tuple(taken))
    return found


def pieces(line: AriLine) -> list[AriLine]:
    """The line, or stretches of it where it is more than one message can hold."""
    a_day = max(1, _updates(line) // _days(line.span))
    longest = MOST_UPDATES // a_day
    span, found = line.span, []
    begin = span.first
    while begin <= span.last:
        end = min(span.last, begin + timedelta(days=longest - 1))
        part = Span(begin, end, span.weekdays)
        found.append(msgspec.structs.replace(line, span=part))
        begin = end + timedelta(days=1)
    return found


def told(
    place: int, line: AriLine, plans: Mapping[str, Plan], rule: StayRule
) -> Told | RefusedLine:
    """RefusedLine: Expedia has no words for it."""
    match line:
        case AvailabilityLine():
            if line.free <= MOST_ROOMS:
                return Told(place, line)
            return RefusedLine(place, "inventory", f"more than {MOST_ROOMS} rooms cannot be said")
        case RestrictionLine():
            wrong = _unsaid(line.restrictions, rule)
            return RefusedLine(place, *wrong) if wrong else Told(place, line)
    plan = plans.get(line.plan)
    if plan is None:
        return RefusedLine(place, "unknown_rate_plan", "the property has no such rate plan there")
    if plan.pricing is None:
        return RefusedLine(place, "pricing_model", f"{plan.model} is not spoken here")
    amounts = _amounts(line.prices, plan)
    if not amounts:
        asked = ", ".join(map(str, plan.adults))
        return RefusedLine(place, "no_price", f"the plan takes a price for {asked} adults")
    return Told(place, line, amounts, plan.pricing is Pricing.PER_DAY)


def fill(root: Element, lines: Sequence[Told], rule: StayRule) -> None:
    """One update for the lines of the same days and room."""
    groups: dict[tuple[Span, str], list[Told]] = {}
    for one in lines:
        groups.setdefault((one.line.span, one.line.room), []).append(one)
    for (span, room), members in groups.items():
        update = child(root, "AvailRateUpdate")
        _dates(update, span)
        _room(child(update, "RoomType", id=room), members, rule)


def _room(element: Element, members: Sequence[Told], rule: StayRule) -> None:
    plans: dict[str, list[Told]] = {}
    for one in members:
        if isinstance(one.line, AvailabilityLine):
            element.set("closed", said(False))  # what was closed by hand would stay so
            child(element, "Inventory", totalInventoryAvailable=str(one.line.free))
        else:
            plans.setdefault(one.line.plan, []).append(one)
    for code, some in plans.items():
        plan = child(element, "RatePlan", id=code)
        for one in sorted(some, key=lambda told: isinstance(told.line, RestrictionLine)):
            if isinstance(one.line, RestrictionLine):
                _restrictions(plan, one.line.restrictions, rule)
            else:
                _rate(plan, one)


def _rate(plan: Element, one: Told) -> None:
    rate = child(plan, "Rate", currency=one.amounts[0][1].currency)
    for adults, amount in one.amounts:
        price = str(amount.decimal())
        if one.per_day:
            child(rate, "PerDay", rate=price)
        else:
            child(rate, "PerOccupancy", rate=price, occupancy=str(adults))


def _restrictions(plan: Element, bounds: Restrictions, rule: StayRule) -> None:
    """All of it: what is left out falls back to what is configured at Expedia."""
    plan.set("closed", said(bounds.stop_sell))
    child(
        plan,
        "Restrictions",
        minLOS=str(_minimum(bounds, rule) or 1),
        maxLOS=str(min(bounds.max_stay or MOST_NIGHTS, MOST_NIGHTS)),
        closedToArrival=said(bounds.closed_to_arrival),
        closedToDeparture=said(bounds.closed_to_departure),
    )


def _unsaid(bounds: Restrictions, rule: StayRule) -> tuple[str, str] | None:
    """code, message of what cannot be said; None: all of it can."""
    other = bounds.min_stay_through if rule is StayRule.ARRIVAL else bounds.min_stay_arrival
    if other is not None and other > 1:
        name = "min_stay_through" if rule is StayRule.ARRIVAL else "min_stay_arrival"
        return name, f"the property counts a minimum by {rule.value}: {name} cannot be said"
    least = _minimum(bounds, rule) or 1
    if least > MOST_NIGHTS:
        return "min_stay", f"a minimum of more than {MOST_NIGHTS} nights cannot be said"
    if bounds.max_stay is not None and bounds.max_stay < least:
        return "max_stay", "the longest stay is shorter than the shortest"
    return None


def _minimum(bounds: Restrictions, rule: StayRule) -> int | None:
    return bounds.min_stay_arrival if rule is StayRule.ARRIVAL else bounds.min_stay_through


def _amounts(prices: Prices, plan: Plan) -> tuple[tuple[int, Money], ...]:
    """By occupancy: what is told, and an extra adult for each that is not. By day: one, for as
    many as the rate is meant for."""
    found = [(n, price) for n in plan.adults if (price := _price(prices, n)) is not None]
    return tuple(found[:MOST_OCCUPANCIES])


def _price(prices: Prices, adults: int) -> Money | None:
    known = dict(prices.by_adults)
    if adults in known:
        return known[adults]
    most = prices.by_adults[-1][0]
    if adults < most or prices.extra_adult is None:
        return None
    extra = prices.extra_adult.minor * (adults - most)
    return Money(known[most].minor + extra, prices.currency)


def _dates(update: Element, span: Span) -> None:
    dates = child(update, "DateRange", **{"from": str(span.first), "to": str(span.last)})
    if span.weekdays:
        for number, name in enumerate(WEEKDAYS, 1):
            dates.set(name, said(number in span.weekdays))


def _what(line: AriLine) -> tuple[object, ...]:
    plan = "" if isinstance(line, AvailabilityLine) else line.plan
    return type(line), line.room, plan


def _meet(one: Span, other: Span) -> bool:
    if one.last < other.first or other.last < one.first:
        return False
    if not one.weekdays or not other.weekdays:
        return True
    return bool(set(one.weekdays) & set(other.weekdays))


def _updates(line: AriLine) -> int:
    """As they count them."""
    match line:
        case AvailabilityLine():
            a_day = 2  # rooms, open
        case RestrictionLine():
            a_day = 5
        case RateLine():
            a_day = MOST_OCCUPANCIES if line.prices.extra_adult else len(line.prices.by_adults)
    return a_day * _days(line.span)


def _bytes(line: AriLine) -> int:
    match line:
        case AvailabilityLine():
            return _ROOM
        case RestrictionLine():
            return _BOUND
    places = MOST_OCCUPANCIES if line.prices.extra_adult else len(line.prices.by_adults)
    return _RATE + places * _OCCUPANCY


def _days(span: Span) -> int:
    """Days of the span; at least one."""
    count = (span.last - span.first).days + 1
    if not span.weekdays or count > 1000:
        return count
    days = (span.first + timedelta(days=n) for n in range(count))
    return max(1, sum(day.isoweekday() in span.weekdays for day in days))


def covers(span: Span, day: date) -> bool:
    inside = span.first <= day <= span.last
    return inside and (not span.weekdays or day.isoweekday() in span.weekdays)
