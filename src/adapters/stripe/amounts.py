"""How Stripe counts each currency. ISO 4217 says otherwise for some, so this is the only table.

Source: docs.stripe.com/currencies, read November 2026. A factor of 100 is at stake, so a
currency whose counting is not documented is refused instead of guessed.
"""

from __future__ import annotations

from typing import NamedTuple

from core.domain.money import Money, exponent


class AmountNotTaken(ValueError):
    """Stripe has no way to say this amount. code: ours, for the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Counting(NamedTuple):
    """digits: decimal places of Stripe's integer. step: what the integer is a multiple of."""

    digits: int
    step: int = 1


_ZERO = Counting(0)
_THREE = Counting(3, step=10)  # the last digit has to be 0: card networks round there
_TWO = Counting(2)  # and every currency that is not in the table
COUNTING: dict[str, Counting] = {
    **dict.fromkeys("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(), _ZERO),
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), _THREE),
    # None in ISO 4217, yet two here, always 00: so their special-case rows say, which go
    # before the list without decimals that UGX is also on.
    **dict.fromkeys("ISK UGX".split(), _TWO),
}
# Not two-decimal in ISO 4217, and on none of Stripe's lists.
UNCLEAR = frozenset("IQD LYD CLF UYI UYW".split())


def to_stripe(money: Money) -> int:
    """Stripe's integer for *money*, exactly. AmountNotTaken: it has none."""
    counting = _counting(money.currency)
    if money.minor <= 0:
        raise AmountNotTaken("amount_not_positive", f"{money} is not more than nothing")
    amount, lost = _shifted(money.minor, counting.digits - exponent(money.currency))
    if lost or amount % counting.step:
        raise AmountNotTaken("amount_too_fine", f"{money} has more digits than Stripe charges")
    return amount


def from_stripe(amount: int, currency: str) -> Money:
    """The money behind Stripe's integer. AmountNotTaken: no such currency, or a fraction of it."""
    code = currency.upper()
    try:
        shift = exponent(code) - _counting(code).digits
    except ValueError as e:
        raise AmountNotTaken("currency_not_taken", "a currency that is not counted here") from e
    minor, lost = _shifted(amount, shift)
    if lost:
        raise AmountNotTaken("amount_too_fine", f"{code} has no such fraction")
    try:
        return Money(minor, code)
    except ValueError as e:
        raise AmountNotTaken("amount_too_large", "beyond any amount that is paid") from e


def _counting(currency: str) -> Counting:
    if currency in UNCLEAR:
        raise AmountNotTaken("currency_not_taken", f"how Stripe counts {currency} is not certain")
    return COUNTING.get(currency, _TWO)


def _shifted(amount: int, digits: int) -> tuple[int, int]:
    """*amount* with so many digits more, or fewer; and what was cut off."""
    if digits >= 0:
        return amount * int(10**digits), 0
    return divmod(amount, int(10**-digits))
