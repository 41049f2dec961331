"""Times as fare rules count them: spans, deadlines of ticketing, and how long a stay may be."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta

import msgspec

from core.domain.fare_rules.text import Part


class Unit(enum.StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Span(msgspec.Struct, frozen=True):
    """1 to 999 of a unit. Months keep the day, or take the month's last."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 999:
            raise ValueError("a span is 1 to 999 of its unit")

    def after(self, instant: datetime) -> datetime:
        return self._moved(instant, self.count)

    def before(self, instant: datetime) -> datetime:
        return self._moved(instant, -self.count)

    @property
    def by_the_day(self) -> bool:
        """Counted in calendar days, whatever the hour."""
        return self.unit not in (Unit.MINUTE, Unit.HOUR)

    def _moved(self, instant: datetime, count: int) -> datetime:
        match self.unit:
            case Unit.MINUTE:
                return instant + timedelta(minutes=count)
            case Unit.HOUR:
                return instant + timedelta(hours=count)
            case Unit.DAY:
                return instant + timedelta(days=count)
            case Unit.MONTH:
                return _months(instant, count)
            case Unit.YEAR:
                return _months(instant, 12 * count)


def _months(instant: datetime, count: int) -> datetime:
    year, month = divmod(instant.year * 12 + instant.month - 1 + count, 12)
    first = instant.replace(year=year, month=month + 1, day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(instant.day, last.day))


class Window(msgspec.Struct, frozen=True):
    """A stretch before departure: at least one span, or less than another."""

    at_least: Span | None = None
    less_than: Span | None = None

    def holds(self, instant: datetime, departure: datetime) -> bool:
        if self.at_least is not None and instant > self.at_least.before(departure):
            return False
        return self.less_than is None or instant > self.less_than.before(departure)


class Whichever(enum.StrEnum):
    EARLIER = "earlier"
    LATER = "later"


class Deadline(msgspec.Struct, frozen=True):
    """What category 5 or 15 asks of reservations or of ticketing; with no limit, nothing.

    at_once: in the moment of reserving. by: a day. reserved: it asks this only of reservations
    made then. alternative: the n-th of those the text joins with OR.
    header, condition: as in a penalty.
    """

    ticketing: bool
    before_departure: Span | None = None
    after_reservation: Span | None = None
    whichever: Whichever = Whichever.EARLIER
    at_once: bool = False
    by: date | None = None
    reserved: Window | None = None
    alternative: int = 0
    header: str = ""
    condition: str = ""
    source: Part | None = None

    @property
    def unlimited(self) -> bool:
        limits = (self.before_departure, self.after_reservation, self.by)
        return not self.at_once and all(limit is None for limit in limits)

    def falls(self, booked_at: datetime, departure: datetime) -> datetime | None:
        """The last instant; days are counted back from the hour, so never too late a one.

        A day named ends in the zone of *booked_at*. None: there is no limit.
        """
        if self.at_once:
            return booked_at
        limits = []
        if self.before_departure is not None:
            limits.append(self.before_departure.before(departure))
        if self.after_reservation is not None:
            limits.append(self.after_reservation.after(booked_at))
        if self.by is not None:
            end = datetime(self.by.year, self.by.month, self.by.day, 23, 59, 59)  # noqa: DTZ001
            limits.append(end.replace(tzinfo=booked_at.tzinfo))
        if not limits:
            return None
        return min(limits) if self.whichever is Whichever.EARLIER else max(limits)


class Bound(enum.StrEnum):
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


class Limit(msgspec.Struct, frozen=True):
    """One of: a span, the first such weekday (0 is Monday), or a day."""

    span: Span | None = None
    weekday: int | None = None
    day: date | None = None


class Stay(msgspec.Struct, frozen=True):
    """A bound of category 6 or 7; with no limits the fare asks for none.

    from_arrival: counted from arriving, not from departing. completed: the journey must be over
    by then, not only the way back begun.
    """

    bound: Bound
    limits: tuple[Limit, ...] = ()
    whichever: Whichever = Whichever.EARLIER
    from_arrival: bool = False
    completed: bool = False
    alternative: int = 0
    header: str = ""
    condition: str = ""
    source: Part | None = None
