from datetime import datetime, timedelta

import pytest

from core.domain.submission import (
    CHECKS_S,
    MAX_SUBMISSIONS,
    REQUEST_CHECKS_S,
    Absent,
    asked,
    certain_at,
    on_absence,
    send,
)
from tests.unit.domain.given import NOW, a_submission

SECOND = timedelta(seconds=1)


def test_a_sending_names_when_it_can_no_longer_be_in_flight() -> None:
    first = send(NOW, 60)
    assert first.sent_by == NOW + 60 * SECOND
    assert first.check_at == first.sent_by + CHECKS_S[0] * SECOND
    again = send(NOW + 600 * SECOND, 60, first)
    assert (again.times, again.checks, again.sent_at) == (2, 0, NOW + 600 * SECOND)


@pytest.mark.parametrize("schedule", [CHECKS_S, REQUEST_CHECKS_S])
def test_every_question_of_the_schedule_is_asked_once(schedule: tuple[int, ...]) -> None:
    submission, now, waits = a_submission(), NOW, []
    while (next_ := asked(submission, now, schedule)) is not None:
        waits.append((next_.check_at - now).total_seconds())
        submission, now = next_, next_.check_at
    assert waits == list(schedule[1:])


@pytest.mark.parametrize(
    ("certain_after", "after_sending", "again", "times", "what"),
    [
        (None, 0, True, 1, Absent.ASK_PERSON),
        (None, 10**6, True, 1, Absent.ASK_PERSON),
        (None, 10**6, False, 2, Absent.ASK_PERSON),
        (60.0, 59.999, True, 1, Absent.WAIT),
        (60.0, 59.999, False, 2, Absent.WAIT),
        (60.0, 60, True, 1, Absent.SEND_AGAIN),
        (60.0, 60, True, 2, Absent.FAIL),
        (60.0, 60, False, 1, Absent.FAIL),
        (0.0, 0, True, 1, Absent.SEND_AGAIN),
        (0.0, -0.001, True, 1, Absent.WAIT),
    ],
)
def test_what_absence_means(
    certain_after: float | None, after_sending: float, again: bool, times: int, what: Absent
) -> None:
    submission = a_submission(times=times)
    now: datetime = submission.sent_by + timedelta(seconds=after_sending)
    assert (
        on_absence(submission, now, absence_certain_after_s=certain_after, may_send_again=again)
        is what
    )


def test_nothing_is_sent_more_than_twice() -> None:
    sent = a_submission(times=MAX_SUBMISSIONS)
    late = sent.sent_by + timedelta(days=1)
    assert MAX_SUBMISSIONS == 2
    assert (
        on_absence(sent, late, absence_certain_after_s=0, may_send_again=True)
        is not Absent.SEND_AGAIN
    )


def test_absence_is_certain_at_the_very_instant() -> None:
    submission = a_submission()
    at = certain_at(submission, 120)
    for now, what in ((at - SECOND, Absent.WAIT), (at, Absent.SEND_AGAIN)):
        assert on_absence(submission, now, absence_certain_after_s=120, may_send_again=True) is what
