"""How a room type is sold: board, terms, and how its prices come about."""

from __future__ import annotations

import enum
from datetime import datetime, time, timedelta
from decimal import Decimal

import msgspec

from core.domain.bookings.hotel import Board, Collect
from core.domain.bookings.terms import CancellationPolicy, CancellationStep
from core.domain.money import Money, exponent
from core.domain.stay import Stay
from core.domain.stock.property import Property, in_bounds


class Way(enum.StrEnum):
    """Where a price between two multiples goes; nearest: half goes up."""

    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


class Rounding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """to: a multiple of so many minor units; 1 keeps every unit."""

    to: int = 1
    way: Way = Way.NEAREST

    def __post_init__(self) -> None:
        if not 1 <= self.to <= 10**9:
            raise ValueError("rounding is to 1 minor unit or more")

    def of(self, amount: Decimal, currency: str) -> Money:
        """*amount* in minor units, as money; never below nothing."""
        whole, part = amount.as_integer_ratio()
        down, rest = divmod(whole, part * self.to)
        up = {
            Way.UP: rest > 0,
            Way.DOWN: False,
            Way.NEAREST: rest * 2 >= part * self.to,
        }[self.way]
        return Money(max(0, (down + up) * self.to), currency)


class Derivation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plan whose prices are another one's × (1 + percent/100) + amount.

    parent: a plan of the same property with prices of its own. amount: minor units of the plan's
    currency, per night, added to each price by occupancy and not to extras.
    own_restrictions: False: the parent's hold; True: its own cells say how it may be bought.
    """

    parent: str
    percent: Decimal = Decimal(0)
    amount: int = 0
    own_restrictions: bool = False

    def __post_init__(self) -> None:
        if not in_bounds(self.percent, -100, 1000):
            raise ValueError("percent is -100 to 1000 with at most 4 decimal places")


class LengthDiscount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stays of so many nights or more cost *percent* less; the longest that fits counts."""

    nights: int
    percent: Decimal

    def __post_init__(self) -> None:
        if self.nights < 2:
            raise ValueError("a discount for length begins at 2 nights")
        if not in_bounds(self.percent, 0, 100):
            raise ValueError("percent is 0 to 100 with at most 4 decimal places")


class CancellationRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From *days_before* arrival, at *at* by the property's clock, cancelling costs a fee: so
    many nights of the stay (the first ones), or a percentage of it.

    days_before None: from the moment of booking.
    """

    days_before: int | None = None
    at: time = time(0)
    nights: int | None = None
    percent: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.nights is None) == (self.percent is None):
            raise ValueError("a fee is either nights or a percentage")
        if self.nights is not None and self.nights < 1:
            raise ValueError("a fee is 1 night or more")
        if self.percent is not None and not in_bounds(self.percent, 0, 100):
            raise ValueError("percent is 0 to 100 with at most 4 decimal places")
        if self.days_before is not None and not 0 <= self.days_before <= 700:
            raise ValueError("days_before is 0 to 700")
        if self.at.tzinfo is not None:
            raise ValueError("the hour is the property's own")

    def fee(self, by_night: tuple[Money, ...]) -> Money:
        total = sum(price.minor for price in by_night)
        if self.nights is not None:
            total = sum(price.minor for price in by_night[: self.nights])
            return Money(total, by_night[0].currency)
        return Rounding().of(Decimal(total) * (self.percent or 0) / 100, by_night[0].currency)


class RatePlan(msgspec.Struct, frozen=True):
    """code: the tenant's own, unique within its property.

    taxes_included: whether the prices set hold the property's taxes already; those paid at the
    property never count. rounding: of every price that is reckoned and not set.
    infant_until, child_until: the greatest age, in whole years, that sleeps for nothing and that
    pays as a child; older ones are adults. room_types: those it sells; () all.
    derived None: its prices are set, night by night. active: False: it is no longer sold.
    """

    id: str
    property: str
    code: str
    name: str
    currency: str
    board: Board = Board.ROOM_ONLY
    collect: Collect = Collect.PREPAID
    taxes_included: bool = True
    rounding: Rounding = Rounding()
    derived: Derivation | None = None
    length_discounts: tuple[LengthDiscount, ...] = ()
    cancellation: tuple[CancellationRule, ...] = ()
    infant_until: int = 1
    child_until: int = 11
    room_types: tuple[str, ...] = ()
    active: bool = True

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not -1 <= self.infant_until <= self.child_until <= 17:
            raise ValueError("ages are -1 (none) to 17, infants no older than children")
        lengths = [d.nights for d in self.length_discounts]
        if lengths != sorted(set(lengths)):
            raise ValueError("length discounts rise by nights, each once")

    def sells(self, room_type: str) -> bool:
        return self.active and (not self.room_types or room_type in self.room_types)


def policy(
    plan: RatePlan, house: Property, stay: Stay, by_night: tuple[Money, ...], booked_at: datetime
) -> CancellationPolicy:
    """The plan's rules for one stay, as instants. by_night: what each night costs, all rooms.

    What costs from the moment of booking begins with the day of booking at the property.
    """
    steps = []
    for rule in plan.cancellation:
        starts = house.instant(house.today(booked_at))
        if rule.days_before is not None:
            starts = house.instant(stay.check_in - timedelta(days=rule.days_before), rule.at)
        steps.append(CancellationStep(starts, rule.fee(by_night)))
    steps.sort(key=lambda step: (step.starts_at, step.fee.minor))
    last = {step.starts_at: step for step in steps}  # of those that begin together, the dearest
    return CancellationPolicy(tuple(last.values()))
