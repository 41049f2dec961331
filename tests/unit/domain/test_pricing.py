from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.bookings.hotel import Collect
from core.domain.bookings.pricing import priced
from core.domain.bookings.terms import Price
from core.domain.markup import Markup, marked_up
from core.domain.money import Money
from tests.unit.domain.given import a_price, an_offer, modest, sar

percents = st.decimals(Decimal("-99.9999"), Decimal(1000), allow_nan=False, places=4)
long_percents = st.decimals(Decimal(-99), Decimal(1000), allow_nan=False, places=6)
nets = st.integers(0, 10**13)


@pytest.mark.parametrize(
    ("net", "percent", "round_to", "sell"),
    [
        (100_000, "0", 1, 100_000),
        (100_000, "12.5", 1, 112_500),
        (100_001, "10", 1, 110_002),  # 110001.1 is rounded up
        (100_001, "10", 100, 110_100),
        (100_000, "-10", 1, 90_000),
        (99_999, "-10", 1000, 90_000),
        (1, "0.0001", 1, 2),
        (0, "50", 100, 0),
    ],
)
def test_sell_from_net(net: int, percent: str, round_to: int, sell: int) -> None:
    assert marked_up(sar(net), Markup(Decimal(percent), round_to)) == sar(sell)


@modest
@given(nets, percents | long_percents, st.integers(1, 10**7))
def test_sell_is_the_next_multiple_and_exactly_that(net: int, percent: Decimal, to: int) -> None:
    sell = marked_up(sar(net), Markup(percent, to)).minor
    exact = Fraction(net) * (100 + Fraction(percent)) / 100
    assert sell % to == 0
    assert exact <= sell < exact + to


@modest
@given(nets, percents, nets)
def test_never_under_the_minimum(net: int, percent: Decimal, minimum: int) -> None:
    sell = marked_up(sar(net), Markup(percent), sar(minimum))
    assert sell == max(marked_up(sar(net), Markup(percent)), sar(minimum), key=lambda m: m.minor)


@pytest.mark.parametrize(
    "percent",
    ["-100", "-101", "1000.1", "NaN", "sNaN", "Infinity", "0.0000001", "1E-99999999"],
)
def test_a_markup_that_makes_no_price_is_refused(percent: str) -> None:
    with pytest.raises(ValueError, match="percent"):
        Markup(Decimal(percent))


def test_an_offer_is_priced_by_its_minimum_too() -> None:
    offer = an_offer(price=a_price(100_000, minimum_sell=sar(130_000)))
    assert priced(offer, Markup(Decimal(5))).price.sell == sar(130_000)
    assert priced(offer, Markup(Decimal(5))).price.net == sar(100_000)


def test_where_the_hotel_collects_its_price_stands() -> None:
    offer = an_offer(price=a_price(90_000, 100_000), collect=Collect.HOTEL)
    assert priced(offer, Markup(Decimal(20))) == offer


@pytest.mark.parametrize("odd", ["net", "sell", "commission", "minimum_sell"])
def test_a_price_is_of_one_currency(odd: str) -> None:
    parts: dict[str, Any] = {n: sar(1) for n in ("net", "sell", "commission", "minimum_sell")}
    with pytest.raises(ValueError, match="one currency"):
        Price(**{**parts, odd: Money(1, "USD")})
