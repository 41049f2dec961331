"""Their integers are in units of their own precision, which need not be ISO 4217's."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.octo.mapping.wire import Availability, Pricing, Product
from core.domain.bookings.activity import Unit
from core.domain.bookings.terms import Price, Tax
from core.domain.money import Money, exponent, zero

MOST_DIGITS = 8


def money(amount: int, currency: str, precision: int) -> Money:
    """Exactly, or ValueError: a fraction the currency does not have, or no such currency."""
    if not 0 <= precision <= MOST_DIGITS:
        raise ValueError(f"no currency has {precision} decimal places")
    shift = exponent(currency) - precision
    if shift >= 0:
        return Money(amount * int(10**shift), currency)
    minor, lost = divmod(amount, int(10**-shift))
    if lost:
        raise ValueError(f"{currency} has no such fraction")
    return Money(minor, currency)


def net(pricing: Pricing) -> Money:
    """ValueError: the supplier tells no net price, so that nobody knows what is owed."""
    if pricing.net is None:
        raise ValueError("no net price")
    return money(pricing.net, pricing.currency, pricing.currency_precision)


def price(product: Product, row: Availability, units: Sequence[Unit]) -> Price:
    """For all tickets together. sell is net: the markup is ours to add.

    ValueError: it cannot be told from the answer.
    """
    parts = _parts(product, row, units)
    currency = parts[0][0].currency
    owed = zero(currency)
    taxes: dict[str, Money] = {}
    for pricing, count in parts:
        owed += _times(net(pricing), count)
        for tax in pricing.included_taxes or ():
            if tax.net is not None:
                amount = money(tax.net, currency, pricing.currency_precision)
                taxes[tax.name] = taxes.get(tax.name, zero(currency)) + _times(amount, count)
    if owed.minor < 0:
        raise ValueError("a price below nothing")
    return Price(
        net=owed,
        sell=owed,
        commission=zero(currency),
        taxes=tuple(Tax(name, amount, included=True) for name, amount in taxes.items()),
    )


def _parts(product: Product, row: Availability, units: Sequence[Unit]) -> list[tuple[Pricing, int]]:
    """The total when they tell it, else the price of each ticket and how many there are."""
    if row.pricing is not None:
        return [(row.pricing, 1)]
    if product.pricing_per == "BOOKING" or not units:
        raise ValueError("no price for the booking")
    by_unit = {one.unit_id: one for one in row.unit_pricing}
    if not all(unit.code in by_unit for unit in units):
        raise ValueError("no price for a ticket")
    return [(by_unit[unit.code], unit.count) for unit in units]


def _times(amount: Money, count: int) -> Money:
    return Money(amount.minor * count, amount.currency)
