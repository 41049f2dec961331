"""Only an explicit yes is a yes, only an explicit no is a no, and a line is named only by name."""

from __future__ import annotations

import msgspec
import pytest

from adapters._kit.ota.answers import Wrong, meaning, read_answer, refused_lines
from adapters._kit.ota.dialects import NAMESPACE, SITEMINDER, Meaning
from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import Element, read_xml
from core.domain.money import Money
from core.domain.stock.ari import AriLine, AvailabilityLine, Prices, RateLine
from tests.unit.ota.given import WEEK

NAME = "OTA_HotelAvailNotifRS"
PRICES = Prices(((2, Money(1, "IDR")),))
ERROR = '<Errors><Error Type="3" Code="402">Room type not found</Error></Errors>'


def answer(inside: str, name: str = NAME) -> Element:
    return read_xml(f'<{name} xmlns="{NAMESPACE}" EchoToken="e">{inside}</{name}>'.encode())


def test_success_warnings_and_errors_are_told_apart() -> None:
    plain = read_answer(answer("<Success/>"), NAME)
    assert (plain.errors, plain.warnings, plain.echo) == ((), (), "e")
    warning = '<Warnings><Warning Type="3" ShortText="mind the gap" RecordID="7"/></Warnings>'
    warned = read_answer(answer(f"<Success/>{warning}"), NAME)
    assert warned.warnings == (Wrong("3", "3", "mind the gap", "7"),)
    refused = read_answer(answer(ERROR), NAME)
    assert refused.errors == (Wrong("3", "402", "Room type not found"),)


@pytest.mark.parametrize("inside", ["", f"<Success/>{ERROR}", "<Errors/>", "<Warnings/>"])
def test_neither_or_both_is_no_answer(inside: str) -> None:
    with pytest.raises(Unreadable, match="success"):
        read_answer(answer(inside), NAME)


def test_the_answer_to_another_question_is_none() -> None:
    with pytest.raises(Unreadable, match="another message"):
        read_answer(answer("<Success/>", "OTA_PingRS"), NAME)


@pytest.mark.parametrize(
    ("type_", "code", "meant"),
    [
        ("6", "392", Meaning.PROPERTY),
        ("6", "497", Meaning.CREDENTIAL),
        ("6", "", Meaning.CREDENTIAL),
        ("4", "450", Meaning.CREDENTIAL),
        ("3", "402", Meaning.ROOM),
        ("3", "249", Meaning.PLAN),
        ("3", "450", Meaning.WRONG),
        ("10", "", Meaning.WRONG),
        ("12", "450", Meaning.BUSY),
        ("1", "", None),
        ("99", "999", None),
    ],
)
def test_the_code_says_more_than_the_type(type_: str, code: str, meant: Meaning | None) -> None:
    assert meaning(SITEMINDER, Wrong(type_, code, "")) is meant


def test_a_partner_may_mean_something_else() -> None:
    theirs = msgspec.structs.replace(SITEMINDER, codes={"450": Meaning.PLAN})
    assert meaning(theirs, Wrong("3", "450", "")) is Meaning.PLAN


LINES: list[AriLine] = [
    AvailabilityLine("DLX", WEEK, 1),
    AvailabilityLine("DL", WEEK, 1),
    RateLine("DLX", "BAR", WEEK, PRICES),
    RateLine("QUAD", "BAR", WEEK, PRICES),
]


@pytest.mark.parametrize(
    ("code", "words", "places"),
    [
        ("402", "Room type not found for InvTypeCode=DLX", [0, 2]),
        ("402", "Room type not found for InvTypeCode='DL'", [1]),
        ("402", "Room type not found: QUAD.", []),  # a full stop is no part of a code we know
        ("402", "The deluxe room is unknown", []),
        ("249", "Rate not found for RatePlanCode=BAR", [2, 3]),
        ("249", "Rate not found for InvTypeCode=QUAD, RatePlanCode=BAR", [3]),
        ("249", "Rate not found for InvTypeCode=QUAD, RatePlanCode=NRF", []),
        ("450", "InvTypeCode=DLX", []),
    ],
)
def test_a_line_is_refused_only_when_its_codes_are_named(
    code: str, words: str, places: list[int]
) -> None:
    found = refused_lines(SITEMINDER, [Wrong("3", code, words)], LINES)
    assert [refused.line for refused in found] == places
    assert all((refused.code, refused.message) == (code, words) for refused in found)
