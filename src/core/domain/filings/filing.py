"""Reports owed to the regulator: what each wants, what is missing, when it is due, and its end.

Where the rules come from: Law 8/2019 with its amendment 14/2025 (article 87A), ministerial
regulation 8/2018 (article 11: register electronically, depart within six months) and 6/2021
(escrow deposit), and the ministry's word of September 2023 that returns are reported within ten
days. docs/filings.md says what a person must still read.
"""

from __future__ import annotations

import calendar
import enum
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from core.domain.filings.departure import Departure, Pilgrim, PilgrimState

DEPART_WITHIN_MONTHS = 6
RETURN_WITHIN_DAYS = 10
# Days before the last one on which somebody is told; the last is the day itself.
REMIND_BEFORE = (30, 14, 7, 3, 1, 0)
REMIND_AT = time(8, 0)


class FilingKind(enum.StrEnum):
    """registration: who is registered, before they depart. departure: who left. return: who
    came back."""

    REGISTRATION = "registration"
    DEPARTURE = "departure"
    RETURN = "return"


class FilingState(enum.StrEnum):
    OPEN = "open"
    FILED = "filed"
    CANCELLED = "cancelled"


class Filed(msgspec.Struct, frozen=True):
    """What the operator brought back from the regulator. number: the filing's there.

    evidence: what proves it, in words or as the address of a kept document.
    """

    number: str
    evidence: str
    at: datetime
    by: str


class Filing(msgspec.Struct, frozen=True):
    """One report of one departure. due_on: the last day, local to the departure's office.

    reminded: how many days before due_on somebody was told last; None: nobody yet. overdue: it
    was told that the day has passed.
    """

    id: str
    departure: str
    connection: str
    kind: FilingKind
    due_on: date
    timezone: str
    created_at: datetime
    updated_at: datetime
    state: FilingState = FilingState.OPEN
    reminded: int | None = None
    overdue: bool = False
    filed: Filed | None = None
    check_at: datetime | None = None


class Reminder(msgspec.Struct, frozen=True):
    """days_left: 0 on the last day; None: the day has passed."""

    days_left: int | None


def due_on(kind: FilingKind, departure: Departure, pilgrims: tuple[Pilgrim, ...]) -> date:
    """The last day of a report. Registration: six months from the first that registered would
    be the last day to depart, and the report stands before the group leaves."""
    match kind:
        case FilingKind.REGISTRATION:
            return min([departure.left_on, *(depart_by(p) for p in _travelling(pilgrims))])
        case FilingKind.DEPARTURE:
            return departure.left_on
        case FilingKind.RETURN:
            return departure.back_on + timedelta(days=RETURN_WITHIN_DAYS)


def depart_by(pilgrim: Pilgrim) -> date:
    """The last day on which the pilgrim may still depart."""
    return months_after(pilgrim.registered_on, DEPART_WITHIN_MONTHS)


def months_after(day: date, months: int) -> date:
    """The same day that many months on, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def opened(
    id: str,
    kind: FilingKind,
    departure: Departure,
    pilgrims: tuple[Pilgrim, ...],
    now: datetime,
) -> Filing:
    filing = Filing(
        id=id,
        departure=departure.id,
        connection=departure.connection,
        kind=kind,
        due_on=due_on(kind, departure, pilgrims),
        timezone=departure.plan.timezone,
        created_at=now,
        updated_at=now,
    )
    return msgspec.structs.replace(filing, check_at=_next_check(filing))


def rescheduled(
    filing: Filing, departure: Departure, pilgrims: tuple[Pilgrim, ...], now: datetime
) -> Filing:
    """As the departure stands now; reminders begin anew when the day moves."""
    if filing.state is not FilingState.OPEN:
        return filing
    if departure.cancelled:
        return msgspec.structs.replace(
            filing, state=FilingState.CANCELLED, check_at=None, updated_at=now
        )
    due = due_on(filing.kind, departure, pilgrims)
    if due == filing.due_on:
        return filing
    moved = msgspec.structs.replace(
        filing, due_on=due, reminded=None, overdue=False, updated_at=now
    )
    return msgspec.structs.replace(moved, check_at=_next_check(moved))


def reminded(filing: Filing, now: datetime) -> tuple[Filing, Reminder | None]:
    """What somebody is told now, if anything, and when to look again."""
    if filing.state is not FilingState.OPEN:
        return msgspec.structs.replace(filing, check_at=None), None
    left = (filing.due_on - now.astimezone(ZoneInfo(filing.timezone)).date()).days
    reminder: Reminder | None = None
    if left < 0 and not filing.overdue:
        filing, reminder = msgspec.structs.replace(filing, overdue=True), Reminder(None)
    elif left >= 0:
        due = [days for days in REMIND_BEFORE if left <= days]
        if due and (filing.reminded is None or min(due) < filing.reminded):
            filing = msgspec.structs.replace(filing, reminded=min(due))
            reminder = Reminder(left)
    return msgspec.structs.replace(filing, check_at=_next_check(filing)), reminder


def filed(filing: Filing, number: str, evidence: str, by: str, now: datetime) -> Filing:
    """The operator filed it by hand and says under which number."""
    return msgspec.structs.replace(
        filing,
        state=FilingState.FILED,
        filed=Filed(number, evidence, now, by),
        check_at=None,
        updated_at=now,
    )


def reopened(filing: Filing, now: datetime) -> Filing:
    """The number was wrong, or the regulator sent it back."""
    open_ = msgspec.structs.replace(
        filing, state=FilingState.OPEN, filed=None, reminded=None, overdue=False, updated_at=now
    )
    return msgspec.structs.replace(open_, check_at=_next_check(open_))


def _next_check(filing: Filing) -> datetime | None:
    """The morning of the next day on which there is something to tell; None: all was told."""
    if filing.overdue:
        return None
    left = [days for days in REMIND_BEFORE if filing.reminded is None or days < filing.reminded]
    return _morning(filing, filing.due_on - timedelta(days=max(left, default=-1)))


def _morning(filing: Filing, day: date) -> datetime:
    return datetime.combine(day, REMIND_AT, ZoneInfo(filing.timezone)).astimezone(UTC)


def _travelling(pilgrims: tuple[Pilgrim, ...]) -> tuple[Pilgrim, ...]:
    return tuple(p for p in pilgrims if p.state is PilgrimState.REGISTERED)
