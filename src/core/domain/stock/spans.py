"""Days that share a value, said in few spans: by date range and, where the dialect has them, weekday."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

from core.domain.stock.ari import EVERY_DAY, Span

V = TypeVar("V", bound=Hashable)
WEEK = 7


def compress(values: Mapping[date, V], *, weekdays: bool) -> list[tuple[Span, V]]:
    """Spans that say *values* and nothing else: each day is in exactly one of them.

    weekdays: a span may be of some weekdays only. Of each value they are the fewest that do not
    reach into one another; earliest first.
    """
    days: dict[V, list[date]] = {}
    for day in sorted(values):
        days.setdefault(values[day], []).append(day)
    said = [(span, value) for value, of in days.items() for span in _spans(of, weekdays)]
    return sorted(said, key=lambda pair: (pair[0].first, pair[0].last))


def expand(span: Span) -> Iterator[date]:
    """The days of *span*, rising."""
    for ordinal in range(span.first.toordinal(), span.last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if not span.weekdays or day.isoweekday() in span.weekdays:
            yield day


def merged(spans: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """The same days in as few ranges as can be, both ends included, rising."""
    out: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if out and first <= out[-1][1] + timedelta(days=1):
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


def _spans(days: Sequence[date], weekdays: bool) -> Iterator[Span]:
    """Each as long as it can be. Whatever part of a span that fits would fit too, so that
    taking the longest leaves the fewest."""
    started = 0
    while started < len(days):
        ended = _longest(days, started) if weekdays else _run(days, started)
        yield _span(days[started:ended])
        started = ended


def _run(days: Sequence[date], started: int) -> int:
    """Where the unbroken run that begins at *started* ends."""
    at = started + 1
    while at < len(days) and (days[at] - days[at - 1]).days == 1:
        at += 1
    return at


def _longest(days: Sequence[date], started: int) -> int:
    """Where the longest span of some weekdays that begins at *started* ends.

    A weekday joins only in the first week, before it could have been left out; once in, it may
    not be left out.
    """
    first, at = days[started], started + 1
    mask = {first.isoweekday()}
    while at < len(days):
        day, before = days[at], days[at - 1]
        between = (day - before).days
        left_out = ((before + timedelta(days=n)).isoweekday() for n in range(1, between))
        if between > WEEK or not mask.isdisjoint(left_out):
            return at
        if day.isoweekday() not in mask:
            if (day - first).days >= WEEK:
                return at
            mask.add(day.isoweekday())
        at += 1
    return at


def _span(days: Sequence[date]) -> Span:
    first, last = days[0], days[-1]
    if (last - first).days + 1 == len(days):
        return Span(first, last)
    mask = tuple(sorted({day.isoweekday() for day in days}))
    return Span(first, last, EVERY_DAY if len(mask) == WEEK else mask)
