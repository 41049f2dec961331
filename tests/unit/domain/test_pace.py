"""How fast an endpoint is served: the cap, the breaker, quarantine, and what is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.webhooks.delivery import Fault, Sent
from core.domain.webhooks.pace import Breaker, Pace, Pacing, Result, Signal, after, fresh

T0 = datetime(2026, 11, 22, 9, tzinfo=UTC)
MOST = 64
OK = Sent(204, Fault.NONE, 5)
DOWN = Sent(500, Fault.PARTNER_DOWN, 5)
LATE = Sent(None, Fault.PARTNER_DOWN, 15000)
BUSY = Sent(429, Fault.PARTNER_BUSY, 5)
WRONG = Sent(404, Fault.PARTNER_CONFIG, 5)
OURS = Sent(None, Fault.OURS, 5)
POLICY = Pacing()


def seconds(count: float) -> datetime:
    return T0 + timedelta(seconds=count)


def went(
    pace: Pace, *sent: Sent, at: float = 0.0, claimed: float | None = None, pacing: Pacing = POLICY
) -> tuple[Pace, tuple[Signal, ...]]:
    claimed_at = seconds(at if claimed is None else claimed)
    results = [Result(s, claimed_at) for s in sent]
    return after(pace, results, now=seconds(at), pacing=pacing, in_flight_max=MOST, chance=0.5)


def broken(at: float = 0.0) -> Pace:
    pace, _ = went(fresh("end_1", POLICY, MOST), *[DOWN] * 10, at=at)
    assert pace.breaker is Breaker.OPEN
    return pace


def test_successes_double_the_cap_each_round_up_to_what_the_endpoint_allows() -> None:
    pace, caps = fresh("end_1", POLICY, MOST), []
    for _ in range(4):
        pace, told = went(pace, *[OK] * int(pace.cap))
        caps.append(pace.cap)
        assert told == ()
    assert caps == [16, 32, 64, 64]
    assert pace.at_rest(MOST)


def test_above_the_threshold_a_round_adds_one() -> None:
    pace = Pace("end_1", cap=16.0, threshold=16.0)
    pace, _ = went(pace, *[OK] * 16)
    assert pace.cap == pytest.approx(17, abs=0.1)


@pytest.mark.parametrize("sent", [DOWN, LATE, BUSY], ids=["5xx", "timeout", "429"])
def test_overload_halves_the_cap_once_for_what_was_in_flight_together(sent: Sent) -> None:
    pace = Pace("end_1", cap=32.0)
    pace, _ = went(pace, sent, sent, sent, at=20, claimed=5)
    assert (pace.cap, pace.threshold) == (16, 16)
    pace, _ = went(pace, sent, at=22, claimed=19)
    assert pace.cap == 16, "it began before the cut"
    pace, _ = went(pace, sent, at=23, claimed=21)
    assert pace.cap == 8


def test_a_refusal_of_one_message_does_not_slow_the_others() -> None:
    pace, _ = went(Pace("end_1", cap=32.0), WRONG)
    assert pace.cap == 32


@pytest.mark.parametrize("state", [Pace("end_1", cap=3.0), Pace("end_1", cap=1.0, failures=9)])
def test_a_fault_of_our_own_changes_nothing(state: Pace) -> None:
    assert went(state, OURS, OURS) == (state, ())


def test_retry_after_holds_the_whole_endpoint_within_bounds() -> None:
    asked = msgspec.structs.replace(BUSY, retry_after_s=40.0)
    pace, _ = went(fresh("end_1", POLICY, MOST), asked)
    assert pace.resume_at == seconds(40)
    assert pace.breaker is Breaker.CLOSED
    pace, _ = went(pace, msgspec.structs.replace(asked, retry_after_s=1e9))
    assert pace.resume_at == seconds(POLICY.retry_after_max_s)
    pace, _ = went(fresh("end_1", POLICY, MOST), msgspec.structs.replace(DOWN, retry_after_s=40.0))
    assert pace.resume_at is None, "only 429 and 503 may ask"


def test_the_breaker_opens_at_the_tenth_failure_in_a_row_and_not_before() -> None:
    pace, _ = went(fresh("end_1", POLICY, MOST), *[DOWN] * 9)
    assert pace.breaker is Breaker.CLOSED
    mended, _ = went(pace, OK)
    assert mended.failures == 0
    pace, told = went(pace, WRONG)
    assert (pace.breaker, pace.cap, pace.resume_at) == (Breaker.OPEN, 1, seconds(15))
    assert told == ()


def test_what_was_in_flight_when_it_opened_does_not_lengthen_the_pause() -> None:
    pace = broken()
    later, _ = went(pace, DOWN, DOWN, at=3, claimed=-1)
    assert (later.resume_at, later.pauses) == (pace.resume_at, pace.pauses)


def test_each_canary_that_fails_makes_a_longer_pause_up_to_a_bound() -> None:
    pace, waits = broken(), []
    for _ in range(8):
        assert pace.resume_at is not None
        at = (pace.resume_at - T0).total_seconds()
        pace, _ = went(pace, DOWN, at=at)
        assert pace.resume_at is not None
        waits.append((pace.resume_at - T0).total_seconds() - at)
    assert waits == [30, 60, 120, 300, 600, 600, 600, 600]


def test_one_success_closes_it_and_the_backlog_starts_slowly() -> None:
    pace, told = went(broken(), OK, at=16)
    assert (pace.breaker, pace.cap, pace.resume_at) == (Breaker.CLOSED, 1, None)
    assert told == (), "it was told of nothing"
    caps = []
    for _ in range(3):
        pace, _ = went(pace, *[OK] * int(pace.cap), at=17)
        caps.append(pace.cap)
    assert caps == [2, 4, 8]


def test_each_stage_is_told_once_then_quarantine_then_recovery() -> None:
    pace, told = broken(), []
    for hour in (11, 12, 13, 17, 18, 21, 22, 23, 24, 25):
        pace, signals = went(pace, DOWN, at=hour * 3600)
        told.append((hour, pace.warned, signals))
    assert [t for t in told if t[2]] == [
        (12, 50, (Signal.FAILING,)),
        (17, 70, (Signal.FAILING,)),
        (22, 90, (Signal.FAILING,)),
        (24, 90, (Signal.QUARANTINED,)),
    ]
    assert pace.breaker is Breaker.QUARANTINED
    assert pace.resume_at == seconds(25 * 3600 + POLICY.canary_s)
    pace, signals = went(pace, OK, at=26 * 3600)
    assert signals == (Signal.RECOVERED,)
    assert (pace.breaker, pace.failing_since, pace.warned, pace.cap) == (Breaker.CLOSED, None, 0, 1)


def test_it_is_told_of_recovery_only_when_it_was_told_of_failing() -> None:
    pace, signals = went(broken(), DOWN, at=12 * 3600)
    assert signals == (Signal.FAILING,)
    _, signals = went(pace, OK, at=13 * 3600)
    assert signals == (Signal.RECOVERED,)


def test_each_part_of_the_policy_can_be_switched_off() -> None:
    off = Pacing(adaptive=False, breaker_after=None, quarantine_after_s=None)
    pace = fresh("end_1", off, MOST)
    pace, told = went(pace, *[LATE] * 100, at=90_000_000, claimed=0, pacing=off)
    assert (pace.cap, pace.breaker, told) == (8, Breaker.CLOSED, ())
    pace, _ = went(pace, *[OK] * 100, pacing=off)
    assert pace.cap == 8


def test_a_cap_that_does_not_adapt_is_itself_again_after_the_breaker() -> None:
    fixed = Pacing(adaptive=False, breaker_after=1)
    pace, _ = went(fresh("end_1", fixed, MOST), DOWN, pacing=fixed)
    assert (pace.breaker, pace.cap) == (Breaker.OPEN, 1)
    pace, _ = went(pace, OK, at=60, pacing=fixed)
    assert (pace.breaker, pace.cap, pace.resume_at) == (Breaker.CLOSED, 8, None)


def test_a_cap_above_what_the_endpoint_allows_comes_down_with_its_next_success() -> None:
    pace = Pace("end_1", cap=9.0)
    assert not pace.at_rest(4)
    pace, _ = after(pace, [Result(OK, T0)], now=T0, pacing=POLICY, in_flight_max=4, chance=0.5)
    assert pace.cap == 4
    assert pace.at_rest(4)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([OK, DOWN, LATE, BUSY, WRONG, OURS]),
            st.floats(0, 50000),
            st.floats(0, 1),
        ),
        max_size=60,
    ),
    st.integers(1, 64),
)
def test_whatever_comes_the_pace_keeps_its_bounds(
    steps: list[tuple[Sent, float, float]], most: int
) -> None:
    pace, at, warned = fresh("end_1", POLICY, most), 0.0, 0
    for sent, passed, chance in steps:
        claimed_at, at = seconds(at), at + passed
        pace, signals = after(
            pace,
            [Result(sent, claimed_at)],
            now=seconds(at),
            pacing=POLICY,
            in_flight_max=most,
            chance=min(chance, 0.999),
        )
        assert 1 <= pace.cap <= most
        assert (pace.failing_since is None) == (pace.failures == 0)
        assert pace.breaker is Breaker.CLOSED or pace.resume_at is not None
        if sent is OK:
            assert pace.breaker is Breaker.CLOSED
        assert len(signals) <= 1
        if Signal.FAILING in signals:
            assert pace.warned > warned
        warned = pace.warned
