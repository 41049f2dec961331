"""How Xendit counts what an invoice may be in: JSON numbers of whole units.

Source: the official SDK's list of invoice currencies; docs.xendit.co ("according to ISO 4217",
with rupiah always whole), read November 2026.
"""

from __future__ import annotations

from decimal import Decimal

from adapters._kit.amounts import AmountNotTaken, AmountTable, Counting
from core.domain.money import Money

__all__ = ["TABLE", "AmountNotTaken", "from_xendit", "to_xendit"]

_WHOLE, _TWO = Counting(0), Counting(2)
TABLE = AmountTable(
    gateway="Xendit",
    rows={"IDR": _WHOLE, "VND": _WHOLE, **dict.fromkeys("MYR PHP THB USD".split(), _TWO)},
)


def to_xendit(money: Money) -> int | float:
    """The JSON number, exactly. AmountNotTaken: another currency, too fine, or too large."""
    amount = TABLE.major(money)
    if amount == amount.to_integral_value():
        return int(amount)
    if Decimal(repr(float(amount))) != amount:
        raise AmountNotTaken("amount_too_large", f"{money} cannot be said as a JSON number")
    return float(amount)


def from_xendit(amount: Decimal | str, currency: str) -> Money:
    """The money behind their number. AmountNotTaken: no such currency, or a fraction of it."""
    return TABLE.of_major(amount, currency)
