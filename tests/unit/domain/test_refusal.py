"""A refused price closes its nights, and only a price that is taken opens them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.channels.lane import Lane, LaneKey, LaneKind, Refusal, Value
from core.domain.channels.push import (
    TAX_ABOVE_PRICE,
    Cells,
    Patch,
    RefusedValue,
    Sent,
    difference,
    lines_of,
    settled,
    without_refused,
)
from core.domain.channels.refusal import (
    answered,
    closed_for,
    closed_where_refused,
    eased,
    left_open,
    once_more,
    to_look_at,
)
from core.domain.channels.showing import CLOSED
from core.domain.stock.ari import (
    OPEN,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)
from tests.unit.domain.given import NOW, modest, sar

DAY = date(2027, 1, 4)
RATE = LaneKey(LaneKind.RATE, "DLX", "BAR")
RULES = LaneKey(LaneKind.RESTRICTION, "DLX", "BAR")
REFUSED = LaneKey(LaneKind.REFUSAL, "DLX", "BAR")
OURS, OLD, OTHER = (Prices(((1, sar(n)),)) for n in (500, 400, 450))
SHORT = Restrictions(min_stay_through=3)


def night(n: int) -> date:
    return DAY + timedelta(days=n)


def lanes(
    held: Prices | None, refusal: Refusal | None, rules: Restrictions | None = None
) -> dict[LaneKey, Lane]:
    found: dict[LaneKey, Lane] = {}
    for key, value in ((RATE, held), (REFUSED, refusal), (RULES, rules)):
        if value is not None:
            found[key] = Lane(key, {DAY: value})
    return found


@pytest.mark.parametrize(
    ("held", "refusal", "shown"),
    [
        (None, None, SHORT),  # never told
        (OLD, None, SHORT),  # a price that is on its way as any other
        (OURS, None, SHORT),
        (None, Refusal(OURS), CLOSED),  # at whatever price the channel has for itself
        (OLD, Refusal(OURS), CLOSED),
        (OLD, Refusal(OTHER), CLOSED),  # ours has changed, and is not taken yet
        (OLD, Refusal(None), CLOSED),  # it is told once more
        (OURS, Refusal(OTHER), SHORT),  # what it holds is ours again
        (OURS, Refusal(None), SHORT),
    ],
)
def test_when_a_night_is_closed(
    held: Prices | None, refusal: Refusal | None, shown: Restrictions
) -> None:
    wanted: Cells = {RATE: {DAY: OURS}, RULES: {DAY: SHORT}}
    told = lanes(held, refusal)
    assert closed_where_refused(wanted, told) == {RATE: {DAY: OURS}, RULES: {DAY: shown}}
    assert closed_where_refused({RULES: {DAY: CLOSED}}, told) == {RULES: {DAY: CLOSED}}


@pytest.mark.parametrize(
    ("refusal", "said_again"),
    [(None, True), (Refusal(OURS), False), (Refusal(OTHER), True), (Refusal(None), True)],
)
def test_when_a_price_is_said_again(refusal: Refusal | None, said_again: bool) -> None:
    cells = without_refused({RATE: {DAY: OURS}}, (), lanes(OLD, refusal))
    assert cells == ({RATE: {DAY: OURS}} if said_again else {})


def line(prices: Prices, first: int = 0, last: int = 0) -> RateLine:
    return RateLine("DLX", "BAR", Span(night(first), night(last)), prices)


def rules(said: Restrictions, first: int = 0, last: int = 0) -> RestrictionLine:
    return RestrictionLine("DLX", "BAR", Span(night(first), night(last)), said)


NO = (0, "402", "no")


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        (None, Sent((line(OURS),), True, (), (NO,)), Refusal(OURS)),
        (Refusal(OTHER), Sent((line(OURS),), True, (), (NO,)), Refusal(OURS)),
        (Refusal(OTHER), Sent((line(OURS),), True, (0,)), Refusal(None)),  # and not open yet
        (None, Sent((line(OURS),), True, (0,)), None),
        (Refusal(OTHER), Sent((line(OURS),), False), Refusal(OTHER)),  # no clear answer, no word
        (Refusal(OTHER), Sent((rules(CLOSED),), True, (0,)), Refusal(OTHER)),
        (Refusal(OTHER), Sent((rules(CLOSED),), True, (), (NO,)), Refusal(OTHER)),
        (Refusal(None), Sent((rules(CLOSED),), True, (0,)), Refusal(None)),
        (Refusal(None), Sent((rules(SHORT),), True, (), (NO,)), Refusal(None)),
        (Refusal(None), Sent((rules(SHORT),), True, (0,)), None),  # open again: it is over
        (
            None,
            Sent((line(OURS), rules(SHORT)), True, (1,), (NO,)),
            Refusal(OURS),
        ),  # the first time
    ],
)
def test_the_last_word_counts(before: Refusal | None, sent: Sent, after: Refusal | None) -> None:
    told = lanes(OLD, before)
    now = {**told, **answered(told, [sent])}
    assert now.get(REFUSED, Lane(REFUSED)).values.get(DAY) == after


def test_what_was_refused_and_what_is_taken_at_last_is_looked_at_again() -> None:
    told = lanes(OLD, Refusal(OTHER))
    refused = Sent((line(OURS, 3, 4), rules(OPEN, 7, 7)), True, (), ((0, "", ""), (1, "", "")))
    assert to_look_at(told, [refused]) == (Patch("DLX", night(3), night(4)),)
    assert to_look_at(told, [Sent((line(OURS, 0, 9),), True, (0,))]) == (
        Patch("DLX", night(0), night(9)),
    )
    assert to_look_at(told, [Sent((line(OURS, 1, 9),), True, (0,))]) == ()  # as every day


@pytest.mark.parametrize(
    ("held", "acknowledged", "after"),
    [
        (OURS, SHORT, [{}]),
        (OURS, CLOSED, [{DAY: Refusal(None)}]),
        (OURS, None, [{DAY: Refusal(None)}]),
        (OLD, SHORT, []),
    ],
)
def test_a_refusal_is_over_where_the_channel_has_the_night_as_it_should(
    held: Prices, acknowledged: Restrictions | None, after: list[dict[date, Value]]
) -> None:
    wanted: Cells = {RATE: {DAY: OURS}, RULES: {DAY: SHORT}}
    told = lanes(held, Refusal(OTHER), acknowledged)
    assert eased(wanted, told) == [Lane(REFUSED, values) for values in after]
    assert eased({}, told) == []


def test_told_anew_a_refusal_keeps_its_nights_closed_and_its_price_is_told() -> None:
    told = {lane.key: lane for lane in once_more(lanes(OLD, Refusal(OURS)))}
    assert told == {REFUSED: Lane(REFUSED, {DAY: Refusal(None)})}


@pytest.mark.parametrize(
    ("refused", "acknowledged", "closed"),
    [
        (line(OURS, 0, 1), CLOSED, True),  # the second night is not refused any more
        (line(OURS), OPEN, False),
        (line(OURS), None, False),
        (rules(OPEN), CLOSED, None),
        (AvailabilityLine("DLX", Span(DAY, DAY), 3), CLOSED, None),
    ],
)
def test_whether_the_nights_of_a_refused_price_are_closed(
    refused: RateLine, acknowledged: Restrictions | None, closed: bool | None
) -> None:
    value = RefusedValue(refused, "402", "no", NOW)
    assert closed_for(value, lanes(OLD, Refusal(OURS), acknowledged)) is closed


def test_a_price_below_its_taxes_is_closed_without_having_been_refused() -> None:
    value = RefusedValue(line(OURS), TAX_ABOVE_PRICE, "", NOW)
    assert closed_for(value, lanes(None, None, CLOSED)) is True
    assert closed_for(value, lanes(None, None, OPEN)) is False


def test_what_the_channel_will_not_close_is_left_open() -> None:
    lines = (
        line(OURS),
        rules(OPEN),
        rules(CLOSED, 1, 3),
        AvailabilityLine("DLX", Span(DAY, DAY), 0),
    )
    refused = [RefusedValue(one, "402", "no", NOW) for one in lines]
    assert left_open(refused) == 3


class Picky:
    """A channel of one night, that takes some prices and perhaps no closing; and what we keep."""

    def __init__(self, *, closes: bool) -> None:
        self.wanted = OURS
        self.takes: set[Prices] = {OURS, OLD, OTHER}
        self.closes = closes
        self.price: Prices | None = None
        self.rules = OPEN
        self.lanes: dict[LaneKey, Lane] = {}
        self.refused: tuple[RefusedValue, ...] = ()
        self.looked_at = True
        self.messages = 0

    def turn(self, *, dies: bool = False) -> bool:
        """False: there was nothing to say."""
        cells: Mapping[LaneKey, Mapping[date, Value]] = {
            RATE: {DAY: self.wanted},
            RULES: {DAY: OPEN},
        }
        cells = closed_where_refused(cells, self.lanes)
        self.lanes |= {lane.key: lane for lane in eased(cells, self.lanes)}
        said = without_refused(difference(cells, self.lanes), self.refused, self.lanes)
        lines = tuple(lines_of(said, self.lanes, weekdays=False))
        self.looked_at = False
        if not lines:
            return False
        self.messages += 1
        no = [place for place, one in enumerate(lines) if not self._take(one)]
        if dies:
            sent = Sent(lines, False)
            self.looked_at = True
        else:
            taken = tuple(n for n in range(len(lines)) if n not in no)
            sent = Sent(lines, True, taken, tuple((n, "402", "no") for n in no))
            self.looked_at = bool(to_look_at(self.lanes, [sent]))
            self.refused = tuple(RefusedValue(lines[n], "402", "no", NOW) for n in no)
        before = dict(self.lanes)
        self.lanes |= settled(before, [sent], (), 1)
        self.lanes |= answered(before, [sent])
        return True

    def told_anew(self) -> None:
        self.lanes = {lane.key: lane for lane in once_more(self.lanes)}
        self.refused = ()

    def rest(self) -> None:
        """Nobody changes anything, and nothing dies."""
        self.looked_at, sent = True, self.messages
        while self.looked_at:
            self.turn()
            assert self.messages - sent <= 2  # the price, then the closing or the opening

    def _take(self, said: object) -> bool:
        if isinstance(said, RateLine):
            if said.prices not in self.takes:
                return False
            self.price = said.prices
        elif isinstance(said, RestrictionLine):
            if said.restrictions.stop_sell and not self.closes:
                return False
            self.rules = said.restrictions
        return True


acts = st.lists(
    st.one_of(
        st.tuples(st.just("want"), st.sampled_from([OURS, OLD, OTHER])),
        st.tuples(st.just("refuse"), st.sampled_from([OURS, OLD, OTHER])),
        st.tuples(st.just("take"), st.sampled_from([OURS, OLD, OTHER])),
        st.tuples(st.sampled_from(["turn", "die", "anew"]), st.none()),
    ),
    max_size=25,
)


@modest
@given(acts, st.booleans())
def test_it_comes_to_rest_open_at_our_price_or_closed(
    steps: list[tuple[str, Prices | None]], closes: bool
) -> None:
    """Wherever a turn dies; and while it is closed for a refusal it opens only at our price."""
    channel = Picky(closes=closes)
    for act, prices in steps:
        before = (channel.rules, channel.price)
        match act:
            case "want":
                channel.wanted = prices or OURS
            case "refuse":
                channel.takes.discard(prices or OURS)
            case "take":
                channel.takes.add(prices or OURS)
            case "anew":
                channel.told_anew()
            case _:
                channel.turn(dies=act == "die")
                if before[0].stop_sell and not channel.rules.stop_sell:
                    assert before[1] == channel.wanted
    channel.rest()
    if channel.rules == OPEN:
        assert channel.price == channel.wanted or not closes
    else:
        assert channel.lanes[REFUSED].values
    channel.takes, channel.closes = {OURS, OLD, OTHER}, True
    channel.told_anew()
    channel.rest()
    assert (channel.rules, channel.price) == (OPEN, channel.wanted)
    assert not channel.lanes.get(REFUSED, Lane(REFUSED)).values
