from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.stock.ari import Span
from core.domain.stock.spans import compress, expand, merged
from tests.unit.domain.given import modest

MONDAY = date(2027, 1, 4)


def day(n: int) -> date:
    return MONDAY + timedelta(days=n)


years = st.dictionaries(st.integers(0, 120).map(day), st.integers(0, 2), max_size=120)
# whole seasons with a pattern of weekdays, some days of which are set apart
weeks = st.builds(
    lambda pattern, apart, length: (
        {day(n): pattern[n % 7] for n in range(length)} | {day(n): 9 for n in apart if n < length}
    ),
    st.lists(st.integers(0, 1), min_size=7, max_size=7),
    st.sets(st.integers(0, 200), max_size=4),
    st.integers(1, 200),
)


@modest
@given(years | weeks, st.booleans())
def test_spans_say_exactly_the_difference(values: Mapping[date, int], weekdays: bool) -> None:
    said = [
        (day, value) for span, value in compress(values, weekdays=weekdays) for day in expand(span)
    ]
    assert len(said) == len(values), "a day is in one span only"
    assert dict(said) == values


@modest
@given(years | weeks)
def test_weekdays_never_cost_a_line(values: Mapping[date, int]) -> None:
    assert len(compress(values, weekdays=True)) <= len(compress(values, weekdays=False))
    assert all(not span.weekdays for span, _ in compress(values, weekdays=False))


@modest
@given(st.sets(st.integers(0, 27), min_size=1))
def test_no_way_to_cut_the_days_in_order_takes_fewer_spans(numbers: set[int]) -> None:
    days = sorted(day(n) for n in numbers)
    fewest = [0]
    for end in range(1, len(days) + 1):
        fits = [fewest[start] for start in range(end) if _is_one_span(days[start:end])]
        fewest.append(min(fits) + 1)
    assert len(compress(dict.fromkeys(days, 1), weekdays=True)) == fewest[-1]


def _is_one_span(days: list[date]) -> bool:
    mask = {d.isoweekday() for d in days}
    length = (days[-1] - days[0]).days
    inside = [days[0] + timedelta(days=n) for n in range(length + 1)]
    return [d for d in inside if d.isoweekday() in mask] == days


@pytest.mark.parametrize(
    ("values", "spans"),
    [
        ({}, 0),
        ({day(n): 1 for n in range(500)}, 1),
        ({day(n): n % 7 > 4 for n in range(500)}, 2),  # weekends dearer: two lines, not 143
        ({day(n): 1 for n in range(3, 17)}, 1),
        ({day(n): int(n == 250) for n in range(500)}, 3),
    ],
)
def test_seasons_are_few_lines(values: dict[date, int], spans: int) -> None:
    assert len(compress(values, weekdays=True)) == spans


def test_ranges_that_touch_become_one() -> None:
    assert merged([(day(5), day(6)), (day(0), day(2)), (day(3), day(3)), (day(1), day(2))]) == [
        (day(0), day(3)),
        (day(5), day(6)),
    ]


def test_a_span_of_weekdays_holds_only_those() -> None:
    assert list(expand(Span(day(0), day(13), (1, 7)))) == [day(0), day(6), day(7), day(13)]
