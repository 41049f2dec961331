"""Whether a journey is neither too short nor too long for its fare."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta

import msgspec

from core.domain.fare_rules.rules import FareRules
from core.domain.fare_rules.text import Part
from core.domain.fare_rules.timing import Bound, Limit, Stay, Whichever


class Fit(enum.StrEnum):
    FITS = "fits"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"


class StayAnswer(msgspec.Struct, frozen=True):
    """because: the sentences that decide it, or all there are when it fits. unsure: the bounds
    of which nothing is known: not said, or counted from an instant that was not given."""

    fit: Fit
    because: tuple[Part, ...] = ()
    unsure: tuple[Bound, ...] = ()
    unread: tuple[Part, ...] = ()


class Journey(msgspec.Struct, frozen=True):
    """outbound: departure from the fare's origin. arrival: of the way out. inbound: departure
    from the last stopover. home: arrival back. Aware, in each airport's own zone."""

    outbound: datetime
    inbound: datetime
    arrival: datetime | None = None
    home: datetime | None = None


def stay_fits(
    rules: FareRules,
    outbound: datetime,
    inbound: datetime,
    *,
    arrival: datetime | None = None,
    home: datetime | None = None,
) -> StayAnswer:
    """Days, months and years are counted in local dates to the end of the day; hours exactly.

    Of alternatives one must hold; of several bounds in it, all. Arguments: Journey.
    """
    journey = Journey(outbound, inbound, arrival, home)
    unread = rules.unread(6, 7)
    unsure = []
    for bound, missed in ((Bound.MINIMUM, Fit.TOO_SHORT), (Bound.MAXIMUM, Fit.TOO_LONG)):
        stays = [stay for stay in rules.stays if stay.bound is bound]
        held = _bound_holds(stays, journey)
        if held is False:
            against = [s for s in stays if _holds(s, journey) is False]
            return StayAnswer(missed, _sources(against), (), unread)
        if held is None:
            unsure.append(bound)
    fit = Fit.UNKNOWN if unsure else Fit.FITS
    return StayAnswer(fit, _sources(rules.stays), tuple(unsure), unread)


def _sources(stays: list[Stay] | tuple[Stay, ...]) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(s.source for s in stays if s.source is not None))


def _bound_holds(stays: list[Stay], journey: Journey) -> bool | None:
    groups: dict[int, list[bool | None]] = {}
    for stay in stays:
        groups.setdefault(stay.alternative, []).append(_holds(stay, journey))
    return _any([_all(group) for group in groups.values()]) if groups else None


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _any(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


def _holds(stay: Stay, journey: Journey) -> bool | None:
    """None: it depends on an arrival that was not given."""
    if not stay.limits:
        return True
    start = journey.arrival if stay.from_arrival else journey.outbound
    base = start or journey.outbound  # it arrives no sooner than it departs
    answers: list[bool | None] = [_within(stay.bound, one, base, journey) for one in stay.limits]
    if stay.bound is Bound.MAXIMUM and stay.completed:
        over = journey.home is None
        answers = [_completed(one, base, journey) for one in stay.limits]
        answers = [None if over and answer else answer for answer in answers]
    either = (stay.bound is Bound.MINIMUM) == (stay.whichever is Whichever.EARLIER)
    held = _any(answers) if either else _all(answers)
    sure = start is not None or held is (stay.bound is Bound.MAXIMUM)
    return held if sure else None


def _completed(limit: Limit, base: datetime, journey: Journey) -> bool:
    end = msgspec.structs.replace(journey, inbound=journey.home or journey.inbound)
    return _within(Bound.MAXIMUM, limit, base, end)


def _within(bound: Bound, limit: Limit, base: datetime, journey: Journey) -> bool:
    if limit.span is not None and not limit.span.by_the_day:
        instant = limit.span.after(base)
        if bound is Bound.MINIMUM:
            return journey.inbound >= instant
        return journey.inbound <= instant
    day, back = _day(limit, base), journey.inbound.date()
    return back >= day if bound is Bound.MINIMUM else back <= day


def _day(limit: Limit, base: datetime) -> date:
    if limit.span is not None:
        return limit.span.after(base).date()
    if limit.weekday is not None:
        return base.date() + timedelta(days=(limit.weekday - base.weekday() - 1) % 7 + 1)
    if limit.day is None:
        raise ValueError("a limit is a span, a weekday or a day")
    return limit.day
