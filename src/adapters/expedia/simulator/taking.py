"""Taking an AR request: all of it or an error; what is only doubtful is warned of and left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from adapters._kit.xml import Element, local
from adapters.expedia.simulator.hotels import BY_DAY, BY_LENGTH, Hotel, Plan, Room
from adapters.expedia.simulator.stock import Bounds, Stock, stretch
from adapters.expedia.simulator.xml import Wrong

MOST_UPDATES, MOST_BYTES, MOST_TOLD = 3000, 100_000, 20
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Write = tuple[str, Any, date, Any]  # what, of which room or plan, on which day, value
Warning_ = tuple[int, str]


def take(root: Element, size: int, hotel: Hotel, stock: Stock, today: date) -> list[Warning_]:
    """The warnings. Wrong: nothing was done."""
    if size > MOST_BYTES:
        raise Wrong(3405, "Message size limit exceeded.")
    writes = list(_writes(root, hotel, today))
    if not writes:
        raise Wrong(3015, "Business validation error: nothing to update.")
    if len(writes) > MOST_UPDATES:
        raise Wrong(3107, "Update exceeds allowable size - Maximum allowable size is 3000 updates.")
    seen = Counter((what, key, day) for what, key, day, _ in writes)
    twice = [f"{what} {key} {day}" for (what, key, day), n in seen.items() if n > 1]
    if twice:
        raise Wrong(3108, f"Duplicate Updates in the same message - {twice[0]}")
    warned: list[Warning_] = []
    for write in writes:
        _apply(write, hotel, stock, warned)
    return _numbered(warned)


def _writes(root: Element, hotel: Hotel, today: date) -> Iterator[Write]:
    for update in _all(root, "AvailRateUpdate"):
        days = [day for one in _all(update, "DateRange") for day in _days(one, today)]
        for element in _all(update, "RoomType"):
            room = hotel.room(element.get("id"))
            if room is None:
                raise Wrong(
                    3203,
                    "The following RoomTypeIDs do not belong to the given hotel:"
                    f" {element.get('id')}.",
                )
            for day in days:
                if element.get("closed") is not None:
                    yield "room closed", room.id, day, element.get("closed") in ("true", "1")
                for stock in _all(element, "Inventory"):
                    rooms = int(stock.get("totalInventoryAvailable"))
                    yield "inventory", room.id, day, rooms
                for plan in _all(element, "RatePlan"):
                    yield from _plan(plan, room, hotel, day)


def _plan(element: Element, room: Room, hotel: Hotel, day: date) -> Iterator[Write]:
    plan = next((one for one in room.plans if one.id == element.get("id")), None)
    if plan is None:
        raise Wrong(
            3204,
            f"The following RatePlanIDs do not belong to the given hotel: {element.get('id')}.",
        )
    if plan.parent:
        raise Wrong(
            3142,
            "Rate plan does not match the property acquisition type - Rate plan"
            f" {plan.id} does not match acquisition type",
        )
    if element.get("closed") is not None:
        yield "closed", plan.id, day, element.get("closed") in ("true", "1")
    for rate in _all(element, "Rate"):
        for occupancy, price in _prices(rate, plan, hotel):
            yield "rate", (plan.id, occupancy), day, price
    for bounds in _all(element, "Restrictions"):
        yield from _bounds(bounds, plan, hotel, day)


def _prices(rate: Element, plan: Plan, hotel: Hotel) -> Iterator[tuple[int, Decimal]]:
    if rate.get("currency") != hotel.currency:
        raise Wrong(3103, "Currency code mismatch.")
    if plan.pricing == BY_LENGTH:
        raise Wrong(3123, "Length of stay has to be provided for the Rate Plans with LOS enabled")
    by_day = plan.pricing == BY_DAY
    for one in rate:
        if (local(one) == "PerDay") is not by_day:
            raise Wrong(
                3090,
                f"Pricing models mismatch: you tried to update a price for {local(one)}, but your"
                f" property is configured to use {plan.pricing}.",
            )
        yield (plan.base if by_day else int(one.get("occupancy"))), Decimal(one.get("rate"))


def _bounds(element: Element, plan: Plan, hotel: Hotel, day: date) -> Iterator[Write]:
    least, most = int(element.get("minLOS", "1")), int(element.get("maxLOS", "28"))
    if least > most:
        raise Wrong(3015, f"Business validation error: MinLOS over MaxLOS for {plan.id}.")
    if least > hotel.most_minimum:
        raise Wrong(
            3135,
            f"MinLOS value ({least}) exceeds Extranet auto-approval threshold"
            f" ({hotel.most_minimum}) for length of stay.",
        )
    for name in ("minLOS", "maxLOS", "closedToArrival", "closedToDeparture"):
        if element.get(name) is not None:
            yield name, plan.id, day, element.get(name)


def _days(element: Element, today: date) -> list[date]:
    first = date.fromisoformat(element.get("from"))
    last = date.fromisoformat(element.get("to"))
    if first < today - timedelta(days=1):
        raise Wrong(3020, "Validation error: start date must not be before yesterday.")
    if last < first:
        raise Wrong(3021, "Validation error: end date must not be before start date.")
    if last > today + timedelta(days=731):
        raise Wrong(3022, "Validation error: end date must be within 2 years range.")
    if all(element.get(name) is None for name in WEEKDAYS):
        return stretch(first, last)
    wanted = [n for n, name in enumerate(WEEKDAYS) if element.get(name) in ("true", "1")]
    return [day for day in stretch(first, last) if day.weekday() in wanted]


def _apply(write: Write, hotel: Hotel, stock: Stock, warned: list[Warning_]) -> None:
    what, key, day, value = write
    match what:
        case "room closed":
            (stock.closed.add if value else stock.closed.discard)((key, day))
        case "inventory":
            _inventory(hotel.room(key), day, value, stock, warned)
        case "rate":
            _rate(hotel, key[0], key[1], day, value, stock, warned)
        case _:
            bounds = stock.bounds.get((key, day), Bounds())
            stock.bounds[key, day] = _changed(bounds, what, value)


def _inventory(
    room: Room | None, day: date, rooms: int, stock: Stock, warned: list[Warning_]
) -> None:
    assert room is not None
    if rooms < room.base_allocation:
        warned.append(
            (
                7013,
                f"Inventory date {day}; Room Type ID {room.id}; Unable to set total inventory below"
                f" the current base allocation value ({room.base_allocation}). Update will be"
                " modified to cap reduction to base allocation level.",
            )
        )
        rooms = room.base_allocation
    stock.free[room.id, day] = rooms


def _rate(
    hotel: Hotel,
    plan_id: str,
    occupancy: int,
    day: date,
    price: Decimal,
    stock: Stock,
    warned: list[Warning_],
) -> None:
    room = next(room for room in hotel.rooms for plan in room.plans if plan.id == plan_id)
    plan = hotel.plan(plan_id)
    where = f"[Room Type ID {room.id}; Rate Plan ID {plan_id}; Stay Date {day}]"
    if occupancy > room.adults:
        warned.append((7009, f"{where} Occupancy exceeds maximum allowed value"))
        return
    if not room.cheapest <= price <= room.dearest:
        warned.append((7021, f"{where} Sell/LAR rate must be within Rate Verification threshold."))
        return
    if plan is not None and not plan.active:
        warned.append((7022, f"{where} Inactive Rate Plan Updated."))
    stock.rates.setdefault((plan_id, day), {})[occupancy] = price


def _changed(bounds: Bounds, what: str, value: Any) -> Bounds:
    match what:
        case "closed":
            return bounds._replace(closed=value)
        case "minLOS":
            return bounds._replace(min_los=int(value))
        case "maxLOS":
            return bounds._replace(max_los=int(value))
        case "closedToArrival":
            return bounds._replace(closed_to_arrival=value in ("true", "1"))
    return bounds._replace(closed_to_departure=value in ("true", "1"))


def _numbered(warned: list[Warning_]) -> list[Warning_]:
    """Twenty of a cause at most; the last says how many are not told."""
    of_cause = Counter(code for code, _ in warned)
    told: Counter[int] = Counter()
    found = []
    for code, words in warned:
        told[code] += 1
        if told[code] > MOST_TOLD:
            continue
        head = f"Warning {told[code]} out of {of_cause[code]} for this cause."
        left = of_cause[code] - MOST_TOLD
        if told[code] == MOST_TOLD and left > 0:
            head += (
                f" Remaining {left} warnings will not be returned, we recommend that you address"
                " this problem and resubmit this request afterwards."
            )
        found.append((code, f"{head} {words}"))
    return found


def _all(parent: Element, name: str) -> list[Element]:
    return [one for one in parent if local(one) == name]
