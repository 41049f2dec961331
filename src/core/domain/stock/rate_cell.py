"""What a room type costs on one night under one plan, and whether a stay may be bought so."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from core.domain.money import Money
from core.domain.stay import Stay
from core.domain.stock.ari import OPEN, Prices, Restrictions
from core.domain.stock.moves import nights
from core.domain.stock.rate_plan import Derivation, RatePlan, Rounding


class RateCell(msgspec.Struct, frozen=True, gc=False):
    """prices None: not sold that night. night: a local date.

    min_advance, max_advance: days from the day of booking to arrival, for stays that begin that
    night; None: there is no such bound.
    """

    room_type: str
    plan: str
    night: date
    prices: Prices | None = None
    restrictions: Restrictions = OPEN
    min_advance: int | None = None
    max_advance: int | None = None

    def __post_init__(self) -> None:
        for bound in (self.min_advance, self.max_advance):
            if bound is not None and not 0 <= bound <= 700:
                raise ValueError("an advance purchase is 0 to 700 days")


class RateChange(msgspec.Struct, frozen=True):
    """What a grid is set to: UNSET leaves a thing as it is, None lifts it."""

    prices: Prices | UnsetType | None = UNSET
    stop_sell: bool | UnsetType = UNSET
    closed_to_arrival: bool | UnsetType = UNSET
    closed_to_departure: bool | UnsetType = UNSET
    min_stay_arrival: int | UnsetType | None = UNSET
    min_stay_through: int | UnsetType | None = UNSET
    max_stay: int | UnsetType | None = UNSET
    min_advance: int | UnsetType | None = UNSET
    max_advance: int | UnsetType | None = UNSET


_OF_THE_CELL = ("prices", "min_advance", "max_advance")


def rated(cell: RateCell, change: RateChange) -> RateCell:
    """*cell* as it is set. ValueError: a bound that cannot be."""
    said = dict(_said(change))
    own = {name: said.pop(name) for name in _OF_THE_CELL if name in said}
    restrictions = msgspec.structs.replace(cell.restrictions, **said)
    return msgspec.structs.replace(cell, restrictions=restrictions, **own)


def _said(change: RateChange) -> Iterator[tuple[str, object]]:
    for name in change.__struct_fields__:
        value = getattr(change, name)
        if value is not UNSET:
            yield name, value


class Rule(enum.StrEnum):
    """Why a stay may not be bought under a plan."""

    NO_PRICE = "no_price"
    STOP_SELL = "stop_sell"
    CLOSED_TO_ARRIVAL = "closed_to_arrival"
    CLOSED_TO_DEPARTURE = "closed_to_departure"
    MIN_STAY = "min_stay"
    MAX_STAY = "max_stay"
    MIN_ADVANCE = "min_advance"
    MAX_ADVANCE = "max_advance"


class Barred(msgspec.Struct, frozen=True):
    """rule: the first that stands in the way; night: whose."""

    rule: Rule
    night: date


def barred(cells: Mapping[date, RateCell], stay: Stay, today: date) -> Barred | None:
    """None: the stay may be bought. cells: the plan's, by night, the day of departure included
    where there is one. today: at the property."""
    for night in nights(stay):
        cell = cells.get(night)
        if cell is None or cell.prices is None:
            return Barred(Rule.NO_PRICE, night)
        if cell.restrictions.stop_sell:
            return Barred(Rule.STOP_SELL, night)
        if stay.nights < (cell.restrictions.min_stay_through or 0):
            return Barred(Rule.MIN_STAY, night)
    leaving = cells.get(stay.check_out)
    if leaving is not None and leaving.restrictions.closed_to_departure:
        return Barred(Rule.CLOSED_TO_DEPARTURE, stay.check_out)
    return _barred_arrival(cells[stay.check_in], stay, today)


def _barred_arrival(cell: RateCell, stay: Stay, today: date) -> Barred | None:
    bounds, advance = cell.restrictions, (stay.check_in - today).days
    broken = {
        Rule.CLOSED_TO_ARRIVAL: bounds.closed_to_arrival,
        Rule.MIN_STAY: stay.nights < (bounds.min_stay_arrival or 0),
        Rule.MAX_STAY: bounds.max_stay is not None and stay.nights > bounds.max_stay,
        Rule.MIN_ADVANCE: advance < (cell.min_advance or 0),  # no night that is over
        Rule.MAX_ADVANCE: cell.max_advance is not None and advance > cell.max_advance,
    }
    return next((Barred(rule, stay.check_in) for rule, is_so in broken.items() if is_so), None)


def effective(
    plan: RatePlan, own: Mapping[date, RateCell], parent: Mapping[date, RateCell]
) -> dict[date, RateCell]:
    """A plan's cells of one room type as they are sold: set, or derived from its parent's."""
    if plan.derived is None:
        return dict(own)
    return {
        night: _derived(plan, plan.derived, cell, own.get(night)) for night, cell in parent.items()
    }


def _derived(
    plan: RatePlan, derivation: Derivation, parent: RateCell, own: RateCell | None
) -> RateCell:
    terms = parent
    if derivation.own_restrictions:
        terms = own or RateCell(parent.room_type, plan.id, parent.night)
    prices = None
    if parent.prices is not None:
        prices = derived_prices(parent.prices, derivation, plan.rounding)
    return msgspec.structs.replace(terms, plan=plan.id, prices=prices)


def derived_prices(prices: Prices, derivation: Derivation, rounding: Rounding) -> Prices:
    factor = 1 + derivation.percent / 100
    currency = prices.currency

    def extra(price: Money | None) -> Money | None:
        return None if price is None else rounding.of(price.minor * factor, currency)

    return Prices(
        tuple(
            (adults, rounding.of(price.minor * factor + derivation.amount, currency))
            for adults, price in prices.by_adults
        ),
        extra_adult=extra(prices.extra_adult),
        extra_child=extra(prices.extra_child),
    )


def grid(plans: Iterable[RatePlan], cells: Iterable[RateCell]) -> list[RateCell]:
    """Every cell as it is sold, by room type, plan and night: those set, of plans that have
    prices of their own, and those derived from them."""
    by_plan: dict[str, dict[str, dict[date, RateCell]]] = {}
    for cell in cells:
        by_plan.setdefault(cell.plan, {}).setdefault(cell.room_type, {})[cell.night] = cell
    found: list[RateCell] = []
    for plan in plans:
        own = by_plan.get(plan.id, {})
        parent = by_plan.get(plan.derived.parent, {}) if plan.derived else own
        for room_type in sorted(parent):
            if not plan.room_types or room_type in plan.room_types:
                sold = effective(plan, own.get(room_type, {}), parent[room_type])
                found += sold.values()
    return sorted(found, key=lambda c: (c.room_type, c.plan, c.night))
