"""An unsafe call in flight: what was sent, and when to ask what became of it.

One rule for bookings, cancellations, amendments, payments and refunds: a call that
may have reached the other side is never repeated blindly. We ask under our own
reference until we know, then settle, send once more, or call a person.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import msgspec

# Seconds between questions; after the last one a person is called.
CHECKS_S = (15, 30, 60, 120, 300, 600, 1800, 3600, 3600, 7200, 14400, 28800)
# An on-request booking waits for a hotel, not for a lost answer: ask for a week.
REQUEST_CHECKS_S = (300, 900, 1800, 3600, *([7200] * 84))
# A customer pays and a bank settles when they like: ask for as long as it is open, at last hourly.
WAITING_CHECKS_S = (600, 600, 1200, 1800, 3600)
MAX_SUBMISSIONS = 2
# A vendor that can never prove absence is asked this often before a person is called.
CHECKS_BEFORE_PERSON = 5


class Submission(msgspec.Struct, frozen=True):
    """times: how often it was sent. sent_by: no call is in flight after this instant.

    check_at: when to ask next. checks: how often it was asked.
    """

    sent_at: datetime
    sent_by: datetime
    check_at: datetime
    times: int = 1
    checks: int = 0

    @property
    def again(self) -> bool:
        """It was sent before: an outage now says nothing of that sending."""
        return self.times > 1


def send(now: datetime, deadline_s: float, before: Submission | None = None) -> Submission:
    """Record, before the call, that it is about to be made with *deadline_s* to answer."""
    gone = now + timedelta(seconds=deadline_s)
    times = before.times + 1 if before else 1
    check_at = gone + timedelta(seconds=CHECKS_S[0])
    return Submission(sent_at=now, sent_by=gone, check_at=check_at, times=times)


def asked(
    submission: Submission, now: datetime, schedule: tuple[int, ...] = CHECKS_S
) -> Submission | None:
    """One question later: when to ask again; None when the schedule is used up."""
    checks = submission.checks + 1
    if checks >= len(schedule):
        return None
    return msgspec.structs.replace(
        submission, checks=checks, check_at=now + timedelta(seconds=schedule[checks])
    )


def sent_again(before: Submission, now: datetime, deadline_s: float) -> Submission | None:
    """Record, before the call, that it is repeated under its own key, which has one effect:
    that is a question too. None when the schedule is used up."""
    after = asked(before, now)
    if after is None:
        return None
    gone = now + timedelta(seconds=deadline_s)
    check_at = max(after.check_at, gone + timedelta(seconds=CHECKS_S[0]))
    return msgspec.structs.replace(
        after, sent_at=now, sent_by=gone, check_at=check_at, times=before.times + 1
    )


def waiting(
    submission: Submission, now: datetime, schedule: tuple[int, ...] = WAITING_CHECKS_S
) -> Submission:
    """One question later about what is known to be open: its questions never end."""
    wait = schedule[min(submission.checks, len(schedule) - 1)]
    check_at = now + timedelta(seconds=wait)
    return msgspec.structs.replace(submission, checks=submission.checks + 1, check_at=check_at)


class Absent(enum.Enum):
    """What to do when the other side does not find our reference."""

    WAIT = "wait"
    SEND_AGAIN = "send again"
    FAIL = "fail"
    ASK_PERSON = "ask a person"


def on_absence(
    submission: Submission,
    now: datetime,
    *,
    absence_certain_after_s: float | None,
    may_send_again: bool,
) -> Absent:
    """Not found is absence only when the vendor can be sure of it.

    absence_certain_after_s: seconds after the last possible sending from which the
    vendor's "not found" is final; None: it never is.
    """
    if absence_certain_after_s is None:
        return Absent.ASK_PERSON
    if now < submission.sent_by + timedelta(seconds=absence_certain_after_s):
        return Absent.WAIT
    if may_send_again and submission.times < MAX_SUBMISSIONS:
        return Absent.SEND_AGAIN
    return Absent.FAIL


def certain_at(submission: Submission, absence_certain_after_s: float) -> datetime:
    return submission.sent_by + timedelta(seconds=absence_certain_after_s)
