"""What a stay costs: night by night, by who sleeps there, with taxes and for its length."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from core.domain.bookings.terms import Tax
from core.domain.money import Money
from core.domain.stay import Occupancy, Stay
from core.domain.stock.ari import Prices
from core.domain.stock.moves import nights
from core.domain.stock.property import Property, TaxRule
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import RatePlan, Rounding

_WHOLE = Rounding()


class StayPrice(msgspec.Struct, frozen=True):
    """by_night: all rooms, with all taxes but those the guest pays at the property."""

    by_night: tuple[Money, ...]
    taxes: tuple[Tax, ...]

    @property
    def total(self) -> Money:
        return Money(sum(p.minor for p in self.by_night), self.by_night[0].currency)


def night_price(prices: Prices, occupancy: Occupancy, plan: RatePlan) -> Money | None:
    """One room for one night; None: it is not sold for so many.

    Fewer adults than the least priced pay as those; more pay the greatest and an extra each.
    """
    ages = occupancy.children
    adults = occupancy.adults + sum(age > plan.child_until for age in ages)
    children = sum(plan.infant_until < age <= plan.child_until for age in ages)
    due = next((price for number, price in prices.by_adults if number >= adults), None)
    if due is None:
        greatest, due = prices.by_adults[-1]
        if prices.extra_adult is None:
            return None
        due = Money(due.minor + prices.extra_adult.minor * (adults - greatest), due.currency)
    if not children:
        return due
    if prices.extra_child is None:
        return None
    return Money(due.minor + prices.extra_child.minor * children, due.currency)


def stay_price(
    cells: Mapping[date, RateCell],
    stay: Stay,
    rooms: tuple[Occupancy, ...],
    plan: RatePlan,
    house: Property,
) -> StayPrice | None:
    """All *rooms* of one type under one plan; None: not sold for so many people."""
    longest = [d.percent for d in plan.length_discounts if d.nights <= stay.nights][-1:]
    off = longest[0] if longest else None
    by_night = []
    for night in nights(stay):
        found = [_one(cells[night].prices, occupancy, plan) for occupancy in rooms]
        each = [price.minor for price in found if price is not None]
        if len(each) < len(found):
            return None
        if off is not None:
            each = [
                plan.rounding.of(minor * (1 - off / Decimal(100)), plan.currency).minor
                for minor in each
            ]
        by_night.append(sum(each))
    return _taxed(tuple(by_night), len(rooms), plan, house)


def _one(prices: Prices | None, occupancy: Occupancy, plan: RatePlan) -> Money | None:
    return None if prices is None else night_price(prices, occupancy, plan)


def _taxed(by_night: tuple[int, ...], rooms: int, plan: RatePlan, house: Property) -> StayPrice:
    """Of prices that hold their taxes, the percentages are of what is left without them."""
    charged = [rule for rule in house.taxes if not rule.at_property]
    percent = sum((rule.percent for rule in charged if rule.percent), Decimal(0))
    fixed = sum(rule.amount.minor for rule in charged if rule.amount) * rooms
    bases = [Decimal(night) for night in by_night]
    if plan.taxes_included:
        bases = [max(Decimal(0), night - fixed) / (1 + percent / 100) for night in bases]
    taxes = [_tax(rule, bases, rooms, plan.currency) for rule in house.taxes]
    total = list(by_night)
    if not plan.taxes_included:
        total = [
            _WHOLE.of(night * (1 + percent / 100) + fixed, plan.currency).minor for night in bases
        ]
    return StayPrice(tuple(Money(night, plan.currency) for night in total), tuple(taxes))


def _tax(rule: TaxRule, bases: list[Decimal], rooms: int, currency: str) -> Tax:
    if rule.amount is not None:
        amount = Money(rule.amount.minor * rooms * len(bases), rule.amount.currency)
    else:
        amount = _WHOLE.of(sum(bases, Decimal(0)) * (rule.percent or 0) / 100, currency)
    return Tax(rule.name, amount, included=not rule.at_property)
