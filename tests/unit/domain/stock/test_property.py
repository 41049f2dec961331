"""The property's own clock: today, releases and cut-offs, across midnight and daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.money import Money
from core.domain.stock.property import Property, TaxRule
from tests.unit.domain.stock.given import a_house


def at(zone: str) -> Property:
    return a_house(timezone=zone)


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("Asia/Riyadh", datetime(2026, 12, 31, 20, 59, tzinfo=UTC), date(2026, 12, 31)),
        ("Asia/Riyadh", datetime(2026, 12, 31, 21, 0, tzinfo=UTC), date(2027, 1, 1)),
        ("Asia/Jakarta", datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
        ("America/Los_Angeles", datetime(2027, 1, 1, 7, 59, tzinfo=UTC), date(2026, 12, 31)),
        ("Europe/Istanbul", datetime(2026, 3, 28, 21, 0, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/Paris", datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/Paris", datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        ("Pacific/Kiritimati", datetime(2026, 12, 31, 10, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_today_is_the_propertys(zone: str, now: datetime, today: date) -> None:
    assert at(zone).today(now) == today


@pytest.mark.parametrize(
    ("zone", "day", "hour", "instant"),
    [
        ("Asia/Riyadh", date(2027, 1, 10), time(0), datetime(2027, 1, 9, 21, tzinfo=UTC)),
        # Clocks go from 2 to 3 on 29 March: 2:30 is not there, and means 3:30.
        ("Europe/Paris", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # They go from 3 back to 2 on 25 October: 2:30 comes twice, and the first is meant.
        (
            "Europe/Paris",
            date(2026, 10, 25),
            time(2, 30),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        # Midnight itself is skipped in Beirut on 29 March.
        ("Asia/Beirut", date(2026, 3, 29), time(0), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        ("Africa/Cairo", date(2026, 4, 24), time(0), datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ],
)
def test_an_hour_is_the_propertys(zone: str, day: date, hour: time, instant: datetime) -> None:
    assert at(zone).instant(day, hour) == instant


@given(
    st.sampled_from(["Asia/Riyadh", "Europe/Paris", "Asia/Beirut", "America/Santiago", "UTC"]),
    st.dates(date(2020, 1, 1), date(2035, 1, 1)),
)
def test_a_day_begins_when_its_midnight_comes(zone: str, day: date) -> None:
    house = at(zone)
    begins = house.instant(day)
    assert house.today(begins) == day
    assert house.today(begins - timedelta(seconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize("zone", ["Makkah", "", "../etc/passwd", "Asia/Riyadh\0"])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        at(zone)


def test_a_tax_is_one_thing_in_the_propertys_currency() -> None:
    for wrong in (
        {"percent": None},
        {"percent": Decimal(1), "amount": Money(1, "SAR")},
        {"percent": Decimal("NaN")},
        {"percent": Decimal(101)},
        {"percent": Decimal("1e-9")},
    ):
        with pytest.raises(ValueError, match="tax"):
            TaxRule("x", **wrong)
    with pytest.raises(ValueError, match="currency"):
        a_house(taxes=(TaxRule("x", amount=Money(1, "IDR")),))
