from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.domain.channels.lane import (
    Lane,
    LaneKey,
    LaneKind,
    Value,
    cells_of,
    line_of,
    pack,
    unpack,
)
from core.domain.money import Money
from core.domain.stock.ari import Prices, Restrictions
from core.domain.stock.spans import compress
from tests.unit.domain.given import modest

MONDAY = date(2027, 1, 4)
AVAILABILITY = LaneKey(LaneKind.AVAILABILITY, "DLX")
days = st.integers(0, 400).map(lambda n: MONDAY + timedelta(days=n))
frees = st.dictionaries(days, st.integers(0, 3), max_size=60)
prices = st.integers(1, 4).map(lambda n: Prices(((1, Money(n * 100, "SAR")),)))
rules = st.builds(Restrictions, st.booleans(), min_stay_arrival=st.none() | st.integers(1, 3))


@modest
@given(frees, st.dictionaries(days, st.integers(1, 9), max_size=60))
def test_a_packed_lane_comes_back_whole(values: dict[date, Value], told: dict[date, int]) -> None:
    lane = Lane(AVAILABILITY, values, told)
    packed = pack(lane)
    if packed is None:
        assert not values
        assert not told
    else:
        assert unpack(AVAILABILITY, packed) == lane


@modest
@given(st.dictionaries(days, prices, max_size=40), st.dictionaries(days, rules, max_size=40))
def test_lines_say_their_cells(rates: dict[date, Value], limits: dict[date, Value]) -> None:
    cells = {LaneKey(LaneKind.RATE, "DLX", "BAR"): rates}
    cells[LaneKey(LaneKind.RESTRICTION, "DLX", "BAR")] = limits
    lines = [
        line_of(key, span, value)
        for key, values in cells.items()
        for span, value in compress(values, weekdays=True)
    ]
    assert cells_of(lines) == {key: values for key, values in cells.items() if values}


def test_what_is_forgotten_is_told_anew() -> None:
    lane = Lane(AVAILABILITY).acknowledged({MONDAY: 5}, 100)
    assert lane.values == {MONDAY: 5}
    assert lane.forgotten([MONDAY], 200) == Lane(AVAILABILITY, {}, {MONDAY: 200})


def test_a_season_is_kept_small() -> None:
    season = {MONDAY + timedelta(days=n): 1 + (n > 250) for n in range(500)}
    packed = pack(Lane(AVAILABILITY, season, dict.fromkeys(season, 100)))
    assert packed is not None
    assert packed.runs == ((251, 0), (249, 1))
    assert packed.told == ((500, 100),)


def test_yesterday_is_over() -> None:
    lane = Lane(AVAILABILITY, {MONDAY: 1, MONDAY + timedelta(days=1): 2}, {MONDAY: 7})
    assert lane.since(MONDAY + timedelta(days=1)).values == {MONDAY + timedelta(days=1): 2}
