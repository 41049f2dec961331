from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.webhooks.delivery import (
    DeliveryState,
    Fault,
    Outcome,
    Sent,
    fault_of,
    judge,
    spared,
)
from core.domain.webhooks.retry import RetrySchedule
from tests.unit.domain.given import modest

SCHEDULE = RetrySchedule()
D = DeliveryState


def a_sent(status: int | None, retry_after_s: float | None = None) -> Sent:
    fault = Fault.NETWORK if status is None else fault_of(status)
    return Sent(status, fault, 10, retry_after_s=retry_after_s)


def judged(
    sent: Sent, failures: int = 1, *, chance: float = 0.5, age_s: float = 0.0, **other: Any
) -> Outcome:
    other = {"schedule": SCHEDULE, **other}
    return judge(sent, failures=failures, age_s=age_s, chance=chance, **other)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(status: int) -> None:
    outcome = judged(a_sent(status))
    assert (outcome.state, outcome.wait_s) == (D.SUCCEEDED, None)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (301, Fault.PARTNER_CONFIG),
        (302, Fault.PARTNER_CONFIG),
        (400, Fault.PARTNER_CONFIG),
        (404, Fault.PARTNER_CONFIG),
        (429, Fault.PARTNER_BUSY),
        (500, Fault.PARTNER_DOWN),
        (502, Fault.PARTNER_DOWN),
        (503, Fault.PARTNER_BUSY),
        (504, Fault.PARTNER_DOWN),
    ],
)
def test_whose_fault_it_is(status: int, fault: Fault) -> None:
    assert fault_of(status) is fault
    assert judged(a_sent(status)).state is D.DUE


@pytest.mark.parametrize("attempts", [1, 5, 11, 12])
def test_410_stops_at_any_attempt(attempts: int) -> None:
    outcome = judged(a_sent(410), attempts)
    assert (outcome.state, outcome.wait_s) == (D.CANCELLED, None)


def test_the_schedule_is_followed_and_then_it_is_over() -> None:
    waits = [judged(a_sent(None), n).wait_s for n in range(1, 12)]
    assert waits == [*SCHEDULE.delays_s, None]
    assert judged(a_sent(None), 11).state is D.EXHAUSTED


def test_our_own_faults_cost_no_retry_and_wait_little() -> None:
    outcome = judged(Sent(None, Fault.OURS, 1), 11)
    assert outcome == Outcome(D.DUE, wait_s=30.0, charged=False)


def test_the_wait_after_our_own_faults_doubles_up_to_a_bound() -> None:
    ours = Sent(None, Fault.OURS, 1)
    waits = [judged(ours, 1, uncharged=n).wait_s for n in (0, 1, 2, 3, 5, 6, 20_000)]
    assert waits == [30, 30, 60, 120, 480, 900, 900]


def test_a_delivery_is_given_up_when_it_is_too_old_however_few_its_attempts() -> None:
    schedule = RetrySchedule(delays_s=(60, 60, 60), give_up_after_s=100)
    assert judged(a_sent(500), 1, age_s=39, schedule=schedule).state is D.DUE
    assert judged(a_sent(500), 1, age_s=41, schedule=schedule).state is D.EXHAUSTED
    late = judged(Sent(None, Fault.OURS, 1), 1, age_s=80, schedule=schedule)
    assert (late.state, late.charged) == (D.EXHAUSTED, False)


def test_what_would_be_stale_at_its_next_try_expires_now_and_is_no_failure() -> None:
    assert judged(a_sent(500), 2, valid_s=31).state is D.DUE
    assert judged(a_sent(500), 2, valid_s=30).state is D.EXPIRED


def test_what_is_stale_or_superfluous_is_not_sent() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    later = now + timedelta(seconds=1)
    assert spared(superseded=False, valid_until=None, now=now) is None
    assert spared(superseded=False, valid_until=later, now=now) is None
    assert spared(superseded=False, valid_until=now, now=now) is D.EXPIRED
    assert spared(superseded=True, valid_until=now, now=now) is D.SUPERSEDED


@pytest.mark.parametrize(
    "wrong",
    [
        {"delays_s": (0,)},
        {"delays_s": (700_000,)},
        {"delays_s": (5,) * 31},
        {"jitter": -0.1},
        {"jitter": 0.6},
        {"jitter": float("nan")},
        {"retry_after_max_s": 0},
        {"give_up_after_s": 0},
        {"delays_s": (60, 5), "give_up_after_s": 59},
        {"give_up_after_s": 40 * 86400},
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"retry|jitter|Retry-After|given up"):
        RetrySchedule(**wrong)


@modest
@given(
    st.integers(1, 10),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([None, 302, 404, 500, 502]),
    st.none() | st.floats(0, 1e9),
)
def test_jitter_stays_within_its_share(
    attempts: int, chance: float, status: int | None, after: float | None
) -> None:
    wait = judged(a_sent(status, after), attempts, chance=chance).wait_s
    assert wait is not None
    middle = SCHEDULE.delays_s[attempts - 1]
    assert middle * 0.8 - 1e-6 <= wait <= middle * 1.2 + 1e-6


@modest
@given(
    st.integers(1, 10),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([429, 503]),
    st.floats(allow_nan=False),
)
def test_retry_after_lengthens_within_bounds_and_never_shortens(
    attempts: int, chance: float, status: int, after: float
) -> None:
    def wait(hint: float | None) -> float:
        waits = judged(a_sent(status, hint), attempts, chance=chance).wait_s
        assert waits is not None
        return waits

    usual = wait(None)
    assert wait(after) == max(usual, min(after, SCHEDULE.retry_after_max_s))
