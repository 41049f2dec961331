"""Lines → the values of a push; what the answer says of each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from adapters._kit.ari_order import ordered
from adapters.channex.mapping import wire
from adapters.channex.mapping.rooms import Plan
from core.domain.money import Money
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    PushAnswer,
    RateLine,
    RefusedLine,
    RestrictionLine,
    Span,
)

# Their bound is 10 MB a call; what else is in a message is little.
MOST_BYTES = 9_000_000
NO_MINIMUM, NO_MAXIMUM = 1, 0
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_RESTRICTED = frozenset(
    {
        "stop_sell",
        "closed_to_arrival",
        "closed_to_departure",
        "min_stay_arrival",
        "min_stay_through",
        "max_stay",
    }
)
_KIND = {
    "availability": AvailabilityLine,
    "rate": RateLine,
    "rates": RateLine,
    **dict.fromkeys(_RESTRICTED, RestrictionLine),
}
_AVAILABILITY_BYTES, _RESTRICTION_BYTES, _RATE_BYTES, _OCCUPANCY_BYTES = 220, 360, 200, 45
_MOST_OCCUPANCIES = 18


def messages(lines: Sequence[AriLine]) -> list[tuple[AriLine, ...]]:
    """Availability apart from rates and restrictions: they go to two addresses. What opens comes
    last."""
    return [message for some in ordered(lines) for message in _bounded(some)]


def _bounded(lines: Sequence[AriLine]) -> list[tuple[AriLine, ...]]:
    found: list[tuple[AriLine, ...]] = []
    taken: list[AriLine] = []
    size = 0
    for line in lines:
        size += (more := _size(line))
        if taken and size > MOST_BYTES:
            found.append(tuple(taken))
            taken, size = [], more
        taken.append(line)
    if taken:
        found.append(tuple(taken))
    return found


def _size(line: AriLine) -> int:
    match line:
        case AvailabilityLine():
            return _AVAILABILITY_BYTES
        case RestrictionLine():
            return _RESTRICTION_BYTES
    told = _MOST_OCCUPANCIES if line.prices.extra_adult else len(line.prices.by_adults)
    return _RATE_BYTES + told * _OCCUPANCY_BYTES


class Push(msgspec.Struct, frozen=True):
    """content: the body. sent: the place of each of its values among the lines.
    refused: lines that were not worth sending."""

    content: bytes
    sent: tuple[int, ...]
    refused: tuple[RefusedLine, ...]


def push(property_code: str, lines: Sequence[AriLine], plans: Mapping[str, Plan]) -> Push:
    """plans: those of the property by their code; a plan that is not among them is refused."""
    values: list[dict[str, Any]] = []
    sent: list[int] = []
    refused: list[RefusedLine] = []
    for place, line in enumerate(lines):
        told = _told(line, plans)
        if isinstance(told, str):
            code, _, message = told.partition(": ")
            refused.append(RefusedLine(place, code, message))
            continue
        values.append({"property_id": property_code, **told, **_span(line.span)})
        sent.append(place)
    return Push(msgspec.json.encode({"values": values}), tuple(sent), tuple(refused))


def _told(line: AriLine, plans: Mapping[str, Plan]) -> dict[str, Any] | str:
    """The fields of one value; a text "code: message" where it cannot be said."""
    match line:
        case AvailabilityLine():
            return {"room_type_id": line.room, "availability": line.free}
        case RestrictionLine():
            return {"rate_plan_id": line.plan, **_restrictions(line)}
    plan = plans.get(line.plan)
    if plan is None:
        return "unknown_rate_plan: the property has no such rate plan at Channex"
    if plan.currency and plan.currency != line.prices.currency:
        return f"currency: the rate plan is in {plan.currency}, not in {line.prices.currency}"
    prices = {n: price for n in plan.adults if (price := _price(line.prices, n)) is not None}
    if not prices:
        asked = ", ".join(map(str, plan.adults))
        return f"no_price: the rate plan takes a price for {asked} adults, and there is none"
    if any(price.minor == 0 for price in prices.values()):
        return "rate: a price has to be greater than 0"
    if not plan.per_person:
        return {"rate_plan_id": line.plan, "rate": _decimal(*prices.values())}
    rates = [{"occupancy": n, "rate": _decimal(price)} for n, price in prices.items()]
    return {"rate_plan_id": line.plan, "rates": rates}


def _price(prices: Prices, adults: int) -> Money | None:
    """None: it is not said what that many pay."""
    told = dict(prices.by_adults)
    if adults in told:
        return told[adults]
    most = prices.by_adults[-1][0]
    if adults < most or prices.extra_adult is None:
        return None
    extra = prices.extra_adult.minor * (adults - most)
    return Money(told[most].minor + extra, prices.currency)


def _decimal(price: Money) -> str:
    return str(price.decimal())


def _restrictions(line: RestrictionLine) -> dict[str, Any]:
    """All of it, because what is left out stays as it was."""
    said = line.restrictions
    return {
        "stop_sell": said.stop_sell,
        "closed_to_arrival": said.closed_to_arrival,
        "closed_to_departure": said.closed_to_departure,
        "min_stay_arrival": said.min_stay_arrival or NO_MINIMUM,
        "min_stay_through": said.min_stay_through or NO_MINIMUM,
        "max_stay": said.max_stay or NO_MAXIMUM,
    }


def _span(span: Span) -> dict[str, Any]:
    told: dict[str, Any] = {"date_from": str(span.first), "date_to": str(span.last)}
    if span.weekdays:
        told["days"] = _days(span)
    return told


def _days(span: Span) -> list[str]:
    return [DAYS[number - 1] for number in span.weekdays]


def answer(body: bytes, lines: Sequence[AriLine], sent: Push) -> PushAnswer:
    """ValueError: it is no success. A value that came with a warning was not taken; a warning
    that fits no line leaves open which was refused, and the whole is pushed again."""
    rs = msgspec.json.decode(body, type=wire.PushRS)
    if rs.meta.message.casefold() != "success":
        raise ValueError("no success in it")
    at: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place in sent.sent:
        at[_key(lines[place])].append(place)
    refused = {one.line: one for one in sent.refused}
    unplaced: list[str] = []
    for raw in rs.meta.warnings:
        warned = msgspec.json.decode(raw, type=wire.Warned)
        named = [p for p in at.get(_warned_key(warned), ()) if _fits(lines[p], warned)]
        field, words = _words(warned)
        if not named:
            unplaced.append(words)
        for place in named:
            refused.setdefault(place, RefusedLine(place, field, words))
    reference = rs.data[0].id if rs.data else ""
    told = tuple(refused[place] for place in sorted(refused))
    if unplaced:
        return PushAnswer(False, warnings=tuple(unplaced), reference=reference)
    return PushAnswer(refused=told, reference=reference)


def of_the_property(body: bytes) -> bool:
    """Every warning is of the property itself: it is refused as a whole."""
    rs = msgspec.json.decode(body, type=wire.PushRS)
    warned = [msgspec.json.decode(raw, type=wire.Warned) for raw in rs.meta.warnings]
    return bool(warned) and not rs.data and all("property_id" in w.warning for w in warned)


def _key(line: AriLine) -> tuple[str, str, str]:
    code = line.room if isinstance(line, AvailabilityLine) else line.plan
    return code, str(line.span.first), str(line.span.last)


def _warned_key(warned: wire.Warned) -> tuple[str, str, str]:
    first, last = warned.date_from or warned.date, warned.date_to or warned.date
    return warned.rate_plan_id or warned.room_type_id or "", first or "", last or ""


def _fits(line: AriLine, warned: wire.Warned) -> bool:
    """Rates and restrictions of the same days are two values: the fields tell which is meant."""
    kinds = [_KIND[field] for field in warned.warning if field in _KIND]
    if kinds and not any(isinstance(line, kind) for kind in kinds):
        return False
    return not warned.days or list(warned.days) == _days(line.span)


def _words(warned: wire.Warned) -> tuple[str, str]:
    field = next(iter(warned.warning), "")
    said = warned.warning.get(field)
    first = said[0] if isinstance(said, list) and said else said
    return field[:64], f"{field} {first}"[:200]
