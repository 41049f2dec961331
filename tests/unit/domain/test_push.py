from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.channels.lane import Lane, LaneKey, LaneKind, Value, cells_of
from core.domain.channels.push import (
    Failure,
    Patch,
    Push,
    RefusedValue,
    Sent,
    backoff_s,
    covered,
    difference,
    failed,
    is_failing,
    joined,
    lines_of,
    settled,
    sold_there,
    still_refused,
    told_anew,
    without_refused,
)
from core.domain.stock.ari import (
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)
from tests.unit.domain.given import NOW, modest, sar

DAY = date(2027, 1, 4)
KEY = LaneKey(LaneKind.AVAILABILITY, "DLX")
RATE = LaneKey(LaneKind.RATE, "DLX", "BAR")
RULES = LaneKey(LaneKind.RESTRICTION, "DLX", "BAR")


def night(n: int) -> date:
    return DAY + timedelta(days=n)


def free(n: int, last: int, rooms: int) -> AvailabilityLine:
    return AvailabilityLine("DLX", Span(night(n), night(last)), rooms)


nights = st.integers(0, 40).map(night)
frees = st.dictionaries(nights, st.integers(0, 2), max_size=40)


@modest
@given(frees, frees, st.booleans())
def test_lines_are_exactly_the_difference(
    wanted: dict[date, Value], told: dict[date, Value], weekdays: bool
) -> None:
    lanes = {KEY: Lane(KEY, told)}
    cells = difference({KEY: wanted}, lanes)
    lines = lines_of(cells, lanes, weekdays=weekdays)
    assert cells_of(lines) == cells
    after = settled(lanes, [Sent(tuple(lines), True, tuple(range(len(lines))))], (), 1)
    has = after.get(KEY, lanes[KEY]).values
    assert {day: has[day] for day in wanted} == wanted


def test_what_closes_goes_before_what_opens() -> None:
    shut, open_ = Restrictions(stop_sell=True), Restrictions()
    cells: dict[LaneKey, dict[date, Value]] = {
        KEY: {night(0): 5, night(1): 1},
        RATE: {night(0): Prices(((1, sar(1)),))},
        RULES: {night(0): open_, night(1): shut},
    }
    told = {KEY: Lane(KEY, {night(0): 2, night(1): 2})}
    lines = lines_of(cells, told, weekdays=False)
    assert [type(line) for line in lines] == [
        AvailabilityLine,
        RestrictionLine,
        RateLine,
        RestrictionLine,
        AvailabilityLine,
    ]
    assert lines[0] == free(1, 1, 1)


def test_rooms_that_close_one_night_and_open_the_next_are_told_before_and_after_the_price() -> None:
    """Else a night opened before its price was told, or was sold twice while others went first."""
    cells: dict[LaneKey, dict[date, Value]] = {
        KEY: {night(n): 3 for n in range(4)},
        RATE: {night(n): Prices(((1, sar(1)),)) for n in range(4)},
    }
    told = {KEY: Lane(KEY, {night(0): 5, night(1): 0, night(2): 5})}
    lines = lines_of(cells, told, weekdays=False)
    assert [line for line in lines if not isinstance(line, RateLine)] == [
        *(free(0, 0, 3), free(2, 2, 3)),
        *(free(1, 1, 3), free(3, 3, 3)),
    ]
    assert isinstance(lines[2], RateLine)


def test_a_refused_line_does_not_count_and_the_rest_does() -> None:
    lines = (free(0, 1, 3), free(2, 3, 4))
    after = settled({}, [Sent(lines, True, (0,), ((1, "392", "no"),))], (), 9)
    assert after[KEY].values == {night(0): 3, night(1): 3}


def test_no_clear_answer_leaves_nothing_known() -> None:
    told = {KEY: Lane(KEY, {night(0): 5, night(9): 5})}
    after = settled(told, [Sent((free(0, 1, 3),), False)], (), 9)
    assert after[KEY].values == {night(9): 5}


def test_a_night_sold_there_while_a_push_was_on_its_way_is_told_again() -> None:
    after = settled({}, [Sent((free(0, 1, 3),), True, (0,))], [("DLX", night(1))], 9)
    assert after[KEY].values == {night(0): 3}
    assert after[KEY].told_at == {night(0): 9, night(1): 9}


def test_what_was_refused_is_not_sent_again_until_it_changes() -> None:
    refused = (RefusedValue(free(0, 1, 3), "392", "no such room", NOW),)
    assert without_refused({KEY: {night(0): 3, night(1): 2}}, refused, {}) == {KEY: {night(1): 2}}
    assert still_refused(refused, {KEY: {night(0): 3}}) == refused
    assert still_refused(refused, {KEY: {night(5): 1}}) == refused  # not looked at
    assert still_refused(refused, {KEY: {night(0): 2, night(1): 2}}) == ()


class Selling:
    """A channel that counts its own bookings, and the lane we keep of it; our stock is `ours`."""

    def __init__(self) -> None:
        self.ours, self.there = 6, 6
        self.now = 1000
        self.lane = Lane(KEY, {DAY: 6}, {DAY: 1})
        self.flying: list[int] = []
        self.raced: tuple[date, ...] = ()
        self.untold: list[int] = []  # when each booking that we do not know yet was made
        self.pushes = 0

    def start(self) -> None:
        """A turn: what differs is on its way."""
        if not self.flying and self.lane.values.get(DAY) != self.ours:
            self.flying, self.raced = [self.ours], ()
            self.sent_at = self.now
            self.pushes += 1

    def land(self) -> None:
        """The channel takes what is on its way."""
        if len(self.flying) == 1:
            self.there = self.flying[0]
            self.flying.append(-1)

    def hear(self) -> None:
        """Its answer comes."""
        if len(self.flying) == 2:
            sent = Sent((free(0, 0, self.flying[0]),), True, (0,))
            raced = [("DLX", day) for day in self.raced]
            self.lane = settled({KEY: self.lane}, [sent], raced, self.sent_at).get(KEY, self.lane)
            self.flying = []

    def book_there(self) -> None:
        if self.there > 0:
            self.there -= 1
            self.untold.append(self.now)

    def learn(self) -> None:
        """A booking comes in: stock and lane change together."""
        if self.untold:
            booked = self.untold.pop(0)
            self.ours = max(0, self.ours - 1)
            flying: Mapping[LaneKey, Mapping[date, Value]] = (
                {KEY: {DAY: self.flying[0]}} if self.flying else {}
            )
            self.lane, raced = sold_there(self.lane, {DAY: 1}, booked, flying)
            self.raced += raced

    def sell_elsewhere(self) -> None:
        self.ours = max(0, self.ours - 1)

    def wait(self) -> None:
        self.now += 400


STEPS = ("start", "land", "hear", "book_there", "learn", "sell_elsewhere", "wait")


@given(st.lists(st.sampled_from(STEPS), max_size=40))
@modest
def test_a_push_before_a_booking_of_the_channels_own_never_undoes_it(steps: list[str]) -> None:
    channel = Selling()
    for step in steps:
        getattr(channel, step)()
    while channel.untold:
        channel.learn()
    for _ in range(3):
        for step in ("land", "hear", "start"):
            getattr(channel, step)()
    assert channel.there == channel.ours


def test_its_own_booking_is_no_news_to_a_channel() -> None:
    channel = Selling()
    for step in ("book_there", "learn", "start"):
        getattr(channel, step)()
    assert channel.pushes == 0


@modest
@given(
    st.lists(
        st.builds(
            lambda room, at, more, rates: Patch(room, night(at), night(at + more), rates),
            st.sampled_from(["A", "B"]),
            st.integers(0, 50),
            st.integers(0, 9),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_joined_patches_look_at_the_same_days(patches: list[Patch]) -> None:
    def looked_at(of: Any) -> set[tuple[str, bool, int]]:
        return {
            (p.room, p.rates, n)
            for p in of
            for n in range(p.first.toordinal(), p.last.toordinal() + 1)
        }

    assert looked_at(joined(patches)) == looked_at(patches)
    assert len(joined(patches)) <= len(patches)


def test_too_many_patches_become_one_a_room() -> None:
    many = [Patch("A", night(2 * n), night(2 * n)) for n in range(300)]
    assert joined(many) == (Patch("A", night(0), night(598)),)


def test_patches_cover_what_lines_say() -> None:
    rate = RateLine("DLX", "BAR", Span(night(0), night(3), (1,)), Prices(((1, sar(1)),)))
    assert covered([free(0, 1, 3), rate]) == (
        Patch("DLX", night(0), night(1), False),
        Patch("DLX", night(0), night(3), True),
    )


@pytest.mark.parametrize(("times", "wait"), [(0, 1), (1, 1), (2, 2), (6, 300), (99, 300)])
def test_waits_grow(times: int, wait: float) -> None:
    assert backoff_s(times) == wait


def test_a_failure_waits_as_long_as_it_has_to() -> None:
    away = Failure("unavailable", "gone", NOW, 3)
    assert failed(Push("chn_1", "prp_1"), away, NOW, 30).check_at == NOW + timedelta(seconds=30)
    assert failed(Push("chn_1", "prp_1"), away, NOW, 1).check_at == NOW + timedelta(seconds=5)


def test_a_failure_is_told_when_a_person_is_needed_or_it_goes_on() -> None:
    away = Failure("unavailable", "gone", NOW, 1)
    assert not is_failing(away, NOW + timedelta(seconds=200), at_once=False)
    assert is_failing(away, NOW + timedelta(seconds=300), at_once=False)
    assert is_failing(away, NOW, at_once=True)


def test_a_night_told_anew_while_a_turn_lasts_is_looked_at_when_it_ends() -> None:
    wide = Patch("DLX", night(0), night(29), False)  # waited when the turn began, and covers it
    flying = AvailabilityLine("DLX", Span(night(20), night(20)), 3)
    push = Push("chn_1", "prp_1", waiting=(wide,), in_flight=(flying,))
    lane = Lane(KEY, {night(n): 5 for n in range(30)})
    after, lanes = told_anew(push, {KEY: lane}, {KEY: [night(4), night(20), night(40)]})
    assert after.raced == (("DLX", night(4)), ("DLX", night(20)))
    assert not {night(4), night(20)} & lanes[0].values.keys()
    idle, _ = told_anew(Push("chn_1", "prp_1", waiting=(wide,)), {KEY: lane}, {KEY: [night(4)]})
    assert idle.raced == ()  # the next turn looks at all that waits
