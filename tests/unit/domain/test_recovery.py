"""What a recovery sends, when it waits, and that it sends each wanted event exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.problem import Conflict, Invalid
from core.domain.webhooks import recovery as rules
from core.domain.webhooks import recovery_moves as moves
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import Endpoint, EndpointState, Partner, Sees
from core.domain.webhooks.recovery import NewRecovery, Recovery, RecoveryState, Tally
from core.domain.webhooks.recovery_moves import CHUNK, SPAN, WAITING_MAX, Send, Stop, Wait
from tests.unit.domain.given import NOW, modest

S = RecoveryState
END = 410
HOUR = timedelta(hours=1)
KNOWN = ("booking.confirmed", "booking.cancelled", "payment.opened")
ENDPOINT = Endpoint("end_1", "ptn_1", "https://x.test", ("booking.*",), NOW, ())
PARTNER = Partner("ptn_1", "Portal", NOW)
NEW = NewRecovery("end_1", NOW - HOUR)
TALLY = Tally({"booking.confirmed": 300}, NOW - HOUR, NOW, 11, 410)


def a_recovery(new: NewRecovery = NEW, tally: Tally = TALLY, **other: Any) -> Recovery:
    wanted = rules.bounded(new, ENDPOINT, KNOWN, NOW)
    made = moves.start("rcv_1", new, ENDPOINT, wanted, tally, now=NOW, by="key_1", reason="why")
    return msgspec.structs.replace(made, **other)


def a_new(**other: Any) -> NewRecovery:
    return msgspec.structs.replace(NEW, **other)


def test_it_starts_before_the_first_event_and_ends_at_the_last() -> None:
    made = a_recovery()
    assert (made.state, made.cursor, made.end, made.total) == (S.RUNNING, 10, 410, 300)
    assert (made.until, made.check_at, made.types) == (NOW, NOW, ("booking.*",))
    assert (made.left, made.share, made.left_s) == (300, 0.0, 30.0)


def test_with_nothing_to_send_it_is_done_at_once() -> None:
    made = a_recovery(tally=Tally({}))
    assert (made.state, made.check_at, made.finished_at) == (S.DONE, None, NOW)
    assert (made.left, made.share, made.left_s) == (0, 1.0, None)


@pytest.mark.parametrize(
    ("other", "pointers"),
    [
        ({"since": NOW}, ["/since"]),
        ({"since": NOW + HOUR}, ["/since"]),
        ({"until": NOW - 2 * HOUR}, ["/since"]),
        ({"pace_per_s": 0}, ["/pace_per_s"]),
        ({"pace_per_s": 501}, ["/pace_per_s"]),
        ({"types": ("booking.confirmed", "payment.*")}, ["/types/1"]),
        ({"types": ("nonsense",)}, ["/types/0"]),
        ({"since": NOW, "pace_per_s": 0, "types": ("x",)}, ["/since", "/pace_per_s", "/types/0"]),
        ({"until": datetime.min.replace(tzinfo=UTC)}, ["/since"]),
    ],
)
def test_every_fault_of_a_wish_is_named(other: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        rules.bounded(a_new(**other), ENDPOINT, KNOWN, NOW)
    assert [f.pointer for f in refused.value.faults] == pointers


def test_the_bounds_of_time_are_those_in_which_events_are() -> None:
    first = datetime.min.replace(tzinfo=UTC)
    wanted = rules.bounded(a_new(since=first, until=NOW + HOUR), ENDPOINT, KNOWN, NOW)
    assert (wanted.since, wanted.until) == (rules.EPOCH, NOW)


def test_types_are_those_the_endpoint_asks_for_and_those_named() -> None:
    assert rules.bounded(NEW, ENDPOINT, KNOWN, NOW).types == (("booking.*",),)
    named = rules.bounded(a_new(types=("*",)), ENDPOINT, KNOWN, NOW)
    assert named.types == (("booking.*",), ("*",))


@pytest.mark.parametrize(("sees", "partner"), [(Sees.OWN, "ptn_1"), (Sees.ALL, None)])
def test_a_partner_gets_what_it_may_see(sees: Sees, partner: str | None) -> None:
    its = msgspec.structs.replace(PARTNER, sees=sees)
    asked = rules.seen_by(rules.bounded(NEW, ENDPOINT, KNOWN, NOW), its)
    assert asked.partner == partner
    assert rules.wanted_by(a_recovery(), ENDPOINT, its, NOW) == asked


def open_since(hours: int, breaker: Breaker = Breaker.OPEN) -> Pace:
    return Pace("end_1", 1.0, breaker=breaker, failing_since=NOW - timedelta(hours=hours))


FAILING = "waits: the endpoint is failing since 2026-11-22 07:00Z"


@pytest.mark.parametrize(
    ("pace", "waiting", "per_s", "does"),
    [
        (None, 0, 10, Send(10, END)),
        (Pace("end_1", 8.0), 0, 10, Send(10, END)),
        (Pace("end_1", 8.0), 0, 500, Send(CHUNK, END)),
        (Pace("end_1", 8.0), WAITING_MAX - 3, 10, Send(3, END)),
        (
            Pace("end_1", 8.0),
            WAITING_MAX,
            10,
            Wait("waits: 1,000 deliveries or more to the endpoint are unfinished"),
        ),
        (open_since(2), 5, 10, Wait(FAILING)),
        (open_since(2, Breaker.QUARANTINED), 5, 10, Wait(FAILING)),
        (open_since(2), 0, 10, Send(1, END, FAILING)),
    ],
)
def test_what_a_tick_does(pace: Pace | None, waiting: int, per_s: int, does: object) -> None:
    assert moves.decide(a_recovery(pace_per_s=per_s), ENDPOINT, pace, waiting) == does


def test_a_disabled_endpoint_stops_it_and_says_why() -> None:
    off = msgspec.structs.replace(
        ENDPOINT, state=EndpointState.DISABLED, disabled_reason="410 Gone"
    )
    does = moves.decide(a_recovery(), off, None, 0)
    assert does == Stop("the endpoint is disabled (410 Gone); enable it, then resume")
    with pytest.raises(Conflict) as refused:
        moves.need_active(off)
    assert refused.value.code == "endpoint_disabled"


def test_a_tick_moves_the_cursor_and_the_counts_together() -> None:
    after = moves.advance(a_recovery(), range(13, 23), Send(10, END), NOW)
    assert (after.cursor, after.looked_at, after.sent) == (22, 12, 10)
    assert after.check_at == NOW + timedelta(seconds=1)
    assert (after.state, after.left, after.left_s) == (S.RUNNING, 290, 29.0)


@pytest.mark.parametrize(
    ("late_s", "due_s"), [(0.0, 1.0), (0.5, 0.5), (3.0, -2.0), (5.9, -4.9), (3600.0, -5.0)]
)
def test_a_tick_that_comes_late_makes_up_for_a_little(late_s: float, due_s: float) -> None:
    now = NOW + timedelta(seconds=late_s)
    after = moves.advance(a_recovery(), range(13, 23), Send(10, END), now)
    assert after.check_at == now + timedelta(seconds=due_s)


@pytest.mark.parametrize(("positions", "limit"), [([], 10), ([40, 41, 42], 10), ([400, 410], 2)])
def test_it_is_done_when_nothing_more_is_found(positions: list[int], limit: int) -> None:
    after = moves.advance(a_recovery(), positions, Send(limit, END), NOW)
    assert (after.state, after.cursor, after.check_at) == (S.DONE, 410, None)
    assert (after.finished_at, after.share, after.looked_at) == (NOW, 1.0, 400)


def test_a_tick_looks_at_no_more_of_the_feed_than_a_span() -> None:
    long = a_recovery(end=10 + 2 * SPAN + 5)
    order = moves.decide(long, ENDPOINT, None, 0)
    assert order == Send(10, 10 + SPAN)
    assert isinstance(order, Send)
    after = moves.advance(long, [500], order, NOW)
    assert (after.state, after.cursor, after.sent) == (S.RUNNING, 10 + SPAN, 1)
    assert after.check_at == NOW + timedelta(seconds=0.1)
    nothing = moves.advance(after, [], Send(10, 10 + 2 * SPAN), NOW)
    assert (nothing.cursor, nothing.check_at) == (10 + 2 * SPAN, after.check_at)
    assert moves.decide(nothing, ENDPOINT, None, 0) == Send(10, long.end)


def test_a_wait_says_why_and_looks_again() -> None:
    after = moves.wait(a_recovery(), Wait("waits: x"), NOW)
    assert (after.state, after.note) == (S.RUNNING, "waits: x")
    assert after.check_at == NOW + timedelta(seconds=moves.WAIT_S)
    assert moves.advance(after, [12], Send(1, END), NOW).note == ""


def in_state(state: RecoveryState) -> Recovery:
    made = a_recovery(note="waits: x")
    return {
        S.RUNNING: made,
        S.PAUSED: moves.pause(made),
        S.DONE: moves.advance(made, [], Send(1, END), NOW),
        S.CANCELLED: moves.cancel(made, NOW),
    }[state]


MOVES: dict[str, Callable[[Recovery], Recovery]] = {
    "pause": moves.pause,
    "resume": lambda r: moves.resume(r, NOW),
    "cancel": lambda r: moves.cancel(r, NOW),
    "pace": lambda r: moves.at_pace(r, 20, NOW),
}
TABLE = {
    ("pause", S.RUNNING): S.PAUSED,
    ("pause", S.PAUSED): S.PAUSED,
    ("resume", S.RUNNING): S.RUNNING,
    ("resume", S.PAUSED): S.RUNNING,
    ("cancel", S.RUNNING): S.CANCELLED,
    ("cancel", S.PAUSED): S.CANCELLED,
    ("cancel", S.CANCELLED): S.CANCELLED,
    ("pace", S.RUNNING): S.RUNNING,
    ("pace", S.PAUSED): S.PAUSED,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("move", MOVES)
def test_every_move_from_every_state(move: str, state: RecoveryState) -> None:
    before = in_state(state)
    if (move, state) not in TABLE:
        with pytest.raises(Conflict, match=f"the recovery is {state}; start another"):
            MOVES[move](before)
        return
    after = MOVES[move](before)
    assert after.state is TABLE[move, state]
    assert (after.check_at is None) == (after.state is not S.RUNNING)
    assert (after.finished_at is None) == (after.state is not S.CANCELLED)
    if after.state is state and move != "pace":
        assert after == before
    if move == "pace":
        assert after.pace_per_s == 20


@pytest.mark.parametrize("pace", [-1, 0, 501])
def test_no_such_pace(pace: int) -> None:
    with pytest.raises(Invalid):
        moves.at_pace(a_recovery(), pace, NOW)


def test_a_second_one_is_refused_and_the_first_is_named() -> None:
    moves.need_alone(None)
    with pytest.raises(Conflict, match="rcv_1 is running") as refused:
        moves.need_alone(a_recovery())
    assert (refused.value.code, refused.value.resource) == ("recovery_running", "rcv_1")


STEPS = st.sampled_from(["tick", "killed", "pause", "resume", "delivered", "told", "pace"])


class Feed:
    """A feed and what an endpoint got of it, kept as a store keeps them: a tick that is killed
    leaves nothing behind."""

    def __init__(self, wanted: list[bool]) -> None:
        self.missed = {place for place, is_wanted in enumerate(wanted, 1) if is_wanted}
        self.counted = frozenset(self.missed)
        self.otherwise: set[int] = set()
        self.sent: list[int] = []
        self.last = len(wanted)
        ends = (min(self.missed), max(self.missed)) if self.missed else (0, 0)
        types = {"booking.confirmed": len(self.missed)} if self.missed else {}
        self.recovery = a_recovery(a_new(pace_per_s=3), Tally(types, NOW, NOW, *ends))

    def step(self, step: str, now: datetime) -> None:
        r = self.recovery
        if step in ("tick", "killed") and r.state is S.RUNNING:
            order = moves.decide(r, ENDPOINT, None, 0)
            assert isinstance(order, Send)
            found = sorted(p for p in self.missed if r.cursor < p <= order.up_to)[: order.limit]
            after = moves.advance(r, found, order, now)
            if step == "tick":
                self.recovery = after
                self.sent += found
                self.missed -= set(found)
        elif step == "delivered" and self.missed:
            taken = max(self.missed)
            self.missed.discard(taken)
            self.otherwise.add(taken)
        elif step == "told":
            self.last += 1
            self.missed.add(self.last)  # after it began: not its business
        elif r.state in rules.FINISHED:
            return
        elif step in ("pause", "resume", "pace"):
            either = {"pause": moves.pause(r), "resume": moves.resume(r, now)}
            self.recovery = either.get(step) or moves.at_pace(r, 7, now)


@modest
@given(
    st.lists(st.booleans(), max_size=40), st.lists(STEPS, max_size=60), st.sampled_from([2, 5, 99])
)
def test_whatever_happens_each_wanted_event_is_sent_exactly_once(
    wanted: list[bool], steps: list[str], span: int
) -> None:
    feed = Feed(wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "SPAN", span)
        for number, step in enumerate([*steps, "resume", *["tick"] * 40]):
            before = feed.recovery
            feed.step(step, NOW + timedelta(seconds=number))
            assert feed.recovery.cursor >= before.cursor
            assert 0.0 <= feed.recovery.share <= 1.0
    assert feed.recovery.state is S.DONE
    assert feed.sent == sorted(feed.counted - feed.otherwise)
    assert feed.recovery.sent == len(feed.sent)
