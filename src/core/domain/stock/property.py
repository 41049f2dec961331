"""One house of the tenant's own, and its local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.domain.money import Money, exponent

MIDNIGHT = time(0)


class TaxRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tax or fee: either a percentage of the room's price, or an amount per room and night.

    at_property: the guest pays it at the desk, on top of every price; else it is part of what
    the stay costs, and a plan says whether its prices hold it already.
    """

    name: str
    percent: Decimal | None = None
    amount: Money | None = None
    at_property: bool = False

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a tax is either a percentage or an amount")
        if self.percent is not None and not in_bounds(self.percent, 0, 100):
            raise ValueError("a tax is 0 to 100 percent with at most 4 decimal places")
        if self.amount is not None and self.amount.minor < 0:
            raise ValueError("a tax is not negative")


class Property(msgspec.Struct, frozen=True):
    """timezone: IANA; today, releases and cut-offs are asked of it. currency: of all its plans.

    code: the tenant's own word for it, unique among its properties. category: its class, "5".
    country: ISO 3166. active: False: nothing of it is sold any more.
    """

    id: str
    entity: str
    code: str
    name: str
    timezone: str
    currency: str
    country: str
    created_at: datetime
    latitude: float | None = None
    longitude: float | None = None
    category: str = ""
    taxes: tuple[TaxRule, ...] = ()
    active: bool = True

    def __post_init__(self) -> None:
        zone(self.timezone)
        exponent(self.currency)
        if any(tax.amount and tax.amount.currency != self.currency for tax in self.taxes):
            raise ValueError("taxes are in the property's currency")

    def today(self, now: datetime) -> date:
        """The date at the property. now: aware."""
        return now.astimezone(zone(self.timezone)).date()

    def instant(self, day: date, at: time = MIDNIGHT) -> datetime:
        """When its clocks show *at* on *day*, in UTC.

        An hour that daylight saving skips is the one after it; of an hour that comes twice, the
        first is meant.
        """
        return datetime.combine(day, at, zone(self.timezone)).astimezone(UTC)


def zone(name: str) -> ZoneInfo:
    """ValueError: there is no such time zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"not an IANA time zone: {name!r}") from None


def in_bounds(percent: Decimal, least: int, most: int) -> bool:
    """A finite percentage from *least* to *most*, with at most 4 decimal places."""
    if not percent.is_finite() or not least <= percent <= most:
        return False
    places = percent.as_tuple().exponent
    return isinstance(places, int) and places >= -4
