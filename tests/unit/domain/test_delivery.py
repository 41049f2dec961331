import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.delivery import DeliveryState, Fault, RetrySchedule, Sent, fault_of, judge
from tests.unit.domain.given import modest

SCHEDULE = RetrySchedule()
D = DeliveryState


def a_sent(status: int | None, retry_after_s: float | None = None) -> Sent:
    fault = Fault.NETWORK if status is None else fault_of(status)
    return Sent(status, fault, 10, retry_after_s=retry_after_s)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(status: int) -> None:
    outcome = judge(a_sent(status), attempts=1, schedule=SCHEDULE, chance=0.5)
    assert (outcome.state, outcome.wait_s, outcome.disable) == (D.SUCCEEDED, None, False)


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
    assert judge(a_sent(status), attempts=1, schedule=SCHEDULE, chance=0.5).state is D.DUE


@pytest.mark.parametrize("attempts", [1, 5, 11, 12])
def test_410_disables_and_stops_at_any_attempt(attempts: int) -> None:
    outcome = judge(a_sent(410), attempts=attempts, schedule=SCHEDULE, chance=0.5)
    assert (outcome.state, outcome.wait_s, outcome.disable) == (D.CANCELLED, None, True)


def test_the_schedule_is_followed_and_then_it_is_over() -> None:
    waits = [
        judge(a_sent(None), attempts=n, schedule=SCHEDULE, chance=0.5).wait_s for n in range(1, 12)
    ]
    assert waits == [*SCHEDULE.delays_s, None]
    last = judge(a_sent(None), attempts=11, schedule=SCHEDULE, chance=0.5)
    assert last.state is D.EXHAUSTED


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
    wait = judge(a_sent(status, after), attempts=attempts, schedule=SCHEDULE, chance=chance).wait_s
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
        sent = a_sent(status, hint)
        waits = judge(sent, attempts=attempts, schedule=SCHEDULE, chance=chance).wait_s
        assert waits is not None
        return waits

    usual = wait(None)
    assert wait(after) == max(usual, min(after, SCHEDULE.retry_after_max_s))
