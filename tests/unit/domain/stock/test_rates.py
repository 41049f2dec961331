"""Restrictions, derived plans, and what a stay costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.bookings.terms import Tax
from core.domain.money import Money
from core.domain.stay import Occupancy
from core.domain.stock.ari import Prices
from core.domain.stock.property import TaxRule
from core.domain.stock.rate_cell import (
    RateCell,
    RateChange,
    Rule,
    barred,
    derived_prices,
    grid,
    rated,
)
from core.domain.stock.rate_plan import (
    CancellationRule,
    Derivation,
    LengthDiscount,
    Rounding,
    Way,
    policy,
)
from core.domain.stock.stay_price import night_price, stay_price
from tests.unit.domain.stock.given import (
    CITY,
    DAY,
    NOW,
    VAT,
    a_house,
    a_plan,
    nights,
    prices,
    rates,
    sar,
)

TODAY = DAY - timedelta(days=10)
TWO = (Occupancy(2),)


@pytest.mark.parametrize(
    ("restrictions", "length", "rule"),
    [
        ({}, 3, None),
        ({"stop_sell": True}, 1, Rule.STOP_SELL),
        ({"closed_to_arrival": True}, 1, Rule.CLOSED_TO_ARRIVAL),
        ({"closed_to_departure": True}, 3, Rule.CLOSED_TO_DEPARTURE),
        ({"min_stay_arrival": 3}, 2, Rule.MIN_STAY),
        ({"min_stay_arrival": 3}, 3, None),
        ({"min_stay_through": 4}, 3, Rule.MIN_STAY),
        ({"max_stay": 3}, 4, Rule.MAX_STAY),
        ({"max_stay": 3}, 3, None),
        ({"min_advance": 11}, 1, Rule.MIN_ADVANCE),
        ({"min_advance": 10}, 1, None),
        ({"max_advance": 9}, 1, Rule.MAX_ADVANCE),
    ],
)
def test_a_restriction_bars_the_stays_it_means(
    restrictions: dict[str, Any], length: int, rule: Rule | None
) -> None:
    found = barred(rates(**restrictions), nights(length), TODAY)
    assert (found and found.rule) == rule


def test_arrival_rules_count_on_the_day_of_arrival_only() -> None:
    closed = rates(1, DAY + timedelta(1), closed_to_arrival=True, min_stay_arrival=9, max_stay=1)
    assert barred(rates() | closed, nights(3), TODAY) is None
    through = rates(1, DAY + timedelta(2), min_stay_through=4)
    found = barred(rates() | through, nights(3), TODAY)
    assert found is not None
    assert found.night == DAY + timedelta(2)


def test_a_night_without_a_price_is_not_sold() -> None:
    assert barred(rates(2), nights(3), TODAY) is not None


@pytest.mark.parametrize(
    ("occupancy", "minor"),
    [
        (Occupancy(1), 30000),
        (Occupancy(2), 40000),
        (Occupancy(4), 60000),
        (Occupancy(2, (0, 1)), 40000),
        (Occupancy(2, (5,)), 45000),
        (Occupancy(2, (5, 11)), 50000),
        (Occupancy(2, (15,)), 50000),
    ],
)
def test_a_night_costs_by_who_sleeps_there(occupancy: Occupancy, minor: int) -> None:
    assert night_price(prices(), occupancy, a_plan()) == sar(minor)


def test_fewer_than_are_priced_pay_as_those_and_more_may_not_come() -> None:
    only_two = Prices(((2, sar(40000)),))
    assert night_price(only_two, Occupancy(1), a_plan()) == sar(40000)
    assert night_price(only_two, Occupancy(3), a_plan()) is None
    assert night_price(only_two, Occupancy(2, (5,)), a_plan()) is None


def test_a_stay_is_its_nights_over_its_rooms() -> None:
    found = stay_price(rates(), nights(3), (Occupancy(1), Occupancy(2)), a_plan(), a_house())
    assert found is not None
    assert found.by_night == (sar(70000),) * 3
    assert found.total == sar(210000)


def test_a_long_stay_costs_less_a_night() -> None:
    plan = a_plan(length_discounts=(LengthDiscount(3, Decimal(10)), LengthDiscount(7, Decimal(20))))
    totals = []
    for length in (2, 3, 7):
        found = stay_price(rates(), nights(length), TWO, plan, a_house())
        assert found is not None
        totals.append(found.total.minor // length)
    assert totals == [40000, 36000, 32000]


def test_a_night_that_is_over_at_the_property_is_not_sold() -> None:
    assert barred(rates(), nights(2), DAY) is None
    over = barred(rates(), nights(2), DAY + timedelta(days=1))
    assert over is not None
    assert (over.rule, over.night) == (Rule.MIN_ADVANCE, DAY)


def test_of_discounts_for_length_the_longest_that_fits_counts() -> None:
    plan = a_plan(length_discounts=(LengthDiscount(3, Decimal(30)), LengthDiscount(7, Decimal(20))))
    found = stay_price(rates(), nights(7), TWO, plan, a_house())
    assert found is not None
    assert found.total.minor == 7 * 32000


def test_taxes_inside_a_price_are_told_and_not_added() -> None:
    house = a_house(taxes=(VAT, CITY))
    found = stay_price(rates(), nights(2), TWO, a_plan(), house)
    assert found is not None
    assert found.total == sar(80000)
    assert found.taxes == (
        Tax("VAT", sar(10435), included=True),
        Tax("city fee", sar(2000), included=False),
    )


def test_taxes_outside_a_price_are_added_but_for_those_at_the_desk() -> None:
    nightly = TaxRule("nightly", amount=Money(500, "SAR"))
    house = a_house(taxes=(VAT, CITY, nightly))
    found = stay_price(rates(), nights(2), TWO, a_plan(taxes_included=False), house)
    assert found is not None
    assert found.total == sar(2 * (46000 + 500))
    assert [t.amount.minor for t in found.taxes] == [12000, 2000, 1000]


@given(
    st.integers(1, 10**7),
    st.decimals(-50, 200, places=2),
    st.integers(1, 10000),
    st.sampled_from(Way),
)
def test_rounding_lands_on_a_multiple_beside_the_amount(
    minor: int, percent: Decimal, to: int, way: Way
) -> None:
    exact = minor * (1 + percent / 100)
    found = Rounding(to, way).of(exact, "SAR").minor
    assert found % to == 0
    assert abs(found - exact) <= (Decimal(to) / 2 if way is Way.NEAREST else to)
    assert way is not Way.UP or found >= exact
    assert way is not Way.DOWN or found <= exact


def test_a_derived_price_is_its_parents_with_a_rule() -> None:
    rule = Derivation("rpl_1", Decimal("-10"), amount=250)
    found = derived_prices(prices(40000), rule, Rounding(100))
    assert found.by_adults == ((1, sar(27300)), (2, sar(36300)))
    assert found.extra_adult == sar(9000)
    assert derived_prices(Prices(((2, sar(100)),)), Derivation("x", amount=-500), Rounding()) == (
        Prices(((2, sar(0)),))
    )


@pytest.mark.parametrize("own", [False, True])
def test_a_derived_plan_has_its_parents_terms_or_its_own(own: bool) -> None:
    member = a_plan(id="rpl_2", derived=Derivation("rpl_1", Decimal(-10), 0, own))
    parent = rates(2, min_stay_arrival=3)
    mine = RateCell("rmt_1", "rpl_2", DAY)
    mine = rated(mine, RateChange(closed_to_arrival=True))
    sold = [c for c in grid([a_plan(), member], [*parent.values(), mine]) if c.plan == "rpl_2"]
    assert [c.night for c in sold] == list(parent)
    assert [c.restrictions.closed_to_arrival for c in sold] == [own, False]
    assert [c.restrictions.min_stay_arrival for c in sold] == [None if own else 3] * 2
    assert all(c.prices and c.prices.by_adults[1] == (2, sar(36000)) for c in sold)


def test_what_is_not_said_stays_and_nothing_lifts() -> None:
    cell = rates(1, min_stay_arrival=3, closed_to_arrival=True, min_advance=2)[DAY]
    after = rated(cell, RateChange(min_stay_arrival=None, max_stay=5))
    assert after.restrictions == msgspec.structs.replace(
        cell.restrictions, min_stay_arrival=None, max_stay=5
    )
    assert (after.prices, after.min_advance) == (cell.prices, 2)
    assert rated(cell, RateChange(prices=None)).prices is None
    with pytest.raises(ValueError, match="at least 1"):
        rated(cell, RateChange(max_stay=0))


def test_the_policy_is_the_plans_by_the_propertys_clock() -> None:
    plan = a_plan(
        cancellation=(
            CancellationRule(days_before=7, nights=1),
            CancellationRule(days_before=0, percent=Decimal(100)),
        )
    )
    found = policy(plan, a_house(), nights(2), (sar(40000), sar(50000)), NOW)
    arrival = a_house().instant(DAY)
    assert [(s.starts_at, s.fee) for s in found.steps] == [
        (arrival - timedelta(days=7), sar(40000)),
        (arrival, sar(90000)),
    ]


def test_not_refundable_costs_from_the_first_moment() -> None:
    plan = a_plan(cancellation=(CancellationRule(percent=Decimal(100)),))
    found = policy(plan, a_house(), nights(2), (sar(1), sar(2)), NOW)
    assert found.fee_at(NOW, "SAR") == sar(3)
    assert found.free_until == a_house().instant(a_house().today(NOW))
