from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from core.domain.channels.channel import (
    BufferStep,
    Channel,
    ChannelMapping,
    ChannelPricing,
    PlanMapping,
    RoomMapping,
    SafetyBuffer,
    TaxDisplay,
)
from core.domain.channels.lane import LaneKey, LaneKind
from core.domain.channels.showing import (
    CLOSED,
    availability_wanted,
    beyond_tax,
    closed_where_unmapped,
    prices_at,
    rates_wanted,
)
from core.domain.markup import Markup
from core.domain.money import Money
from core.domain.stock.ari import OPEN, Prices, Restrictions
from core.domain.stock.cell import InventoryCell
from core.domain.stock.property import Property, TaxRule
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import RatePlan
from tests.unit.domain.given import NOW, sar

TODAY = date(2027, 1, 4)
HOUSE = Property(
    "prp_1",
    "ent_1",
    "MKH",
    "Dar Contoh",
    "Asia/Riyadh",
    "SAR",
    "SA",
    NOW,
    taxes=(
        TaxRule("VAT", percent=Decimal(15)),
        TaxRule("city", amount=Money(1000, "SAR")),
        TaxRule("desk", percent=Decimal(50), at_property=True),
    ),
)
PLAN = RatePlan("rpl_1", "prp_1", "BAR", "Best available", "SAR")
CHANNEL = Channel(
    "chn_1",
    "con_1",
    "prp_1",
    "H1",
    "Dar Contoh at Acme",
    NOW,
    mapping=ChannelMapping(
        (RoomMapping("rmt_1", "DLX"),), (PlanMapping("rmt_1", "rpl_1", "BAR1"),)
    ),
)
AVAILABILITY = LaneKey(LaneKind.AVAILABILITY, "DLX")
RATE = LaneKey(LaneKind.RATE, "DLX", "BAR1")
RESTRICTION = LaneKey(LaneKind.RESTRICTION, "DLX", "BAR1")


def night(n: int) -> date:
    return TODAY + timedelta(days=n)


def prices(minor: int) -> Prices:
    return Prices(((1, sar(minor)), (2, sar(minor + 5000))), extra_child=sar(1000))


@pytest.mark.parametrize(
    ("lead", "free", "shown"),
    [(0, 5, 2), (1, 5, 2), (2, 5, 4), (7, 5, 4), (8, 5, 5), (0, 3, 0), (0, 1, 0), (2, 1, 0)],
)
def test_what_is_held_back_falls_with_lead_time(lead: int, free: int, shown: int) -> None:
    channel = msgspec.structs.replace(
        CHANNEL, buffer=SafetyBuffer(0, (BufferStep(1, 3), BufferStep(7, 1)))
    )
    cell = InventoryCell("rmt_1", night(lead), capacity=free + 2, sold=1, held=1)
    assert availability_wanted(channel, [cell], TODAY) == {AVAILABILITY: {night(lead): shown}}


def test_a_stop_sell_shows_nothing_and_what_is_not_mapped_is_left_out() -> None:
    cells = [
        InventoryCell("rmt_1", TODAY, capacity=5, stop_sell=True),
        InventoryCell("rmt_2", TODAY, capacity=5),
    ]
    assert availability_wanted(CHANNEL, cells, TODAY) == {AVAILABILITY: {TODAY: 0}}


@pytest.mark.parametrize(
    ("tax", "included", "net", "markup", "round_to", "shown"),
    [
        (TaxDisplay.AS_OURS, True, 10000, "0", 1, 10000),
        (TaxDisplay.AS_OURS, False, 10000, "10", 500, 11000),
        (TaxDisplay.INCLUDED, False, 10000, "0", 1, 12500),  # + 15 % + 10.00 a room
        (TaxDisplay.INCLUDED, True, 10000, "0", 1, 10000),
        (TaxDisplay.EXCLUDED, True, 12500, "0", 1, 10000),
        (TaxDisplay.EXCLUDED, False, 12500, "0", 1, 12500),
        (TaxDisplay.INCLUDED, False, 10001, "5", 1000, 13650),  # 105.01 → 110.00 → 136.50
        (TaxDisplay.EXCLUDED, True, 1001, "0", 1, 1),
        (TaxDisplay.AS_OURS, True, 0, "0", 1, 0),
    ],
)
def test_from_our_price_to_the_channels(
    tax: TaxDisplay, included: bool, net: int, markup: str, round_to: int, shown: int
) -> None:
    pricing = ChannelPricing(Markup(Decimal(markup), round_to), tax)
    plan = msgspec.structs.replace(PLAN, taxes_included=included)
    found = prices_at(Prices(((2, sar(net)),)), pricing, plan, HOUSE)
    assert found == Prices(((2, sar(shown)),))


def test_a_price_of_which_its_taxes_leave_nothing_is_not_shown_but_closed_and_named() -> None:
    pricing = ChannelPricing(Markup(), TaxDisplay.EXCLUDED)
    channel = msgspec.structs.replace(CHANNEL, pricing=pricing)
    cells = [RateCell("rmt_1", "rpl_1", night(n), prices(1000 + n)) for n in range(2)]
    assert prices_at(prices(1000), pricing, PLAN, HOUSE) is None
    wanted = rates_wanted(channel, PLAN, HOUSE, cells, TODAY)
    assert wanted[RESTRICTION] == {night(0): CLOSED, night(1): OPEN}
    assert wanted[RATE].keys() == {night(1)}
    assert beyond_tax(channel, PLAN, HOUSE, cells) == {RATE: {night(0): prices(1000)}}
    assert beyond_tax(CHANNEL, PLAN, HOUSE, cells) == {}


def test_a_night_without_a_price_is_closed_and_has_no_rate() -> None:
    cells = [
        RateCell("rmt_1", "rpl_1", night(0), prices(10000)),
        RateCell("rmt_1", "rpl_1", night(1)),
    ]
    assert rates_wanted(CHANNEL, PLAN, HOUSE, cells, TODAY) == {
        RATE: {night(0): prices(10000)},
        RESTRICTION: {night(0): OPEN, night(1): CLOSED},
    }


@pytest.mark.parametrize(
    ("lead", "least", "most", "closed"),
    [(3, 3, None, False), (2, 3, None, True), (30, None, 30, False), (31, None, 30, True)],
)
def test_an_advance_purchase_is_told_as_closed_arrivals(
    lead: int, least: int | None, most: int | None, closed: bool
) -> None:
    cell = RateCell("rmt_1", "rpl_1", night(lead), prices(1), min_advance=least, max_advance=most)
    wanted = rates_wanted(CHANNEL, PLAN, HOUSE, [cell], TODAY)[RESTRICTION]
    assert wanted == {night(lead): Restrictions(closed_to_arrival=closed)}


def test_a_room_that_is_mapped_no_more_is_closed_where_it_was_told() -> None:
    gone = LaneKey(LaneKind.AVAILABILITY, "OLD")
    told = {gone: {night(-1): 4, night(0): 4, night(1): 0}, AVAILABILITY: {night(0): 4}}
    assert closed_where_unmapped(CHANNEL, told, TODAY) == {gone: {night(0): 0, night(1): 0}}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SafetyBuffer(-1),
        lambda: SafetyBuffer(0, (BufferStep(7, 1), BufferStep(1, 2))),
        lambda: BufferStep(-1, 0),
    ],
)
def test_a_buffer_that_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]
