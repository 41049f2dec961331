"""How Stripe counts each currency: integers of a smallest unit that is not always ISO 4217's.

Source: docs.stripe.com/currencies, read November 2026.
"""

from __future__ import annotations

from adapters._kit.amounts import AmountNotTaken, AmountTable, Counting
from core.domain.money import Money

__all__ = ["TABLE", "AmountNotTaken", "from_stripe", "to_stripe"]

_ZERO = Counting(0)
_THREE = Counting(3, step=10)  # the last digit has to be 0: card networks round there
_TWO = Counting(2)
TABLE = AmountTable(
    gateway="Stripe",
    rows={
        **dict.fromkeys(
            "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(), _ZERO
        ),
        **dict.fromkeys("BHD JOD KWD OMR TND".split(), _THREE),
        # None in ISO 4217, yet two here, always 00: so their special-case rows say, which go
        # before the list without decimals that UGX is also on.
        **dict.fromkeys("ISK UGX".split(), _TWO),
        # Not two-decimal in ISO 4217, and on none of Stripe's lists.
        **dict.fromkeys("IQD LYD CLF UYI UYW".split()),
    },
    others=_TWO,
)


def to_stripe(money: Money) -> int:
    """Stripe's integer for *money*, exactly. AmountNotTaken: it has none."""
    return TABLE.counted(money)


def from_stripe(amount: int, currency: str) -> Money:
    """The money behind Stripe's integer; it writes currencies in lower case."""
    return TABLE.money(amount, currency.upper())
