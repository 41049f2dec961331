"""Exact amounts. The exponent belongs to the currency and is applied only at the edge."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation

import msgspec

# ISO 4217 (list one, 2026): every active currency whose exponent is not 2.
_EXPONENT = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
    "UYW": 4,
}
_TWO = frozenset(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
    PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG""".split()
)


_MOST = 2**63 - 1  # what a database column and every JSON reader of ours can hold
_EXACT = Context(prec=100, traps=[InvalidOperation, Inexact])  # refuses what it would round


class CurrencyMismatch(ValueError):
    """Amounts of two currencies were put together."""


def exponent(currency: str) -> int:
    """Digits after the decimal point of *currency* in ISO 4217. ValueError: no such currency."""
    if currency in _TWO:
        return 2
    try:
        return _EXPONENT[currency]
    except KeyError:
        raise ValueError(f"not an ISO 4217 currency: {currency!r}") from None


class Money(msgspec.Struct, frozen=True, order=False, gc=False):
    """An exact amount in the minor unit of an ISO 4217 currency.

    minor: 125000 with currency "IDR" is Rp 1,250.00; with "JPY" it is ¥125,000.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:  # constructors are not type-checked by msgspec
        if type(self.minor) is not int:
            raise ValueError(f"minor units are a whole number, not {self.minor!r}")
        if abs(self.minor) > _MOST:
            raise ValueError("the amount is too large")
        exponent(self.currency)

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Money:
        """*amount* in major units, exactly. ValueError: more digits than the currency has."""
        scaled = _scaled(amount, currency)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{currency} has no such amount: {amount}")
        return cls(int(scaled), currency)

    @classmethod
    def rounded(cls, amount: str | Decimal | int, currency: str) -> Money:
        """*amount* in major units, rounded half to even to the minor unit."""
        scaled = _scaled(amount, currency)
        return cls(int(scaled.to_integral_value(ROUND_HALF_EVEN)), currency)

    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's digits."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.currency} {self.decimal():,}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} with {other.currency}")
        return other


def _scaled(amount: str | Decimal | int, currency: str) -> Decimal:
    """*amount* in minor units, exactly. ValueError: not a number, or far beyond any price."""
    try:
        major = Decimal(amount)
        if major.is_finite() and major.adjusted() <= 20:
            return major.scaleb(exponent(currency), _EXACT)
    except (InvalidOperation, Inexact):
        pass
    raise ValueError(f"{currency} has no such amount: {str(amount)[:40]}")


def zero(currency: str) -> Money:
    return Money(0, currency)
