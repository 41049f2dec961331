"""What is loaded at Expedia, read back by PARR, day by day."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date

import msgspec

from adapters._kit.xml import Element
from adapters.expedia.config import StayRule
from adapters.expedia.mapping.ar import MOST_NIGHTS
from adapters.expedia.mapping.products import Plan
from adapters.expedia.mapping.wire import all_, child, first, maybe
from core.domain.money import Money
from core.domain.stock.ari import Prices, Restrictions, ShownAvailability, ShownRate

MOST_DAYS = 31  # of more than one plan they tell no more at once


class Loaded(msgspec.Struct, frozen=True):
    availability: tuple[ShownAvailability, ...]
    rates: tuple[ShownRate, ...]


def fill(root: Element, since: date, until: date) -> None:
    stretch = {"from": str(since), "to": str(until)}
    child(child(root, "ParamSet"), "AvailRateRetrieval", **stretch)


def read(root: Element, plans: Mapping[str, Plan], rule: StayRule) -> Loaded:
    availability: list[ShownAvailability] = []
    rates: list[ShownRate] = []
    for day in all_(first(root, "AvailRateList"), "AvailRate"):
        at = date.fromisoformat(day.get("date"))
        for room in all_(day, "RoomType"):
            code, closed = room.get("id"), room.get("closed") == "true"
            stock = maybe(room, "Inventory")
            if stock is not None:
                free = 0 if closed else int(stock.get("totalInventoryAvailable"))
                availability.append(ShownAvailability(code, at, free))
            rates += [_rate(code, at, one, plans, rule) for one in all_(room, "RatePlan")]
    return Loaded(tuple(availability), tuple(rates))


def _rate(
    room: str, day: date, plan: Element, plans: Mapping[str, Plan], rule: StayRule
) -> ShownRate:
    code, rate = plan.get("id"), maybe(plan, "Rate")
    return ShownRate(
        room,
        code,
        day,
        None if rate is None else _prices(rate, plans.get(code)),
        _restrictions(plan, rule),
    )


def _prices(rate: Element, plan: Plan | None) -> Prices | None:
    currency = rate.get("currency")
    told: dict[int, Money] = {}
    for one in all_(rate, "PerOccupancy"):
        told[int(one.get("occupancy"))] = _money(one.get("rate"), currency)
    if plan is not None and plan.adults:
        for one in all_(rate, "PerDay"):
            told[plan.adults[-1]] = _money(one.get("rate"), currency)
    return Prices(tuple(sorted(told.items()))) if told else None


@functools.lru_cache(maxsize=4096)  # the same few prices, day after day
def _money(amount: str, currency: str) -> Money:
    return Money.rounded(amount, currency)


def _restrictions(plan: Element, rule: StayRule) -> Restrictions | None:
    """A minimum of 1 and a maximum of 28 are no bounds."""
    told = maybe(plan, "Restrictions")
    if told is None:
        return None
    least, most = int(told.get("minLOS", "1")), int(told.get("maxLOS", str(MOST_NIGHTS)))
    minimum = least if least > 1 else None
    arrival = rule is StayRule.ARRIVAL
    return Restrictions(
        stop_sell=plan.get("closed") == "true",
        closed_to_arrival=told.get("closedToArrival") == "true",
        closed_to_departure=told.get("closedToDeparture") == "true",
        min_stay_arrival=minimum if arrival else None,
        min_stay_through=None if arrival else minimum,
        max_stay=most if most < MOST_NIGHTS else None,
    )
