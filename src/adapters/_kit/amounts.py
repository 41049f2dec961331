"""How a gateway counts each currency. ISO 4217 says otherwise for some, so each has one table.

A factor of 100 is at stake: a currency that is not in the table is refused instead of guessed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from core.domain.money import Money, exponent
from ports.errors import Refused


class AmountNotTaken(ValueError):
    """The gateway has no way to say this amount. code: ours, for the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def sayable(vendor: str, operation: str, say: Callable[[], bytes]) -> bytes:
    """The request that *say* writes. Refused: it holds an amount that the gateway does not take."""
    try:
        return say()
    except AmountNotTaken as e:
        raise Refused(str(e), vendor=vendor, operation=operation, vendor_code=e.code) from None


class Counting(NamedTuple):
    """digits: decimal places the gateway knows. step: what the last of them is a multiple of."""

    digits: int
    step: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class AmountTable:
    """gateway: its name, for people. rows: currency → how it counts; None: it does not take it.

    others: how it counts what has no row; None: it takes nothing else.
    """

    gateway: str
    rows: Mapping[str, Counting | None]
    others: Counting | None = None

    def takes(self, currency: str) -> bool:
        return self.rows.get(currency, self.others) is not None

    def counted(self, money: Money) -> int:
        """*money* in the gateway's smallest unit, exactly. AmountNotTaken: it has none."""
        counting = self._counting(money.currency)
        if money.minor <= 0:
            raise AmountNotTaken("amount_not_positive", f"{money} is not more than nothing")
        amount, lost = _shifted(money.minor, counting.digits - exponent(money.currency))
        if lost or amount % counting.step:
            message = f"{money} has more digits than {self.gateway} charges"
            raise AmountNotTaken("amount_too_fine", message)
        return amount

    def money(self, amount: int, currency: str) -> Money:
        """The money behind *amount* smallest units, of whichever sign.

        AmountNotTaken: no such currency, or a fraction of it.
        """
        try:
            shift = exponent(currency) - self._counting(currency).digits
        except ValueError as e:
            raise AmountNotTaken("currency_not_taken", "a currency that is not counted") from e
        minor, lost = _shifted(amount, shift)
        if lost:
            raise AmountNotTaken("amount_too_fine", f"{currency} has no such fraction")
        try:
            return Money(minor, currency)
        except ValueError as e:
            raise AmountNotTaken("amount_too_large", "beyond any amount that is paid") from e

    def major(self, money: Money) -> Decimal:
        """*money* as the number of whole units with the gateway's own decimal places."""
        digits = self._counting(money.currency).digits
        return Decimal(self.counted(money)).scaleb(-digits)

    def of_major(self, amount: str | int | Decimal, currency: str) -> Money:
        """The money behind a number of whole units: `150000`, `"150000.00"`.

        Digits beyond those the gateway counts have to be zeros. AmountNotTaken as for *money*.
        """
        digits = self._counting(currency).digits
        try:
            counted = Decimal(amount).scaleb(digits)
            whole = int(counted) if counted.is_finite() and counted.adjusted() < 30 else None
        except (ArithmeticError, ValueError) as e:  # Overflow is no InvalidOperation
            raise AmountNotTaken("amount_unreadable", "not an amount") from e
        if whole is None or whole != counted:
            raise AmountNotTaken("amount_too_fine", f"{currency} has no such amount")
        return self.money(whole, currency)

    def _counting(self, currency: str) -> Counting:
        counting = self.rows.get(currency, self.others)
        if counting is None:
            message = f"{self.gateway} does not take {currency}, or how it counts it is not certain"
            raise AmountNotTaken("currency_not_taken", message)
        return counting


def _shifted(amount: int, digits: int) -> tuple[int, int]:
    """*amount* with so many digits more, or fewer; and what was cut off."""
    if digits >= 0:
        return amount * int(10**digits), 0
    return divmod(amount, int(10**-digits))
