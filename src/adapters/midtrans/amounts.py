"""Midtrans settles rupiah alone: whole rupiah go out, `"150000.00"` comes back.

Source: docs.midtrans.com (gross_amount, FAQ on other currencies), read November 2026.
"""

from __future__ import annotations

from adapters._kit.amounts import AmountNotTaken, AmountTable, Counting
from core.domain.money import Money

__all__ = ["TABLE", "AmountNotTaken", "from_midtrans", "to_midtrans"]

TABLE = AmountTable(gateway="Midtrans", rows={"IDR": Counting(0)})


def to_midtrans(money: Money) -> int:
    """Whole rupiah. AmountNotTaken: another currency, or sen."""
    return TABLE.counted(money)


def from_midtrans(amount: str, currency: str | None) -> Money:
    """The money behind their text. AmountNotTaken: not whole rupiah."""
    return TABLE.of_major(amount, currency or "IDR")
