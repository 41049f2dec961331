"""What Channex holds, read back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from adapters.channex.mapping import wire
from adapters.channex.mapping.rooms import Plan
from core.domain.money import Money
from core.domain.stock.ari import Prices, Restrictions, ShownAvailability, ShownRate

READ = (
    "rate,min_stay_arrival,min_stay_through,max_stay,"
    "closed_to_arrival,closed_to_departure,stop_sell"
)


def availability(body: bytes) -> tuple[ShownAvailability, ...]:
    rs = msgspec.json.decode(body, type=wire.Availability)
    return tuple(
        ShownAvailability(room, date.fromisoformat(day), max(0, free))
        for room, days in rs.data.items()
        for day, free in days.items()
    )


def strangers(body: bytes, plans: Mapping[str, Plan]) -> bool:
    """It tells of codes that are no rate plan: occupancies of one, which have codes of their own."""
    return not msgspec.json.decode(body, type=wire.Restrictions).data.keys() <= plans.keys()


def rates(
    body: bytes,
    plans: Mapping[str, Plan],
    occupancies: Sequence[wire.Item[wire.PlanOption]],
) -> tuple[ShownRate, ...]:
    """One for each plan and day, its occupancies put together; what belongs to no plan is left out."""
    rs = msgspec.json.decode(body, type=wire.Restrictions)
    parents = {one.id: one.attributes for one in occupancies}
    held: dict[tuple[str, str], wire.Held] = {}
    prices: defaultdict[tuple[str, str], dict[int, Money]] = defaultdict(dict)
    for code, days in rs.data.items():
        option = parents.get(code)
        parent = option.parent_rate_plan_id if option else None
        plan = plans.get(parent or code)
        if plan is None:
            continue
        adults = option.occupancy if option and option.occupancy > 0 else plan.adults[-1]
        for day, one in days.items():
            key = plan.code, day
            if code == plan.code or key not in held:
                held[key] = one
            price = _price(one, plan)
            if price is not None:
                prices[key].setdefault(adults, price)
    return tuple(
        ShownRate(
            plans[code].room,
            code,
            date.fromisoformat(day),
            _prices(prices.get((code, day))),
            _restrictions(one),
        )
        for (code, day), one in held.items()
    )


def _price(held: wire.Held, plan: Plan) -> Money | None:
    """None: there is no price, which they say as 0."""
    if held.rate is None or not plan.currency:
        return None
    price = Money.of(held.rate, plan.currency)
    return price if price.minor > 0 else None


def _prices(told: Mapping[int, Money] | None) -> Prices | None:
    return Prices(tuple(sorted(told.items()))) if told else None


def _restrictions(held: wire.Held) -> Restrictions:
    """A minimum of 1 and a maximum of 0 are no bounds."""
    return Restrictions(
        stop_sell=bool(held.stop_sell),
        closed_to_arrival=bool(held.closed_to_arrival),
        closed_to_departure=bool(held.closed_to_departure),
        min_stay_arrival=_minimum(held.min_stay_arrival),
        min_stay_through=_minimum(held.min_stay_through),
        max_stay=held.max_stay if held.max_stay and held.max_stay > 0 else None,
    )


def _minimum(nights: int | None) -> int | None:
    return nights if nights is not None and nights > 1 else None
