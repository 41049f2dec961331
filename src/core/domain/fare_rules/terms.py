"""What a change or a refund costs, and which of two terms is the stricter."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from core.domain.money import CurrencyMismatch, Money


class Per(enum.StrEnum):
    """What one charge is taken for. coupon: one flight; component: one fare component."""

    UNSTATED = "unstated"
    TICKET = "ticket"
    DIRECTION = "direction"
    TRANSACTION = "transaction"
    COUPON = "coupon"
    COMPONENT = "fare_component"
    PASSENGER = "passenger"


class Charge(msgspec.Struct, frozen=True):
    """Either money, or a percentage of the fare (25 is 25 %)."""

    money: Money | None = None
    percent: Decimal | None = None
    per: Per = Per.UNSTATED

    def __post_init__(self) -> None:
        if (self.money is None) == (self.percent is None):
            raise ValueError("a charge is either money or a percentage")

    @property
    def nothing(self) -> bool:
        return self.percent == 0 if self.money is None else self.money.minor == 0

    def of(self, fare: Money) -> Money:
        """The charge on *fare*, rounded half to even."""
        if self.money is not None:
            return self.money
        share = fare.decimal() * (self.percent or 0) / 100
        return Money.rounded(share, fare.currency)

    def at_least(self, other: Charge) -> bool | None:
        """Whether it is no less than *other* on every fare; None: that depends."""
        if self.per is not other.per:
            return None
        if self.money is not None and other.money is not None:
            if self.money.currency != other.money.currency:
                return None
            return self.money.minor >= other.money.minor
        if self.percent is not None and other.percent is not None:
            return self.percent >= other.percent
        return None


class Pick(enum.StrEnum):
    """Of several charges. Where a text is unclear it is the higher."""

    HIGHER = "higher"
    LOWER = "lower"


class Fee(msgspec.Struct, frozen=True):
    """charges: none when only the difference of the fares is collected.

    fare_difference: what the new fare costs more is collected on top.
    """

    charges: tuple[Charge, ...] = ()
    pick: Pick = Pick.HIGHER
    fare_difference: bool = False

    def due(self, fare: Money) -> Money | None:
        """The charge on *fare* for one of what it is taken per, without the fare difference.

        None: the charges are of currencies, or for units, that cannot be compared.
        """
        if len({charge.per for charge in self.charges}) != 1:
            return None
        amounts = [charge.of(fare) for charge in self.charges]
        try:
            return max(amounts) if self.pick is Pick.HIGHER else min(amounts)
        except CurrencyMismatch:
            return None


class Verdict(enum.StrEnum):
    ALLOWED = "allowed"
    WITH_FEE = "allowed_with_fee"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN = "unknown"


class Terms(msgspec.Struct, frozen=True):
    verdict: Verdict
    fee: Fee | None = None


FREE = Terms(Verdict.ALLOWED)
FORBIDDEN = Terms(Verdict.NOT_ALLOWED)
UNSTATED = Terms(Verdict.UNKNOWN)


def at(fee: Fee) -> Terms:
    """A fee as terms; a fee of nothing is none."""
    charges = tuple(charge for charge in fee.charges if not charge.nothing)
    if fee.pick is Pick.LOWER and len(charges) < len(fee.charges):
        charges = ()
    if not charges and not fee.fare_difference:
        return FREE
    return Terms(Verdict.WITH_FEE, Fee(charges, fee.pick, fee.fare_difference))


def strictest(several: Iterable[Terms]) -> Terms:
    """The terms nobody can be surprised by; charges that cannot be compared are all kept."""
    known = [terms for terms in several if terms.verdict is not Verdict.UNKNOWN]
    if not known:
        return UNSTATED
    if FORBIDDEN in known:
        return FORBIDDEN
    fees = [terms.fee for terms in known if terms.fee is not None]
    if len(set(fees)) == 1:
        return Terms(Verdict.WITH_FEE, fees[0])
    charges = _undominated(charge for fee in fees for charge in fee.charges)
    return at(Fee(charges, fare_difference=any(fee.fare_difference for fee in fees)))


def _undominated(charges: Iterable[Charge]) -> tuple[Charge, ...]:
    kept: list[Charge] = []
    for charge in charges:
        if not any(other.at_least(charge) for other in kept):
            kept = [other for other in kept if not charge.at_least(other)] + [charge]
    return tuple(kept)
