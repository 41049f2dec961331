"""Amounts of money as a person types them."""

from __future__ import annotations

from core.domain.money import Money
from entrypoints.cli.trouble import Trouble


def money_of(text: str) -> Money:
    """`125.50 USD`. Trouble: it is no amount."""
    amount, _, currency = text.partition(" ")
    try:
        return Money.of(amount, currency)
    except (ValueError, ArithmeticError):
        raise Trouble(f"{text!r} is not an amount.", 'Write it as "125.50 USD".') from None
