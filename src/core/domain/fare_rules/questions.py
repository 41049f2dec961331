"""What an agent asks of the rules of a fare. That we do not know is an answer of its own."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime

import msgspec

from core.domain.fare_rules.rules import Act, FareRules, When
from core.domain.fare_rules.ruling import Ruling, ruling
from core.domain.fare_rules.text import Part
from core.domain.fare_rules.timing import Deadline


def can_change(
    rules: FareRules,
    at: datetime,
    departure: datetime,
    *,
    passenger: str = "ADT",
    no_show: bool = False,
) -> Ruling:
    """Whether a change asked at *at* is permitted, and against what.

    at, departure: aware; of the journey's first flight. no_show: a flight was missed unannounced.
    """
    return _asked(rules, Act.CHANGE, at, departure, passenger, no_show)


def refund_at(
    rules: FareRules,
    at: datetime,
    departure: datetime,
    *,
    passenger: str = "ADT",
    no_show: bool = False,
) -> Ruling:
    """Whether the fare is refunded when asked at *at*, and less what. Arguments: can_change."""
    return _asked(rules, Act.REFUND, at, departure, passenger, no_show)


def _asked(
    rules: FareRules, act: Act, at: datetime, departure: datetime, passenger: str, missed: bool
) -> Ruling:
    when = When.BEFORE if at < departure else When.AFTER
    when = When.NO_SHOW if missed else when
    return ruling(rules, act, when, passenger=passenger, at=at, departure=departure)


class Ticketing(enum.StrEnum):
    """at_once: in the moment of booking. no_limit: the rules ask for none. too_late: this fare
    could no longer be ticketed by its rules when it was booked."""

    BY = "by"
    AT_ONCE = "at_once"
    NO_LIMIT = "no_limit"
    TOO_LATE = "too_late"
    UNKNOWN = "unknown"


class TicketBy(msgspec.Struct, frozen=True):
    """by: the last instant, in the zone of what it was counted from. A carrier's own limit in the
    PNR may come sooner. against: what the text says besides."""

    outcome: Ticketing
    by: datetime | None = None
    because: tuple[Part, ...] = ()
    against: tuple[Part, ...] = ()
    unread: tuple[Part, ...] = ()


def must_ticket_by(rules: FareRules, booked_at: datetime, departure: datetime) -> TicketBy:
    """The ticketing limit of categories 5 and 15 for a booking made at *booked_at* (aware).

    Of alternatives the first that can be met counts; of several limits in it the earliest.
    """
    answer = _ticket_by(rules.deadlines, booked_at, departure)
    named = dict.fromkeys(d.source for d in rules.deadlines if d.source and not _says_none(d))
    against = tuple(part for part in named if part not in answer.because)
    return msgspec.structs.replace(answer, against=against, unread=rules.unread(5, 15))


def _says_none(deadline: Deadline) -> bool:
    return deadline.unlimited and not deadline.ticketing


def _ticket_by(deadlines: Iterable[Deadline], booked_at: datetime, departure: datetime) -> TicketBy:
    met, failed = _first_met(deadlines, booked_at, departure)
    if met is None:
        return TicketBy(Ticketing.TOO_LATE, None, _sources(failed))
    if not met:
        return TicketBy(Ticketing.UNKNOWN)
    limits = [(d.falls(booked_at, departure), d) for d in met]
    instants = [(by, d) for by, d in limits if by is not None]
    if not instants:
        return TicketBy(Ticketing.NO_LIMIT, None, _sources(met))
    by, _ = min(instants, key=lambda pair: pair[0])
    because = [d for instant, d in instants if instant == by]
    outcome = Ticketing.AT_ONCE if any(d.at_once for d in because) else Ticketing.BY
    return TicketBy(outcome, by, _sources(because))


def _first_met(
    deadlines: Iterable[Deadline], booked_at: datetime, departure: datetime
) -> tuple[list[Deadline] | None, list[Deadline]]:
    """The ticketing limits of the first alternative that can be met, none where nothing is said;
    or None, and those that cannot be met."""
    deadlines = list(deadlines)
    sales = [d for d in deadlines if d.source and d.source.category == 15]
    failed: list[Deadline] = []
    spoke = False
    for group in _alternatives(d for d in deadlines if d not in sales):
        asked = [d for d in group if d.reserved is None or d.reserved.holds(booked_at, departure)]
        spoke = spoke or any(d.ticketing for d in group)
        if any(d.ticketing for d in group) and not any(d.ticketing for d in asked):
            continue  # it speaks of reservations made at another time
        late = [d for d in asked + sales if _over(d, booked_at, departure)]
        if not late:
            return [d for d in asked + sales if d.ticketing], failed
        failed += late
    if failed or not sales:
        return (None if failed else []), failed
    over = [d for d in sales if _over(d, booked_at, departure)]
    return (None, over) if over else (sales if not spoke else [], [])


def _over(deadline: Deadline, booked_at: datetime, departure: datetime) -> bool:
    last = deadline.falls(booked_at, departure)
    return last is not None and last < booked_at


def _alternatives(deadlines: Iterable[Deadline]) -> list[list[Deadline]]:
    groups: dict[int, list[Deadline]] = {}
    for deadline in deadlines:
        groups.setdefault(deadline.alternative, []).append(deadline)
    return list(groups.values())


def _sources(deadlines: Iterable[Deadline]) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(d.source for d in deadlines if d.source is not None))
