"""Taking a push strictly: each value on its own, the wrong ones named and left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from adapters.channex.simulator.hotels import Plan, Property
from adapters.channex.simulator.reject import bad, forbidden
from adapters.channex.simulator.stock import Stock, stretch

LENGTH = 500
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
WHEN = ("date", "date_from", "date_to", "days")
NUMBERS = {"min_stay_arrival": 1, "min_stay_through": 1, "max_stay": 0}
FLAGS = ("closed_to_arrival", "closed_to_departure", "stop_sell")
ECHOED = ("date", "date_from", "date_to", "rate", *NUMBERS, *FLAGS)
Wrong = dict[str, list[str]]


def values(body: bytes, content_type: str) -> list[dict[str, Any]]:
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise bad("Content-Type must be application/json")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise bad("the body is not JSON") from None
    found = document.get("values") if isinstance(document, dict) else None
    if not isinstance(found, list) or not found or set(document) != {"values"}:
        raise bad("values is required")
    if not all(isinstance(one, dict) for one in found):
        raise bad("values is a list of objects")
    return found


def the_property(found: list[dict[str, Any]], known: Callable[[Any], Property | None]) -> Property:
    """A push of ours is of one property, which the key has to see."""
    asked = {str(one.get("property_id")) for one in found}
    hotel = known(asked.pop()) if len(asked) == 1 else None
    if hotel is None:
        raise forbidden()
    return hotel


def availability(value: dict[str, Any], hotel: Property, stock: Stock, today: date) -> Wrong:
    """What is wrong with it; nothing: it was taken."""
    wrong, days = _when(value, today)
    room = value.get("room_type_id")
    if hotel.room(str(room)) is None:
        wrong["room_type_id"] = ["is invalid"]
    free = value.get("availability")
    if type(free) is not int or free < 0:
        wrong["availability"] = ["must be greater than or equal to 0"]
    _unknown(value, {"property_id", "room_type_id", "availability", *WHEN}, wrong)
    if not wrong:
        stock.free.update({(str(room), day): int(str(free)) for day in days})
    return wrong


def restrictions(value: dict[str, Any], hotel: Property, stock: Stock, today: date) -> Wrong:
    wrong, days = _when(value, today)
    found = hotel.plan(str(value.get("rate_plan_id")))
    if found is None:
        return {**wrong, "rate_plan_id": ["is invalid"]}
    plan = found[1]
    rates = _rates(value, plan, wrong)
    told = {name: value[name] for name in (*NUMBERS, *FLAGS) if name in value}
    for name, least in NUMBERS.items():
        if name in told and (type(told[name]) is not int or told[name] < least):
            wrong[name] = [f"must be greater than or equal to {least}"]
    for name in FLAGS:
        if name in told and told[name] not in (True, False, 0, 1):
            wrong[name] = ["is invalid"]
    if not told and not rates and not wrong:
        wrong["rate"] = ["at least one restriction should be present"]
    names = {"property_id", "rate_plan_id", "rate", "rates", *NUMBERS, *FLAGS, *WHEN}
    _unknown(value, names, wrong)
    if not wrong:
        for day in days:
            if rates:
                stock.rates.setdefault((plan.id, day), {}).update(rates)
            stock.restrictions.setdefault((plan.id, day), {}).update(told)
    return wrong


def warning(value: dict[str, Any], wrong: Wrong) -> dict[str, Any]:
    """As they echo it: the fields that were not sent are null."""
    named = "room_type_id" if "availability" in value else "rate_plan_id"
    names = ("property_id", named, *(ECHOED if named == "rate_plan_id" else WHEN[:3]))
    return {**{name: value.get(name) for name in names}, "warning": wrong}


def _when(value: dict[str, Any], today: date) -> tuple[Wrong, list[date]]:
    wrong: Wrong = {}
    if "date" in value:
        first = last = _day(value, "date", wrong)
    else:
        first, last = _day(value, "date_from", wrong), _day(value, "date_to", wrong)
    if first is None or last is None:
        return wrong, []
    if first < today:
        wrong["date_from"] = ["past dates are not allowed"]
    if last < first or last > today + timedelta(days=LENGTH - 1):
        wrong["date_to"] = ["is invalid"]
    names = value.get("days", list(DAYS))
    if not isinstance(names, list) or not names or not set(names) <= set(DAYS):
        wrong["days"] = ["is invalid"]
    if wrong:
        return wrong, []
    return {}, [day for day in stretch(first, last) if DAYS[day.weekday()] in names]


def _day(value: dict[str, Any], name: str, wrong: Wrong) -> date | None:
    try:
        return date.fromisoformat(str(value.get(name)))
    except ValueError:
        wrong[name] = ["is invalid"]
        return None


def _rates(value: dict[str, Any], plan: Plan, wrong: Wrong) -> dict[int, Decimal]:
    if "rate" in value and "rates" in value:
        wrong["rates"] = ["either rate or rates"]
    if "rate" in value:
        if plan.per_person:
            wrong["rate"] = ["the rate plan is priced by person"]
        return {plan.occupancies[-1]: _price(value["rate"], "rate", wrong)}
    if "rates" not in value:
        return {}
    found: dict[int, Decimal] = {}
    for one in value["rates"] if isinstance(value["rates"], list) else ():
        places = one.get("occupancy") if isinstance(one, dict) else None
        if set(one) != {"occupancy", "rate"} or places not in plan.occupancies or places in found:
            wrong["rates"] = ["occupancy is invalid"]
            return {}
        found[places] = _price(one["rate"], "rates", wrong)
    if not found or not plan.per_person:
        wrong["rates"] = ["is invalid"]
    return found


def _price(told: Any, name: str, wrong: Wrong) -> Decimal:
    """A text in major units, or a whole number of hundredths."""
    try:
        price = Decimal(told) if isinstance(told, str) else Decimal(told) / 100
    except (InvalidOperation, TypeError, ValueError):
        price = Decimal(-1)
    exact = isinstance(told, str) or type(told) is int
    if not exact or not price.is_finite() or price <= 0:
        wrong[name] = ["must be greater than 0"]
    return price


def _unknown(value: dict[str, Any], known: set[str], wrong: Wrong) -> None:
    for name in value.keys() - known:
        wrong[name] = ["is unknown"]
