"""What is told comes back as it was told, in every dialect."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters._kit.ota import writing
from adapters._kit.ota.dialects import DIALECTS, GOOGLE, NAMESPACE, SITEMINDER, Dialect, End
from adapters._kit.ota.lines import read_ari, read_availability
from adapters._kit.ota.reading import tag
from adapters._kit.ota.writing import element, unsayable
from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import read_xml
from core.domain.money import Money
from core.domain.stock.ari import (
    OPEN,
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
)
from tests.unit.ota.given import DAY, HEAD, WEEK, lines, message

EXCLUSIVE = msgspec.structs.replace(GOOGLE, name="exclusive", end=End.DAY_AFTER)
EVERY = {**DIALECTS, "exclusive": EXCLUSIVE}


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=40)
@given(st.data())
def test_what_is_told_is_read_back(name: str, data: st.DataObject) -> None:
    dialect: Dialect = EVERY[name]
    told = data.draw(lines(dialect))
    raw = etree.tostring(message(dialect, told), encoding="utf-8")
    found = read_ari(read_xml(raw), dialect)
    assert found.property_code == "H1"
    assert found.lines == told


def test_an_inclusive_end_is_the_last_day_and_an_exclusive_one_the_day_after() -> None:
    for dialect, end in ((GOOGLE, WEEK.last), (EXCLUSIVE, WEEK.last + timedelta(days=1))):
        root = message(dialect, [AvailabilityLine("DLX", WEEK, 3)])
        control = next(root.iter(tag("StatusApplicationControl")))
        assert (control.get("Start"), control.get("End")) == (str(DAY), str(end))


def test_weekdays_are_spelt_as_opentravel_does() -> None:
    some = msgspec.structs.replace(WEEK, weekdays=(3, 4))
    root = message(GOOGLE, [AvailabilityLine("DLX", some, 3)])
    control = next(root.iter(tag("StatusApplicationControl")))
    on = [name for name in writing.WEEKDAYS if control.get(name) == "true"]
    assert on == ["Weds", "Thur"]


def test_a_restriction_says_all_of_it() -> None:
    root = message(SITEMINDER, [RestrictionLine("DLX", "BAR", WEEK, OPEN)])
    told = [(s.get("Status"), s.get("Restriction")) for s in root.iter(tag("RestrictionStatus"))]
    assert told == [("Open", None), ("Open", "Arrival"), ("Open", "Departure")]
    nights = {n.get("MinMaxMessageType"): n.get("Time") for n in root.iter(tag("LengthOfStay"))}
    assert nights == {"SetMinLOS": "1", "SetMaxLOS": "365"}


def test_two_lines_for_one_cell_stay_two() -> None:
    told: list[AriLine] = [
        RestrictionLine("DLX", "BAR", WEEK, Restrictions(stop_sell=True)),
        RestrictionLine("DLX", "BAR", WEEK, OPEN),
    ]
    assert read_ari(message(SITEMINDER, told), SITEMINDER).lines == told


def test_every_wire_line_knows_the_line_it_says() -> None:
    told = [RestrictionLine("DLX", "BAR", WEEK, OPEN), RestrictionLine("FAM", "BAR", WEEK, OPEN)]
    assert writing.restrictions(SITEMINDER, HEAD, "H1", told).places == (0, 0, 0, 1, 1, 1)


def price(*adults: int) -> RateLine:
    return RateLine("DLX", "BAR", WEEK, Prices(tuple((n, Money(1, "IDR")) for n in adults)))


def bound(**bounds: int) -> RestrictionLine:
    return RestrictionLine("DLX", "BAR", WEEK, Restrictions(**bounds))  # type: ignore[arg-type]


PER_DAY = msgspec.structs.replace(SITEMINDER, most_adults=0)


@pytest.mark.parametrize(
    ("dialect", "line", "why"),
    [
        (SITEMINDER, price(5), ""),
        (SITEMINDER, price(1, 6), "too_many_adults"),
        (PER_DAY, price(2), ""),
        (PER_DAY, price(1, 2), "one_price"),
        (SITEMINDER, bound(min_stay_through=2), "no_min_stay_through"),
        (GOOGLE, bound(min_stay_through=2), ""),
        (SITEMINDER, bound(min_stay_arrival=2, max_stay=9), ""),
        (SITEMINDER, AvailabilityLine("DLX", WEEK, 0), ""),
    ],
)
def test_what_a_dialect_has_no_words_for_is_said_before(
    dialect: Dialect, line: AriLine, why: str
) -> None:
    assert unsayable(dialect, line) == why


def test_amounts_have_the_digits_of_their_currency() -> None:
    for amount, said in (
        (Money(125000, "IDR"), "1250.00"),
        (Money(125000, "JPY"), "125000"),
        (Money(125000, "KWD"), "125.000"),
        (Money(5, "SAR"), "0.05"),
    ):
        assert writing.decimal(amount) == said


# ---------------------------------------------------------------- what does not fit

GOOD = '<StatusApplicationControl Start="2027-02-10" End="2027-02-12" InvTypeCode="DLX"/>'


def statuses(inside: str, hotel: str = ' HotelCode="H1"') -> bytes:
    return (
        f'<OTA_HotelAvailNotifRQ xmlns="{NAMESPACE}"><AvailStatusMessages{hotel}>'
        f'<AvailStatusMessage BookingLimit="3">{inside}</AvailStatusMessage>'
        "</AvailStatusMessages></OTA_HotelAvailNotifRQ>"
    ).encode()


@pytest.mark.parametrize(
    "raw",
    [
        statuses(""),
        statuses(GOOD, hotel=""),
        statuses(GOOD.replace(' Start="2027-02-10"', "")),
        statuses(GOOD.replace("2027-02-10", "tomorrow")),
        statuses(GOOD.replace("2027-02-10", "2027-02-30")),
        statuses(GOOD.replace("2027-02-10", "2027-02-20")),
        statuses(GOOD.replace(' InvTypeCode="DLX"', "")),
        statuses(GOOD).replace(b'"3"', b'"three"'),
        statuses(f'{GOOD}<LengthsOfStay><LengthOfStay Time="2"/></LengthsOfStay>'),
        f'<OTA_HotelAvailNotifRQ xmlns="{NAMESPACE}"/>'.encode(),
    ],
)
def test_a_message_that_does_not_fit_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        read_availability(read_xml(raw), SITEMINDER)


def test_another_namespace_is_said_so() -> None:
    raw = statuses(GOOD).replace(NAMESPACE.encode(), b"urn:else")
    with pytest.raises(Unreadable, match="not in the namespace of OpenTravel"):
        read_availability(read_xml(raw), SITEMINDER)
    with pytest.raises(Unreadable, match="another message"):
        read_availability(element("OTA_PingRQ", {}), SITEMINDER)
