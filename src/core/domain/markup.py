"""What an agency adds to a price."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.domain.money import Money

FINEST = -6


class Markup(msgspec.Struct, frozen=True):
    """Makes sell from net: net × (1 + percent/100), rounded up to a multiple of *round_to*.

    round_to: minor units of the offer's currency; 1 keeps every unit.
    """

    percent: Decimal = Decimal(0)
    round_to: int = 1

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and Decimal(-100) < self.percent <= Decimal(1000)):
            raise ValueError("percent must be above -100 and at most 1000")
        exponent = self.percent.as_tuple().exponent  # 1E-99999999 would take minutes to multiply
        if not (isinstance(exponent, int) and exponent >= FINEST):
            raise ValueError(f"percent has at most {-FINEST} decimal places")
        if self.round_to < 1:
            raise ValueError("round_to must be at least 1")


def marked_up(net: Money, markup: Markup, minimum: Money | None = None) -> Money:
    """The sell price for *net*: rounded up to a multiple of round_to, never under *minimum*."""
    percent, whole = markup.percent.as_integer_ratio()
    steps = -(-net.minor * (100 * whole + percent) // (100 * whole * markup.round_to))
    sell = Money(steps * markup.round_to, net.currency)
    return minimum if minimum is not None and sell < minimum else sell
