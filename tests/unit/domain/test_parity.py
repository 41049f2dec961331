from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.domain.channels.channel import Tolerance
from core.domain.channels.parity import Breach, BreachDay, BreachState, differences, judged, within
from core.domain.money import Money
from core.domain.stock.ari import Prices
from tests.unit.domain.given import NOW, sar

DAY = date(2027, 1, 4)
NEXT = DAY + timedelta(days=1)
EXACT = Tolerance(Decimal(0))


@pytest.mark.parametrize(
    ("expected", "shown", "percent", "minor", "near"),
    [
        (10000, 10000, "0", 0, True),
        (10000, 10001, "0", 0, False),
        (10000, 10100, "1", 0, True),
        (10000, 9900, "1", 0, True),
        (10000, 10101, "1", 0, False),
        (10000, 10101, "1", 101, True),
        (10000, 10150, "0", 150, True),
        (0, 0, "0", 0, True),
        (0, 1, "100", 0, False),
    ],
)
def test_near_is_within_either_bound(
    expected: int, shown: int, percent: str, minor: int, near: bool
) -> None:
    assert within(sar(expected), sar(shown), Tolerance(Decimal(percent), minor)) is near


def test_another_currency_is_never_near() -> None:
    assert not within(sar(100), Money(100, "IDR"), Tolerance(Decimal(100), 10**9))


def prices(one: int, two: int | None = None) -> Prices:
    more = () if two is None else ((2, sar(two)),)
    return Prices(((1, sar(one)), *more))


def test_only_what_both_tell_is_compared_and_the_widest_is_kept() -> None:
    expected = {DAY: prices(100, 200), NEXT: prices(100, 200)}
    assert list(differences(expected, {DAY: prices(100)}, EXACT)) == []
    assert list(differences(expected, {DAY: prices(101, 250)}, EXACT)) == [
        BreachDay(DAY, sar(200), sar(250), 2)
    ]


def test_a_channel_that_shows_no_price_is_off() -> None:
    assert list(differences({DAY: prices(100)}, {DAY: None, NEXT: None}, EXACT)) == [
        BreachDay(DAY, sar(100), None)
    ]


OFF = (BreachDay(DAY, sar(100), sar(120), 1),)


def opened() -> Breach:
    return Breach("brc_1", "chn_1", "DLX", "BAR", BreachState.REPUSHED, NOW, NOW, OFF)


def test_a_breach_is_opened_pushed_again_escalated_and_closed() -> None:
    assert judged(None, (), opened(), NOW) == (None, "")
    first, event = judged(None, OFF, opened(), NOW)
    assert (first, event) == (opened(), "parity.breached")
    second, event = judged(first, OFF, opened(), NOW)
    assert second is not None
    assert (second.state, event) == (BreachState.REPUSHED, "")
    third, event = judged(second, OFF, opened(), NOW)
    assert third is not None
    assert (third.state, event) == (BreachState.ESCALATED, "parity.breached")
    fourth, event = judged(third, OFF, opened(), NOW)
    assert fourth is not None
    assert (fourth.state, event) == (BreachState.ESCALATED, "")
    closed, event = judged(fourth, (), opened(), NOW)
    assert closed is not None
    assert (closed.state, closed.days, event) == (BreachState.CLOSED, (), "parity.restored")
    again, event = judged(closed, OFF, opened(), NOW)
    assert (again, event) == (opened(), "parity.breached")
