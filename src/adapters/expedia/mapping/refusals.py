"""What an answer to AR says of each line.

An error: nothing was done. A warning: that part was not done, the rest was. Both are sentences; the
codes tell what they are about, the ids and dates in them which lines are meant. Where that is not
clear, all lines that may be meant count as refused: to hold for true what Expedia refused would
sell what is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import msgspec

from adapters._kit.xml import Element, local
from adapters.expedia.mapping.ar import covers
from adapters.expedia.mapping.faults import HOTEL_UNKNOWN, EqcError
from adapters.expedia.mapping.wire import first
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    PushAnswer,
    RateLine,
    RefusedLine,
    RestrictionLine,
)

_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_ROOM = re.compile(r"Room Type ID\s+([^\s;,\]]+)")
_PLAN = re.compile(r"Rate Plan ID\s+([^\s;,\]]+)")
_WORD = re.compile(r"[^\s,;:()\[\]]+")
_UNTOLD = re.compile(r"Remaining \d+ warnings will not be returned")
_ROOMS, _RATES, _BOUNDS = (AvailabilityLine,), (RateLine,), (RestrictionLine,)
_PLANS = (RateLine, RestrictionLine)
# Warnings by what they are about; one that is not here may be about anything.
_ABOUT: dict[int, tuple[type, ...]] = {
    7009: _RATES,
    7010: _ROOMS,
    7013: _ROOMS,
    7014: _BOUNDS,
    7016: _BOUNDS,
    7019: _RATES,
    7021: _RATES,
    7023: _BOUNDS,
    7024: _RATES,
    7025: _RATES,
    7026: _BOUNDS,
    7027: _RATES,
}
_ONLY_A_WORD = (7018, 7022)  # done all the same
# Errors that are about lines of ours, not about the message.
_EARLIEST, _LATEST = (3020,), (3022,)
_LINES_OF_ERROR: dict[int, tuple[type, ...]] = {
    **dict.fromkeys((3090, 3103, 3123, 3124, 3125), _RATES),
    3135: _BOUNDS,
}
_BUSINESS = (3000, 4000)
_OF_THE_HOTEL = (3145, HOTEL_UNKNOWN, 3206, 3207, 3210)
_TWO_YEARS = timedelta(days=731)
_MOST_WORDS = 200


class Warned(msgspec.Struct, frozen=True):
    code: int
    words: str


def read(root: Element) -> tuple[Warned, ...]:
    """The warnings of a success. LookupError: it is none."""
    success = first(root, "Success")
    return tuple(
        Warned(int(one.get("code", "")), (one.text or "").strip())
        for one in success
        if local(one) == "Warning"
    )


def after_warnings(
    warned: Sequence[Warned], lines: Sequence[AriLine], scrubbed: Callable[[str], str]
) -> PushAnswer:
    """lines: what was sent."""
    refused: dict[int, RefusedLine] = {}
    words: list[str] = []
    for one in warned:
        told = _told(one, scrubbed)
        if one.code in _ONLY_A_WORD:
            words.append(f"{one.code} {told}")
            continue
        for place in _meant(one, lines):
            refused.setdefault(place, RefusedLine(place, str(one.code), told))
    return PushAnswer(refused=tuple(refused[n] for n in sorted(refused)), warnings=tuple(words))


def after_errors(
    errors: Sequence[EqcError],
    lines: Sequence[AriLine],
    today: date,
    scrubbed: Callable[[str], str],
) -> PushAnswer | None:
    """Nothing was taken; with no line in it, they do not say which is wrong. None: an error is
    about the message or the account, not about a line."""
    refused: dict[int, RefusedLine] = {}
    for one in errors:
        if not _BUSINESS[0] <= one.code < _BUSINESS[1] or one.code in _OF_THE_HOTEL:
            return None
        places = _wrong(one, lines, today)
        if not places:
            return PushAnswer(taken=False, warnings=(f"{one.code} {_told(one, scrubbed)}",))
        told = _told(one, scrubbed)
        for place in places:
            refused.setdefault(place, RefusedLine(place, str(one.code), told))
    return PushAnswer(taken=False, refused=tuple(refused[n] for n in sorted(refused)))


def _told(one: Warned | EqcError, scrubbed: Callable[[str], str]) -> str:
    return scrubbed(one.words)[:_MOST_WORDS]


def _meant(warned: Warned, lines: Sequence[AriLine]) -> list[int]:
    kinds = _ABOUT.get(warned.code, (AvailabilityLine, *_PLANS))
    rooms, plans = _ROOM.findall(warned.words), _PLAN.findall(warned.words)
    if plans and kinds is _ROOMS:
        kinds = _PLANS  # their own examples warn so of rates, too
    days = [] if _UNTOLD.search(warned.words) else _days(warned.words)
    about = [n for n, line in enumerate(lines) if isinstance(line, kinds)]
    there = [n for n in about if _is_there(lines[n], rooms, plans)]
    then = [n for n in there if not days or any(covers(lines[n].span, day) for day in days)]
    return then or there or about or list(range(len(lines)))


def _is_there(line: AriLine, rooms: Sequence[str], plans: Sequence[str]) -> bool:
    if rooms and line.room not in rooms:
        return False
    return not plans or (not isinstance(line, AvailabilityLine) and line.plan in plans)


def _wrong(error: EqcError, lines: Sequence[AriLine], today: date) -> list[int]:
    kinds = _LINES_OF_ERROR.get(error.code)
    if kinds is not None:
        return [n for n, line in enumerate(lines) if isinstance(line, kinds)]
    if error.code in _EARLIEST:
        return [n for n, line in enumerate(lines) if line.span.first < today]
    if error.code in _LATEST:
        return [n for n, line in enumerate(lines) if line.span.last > today + _TWO_YEARS]
    named = set(_WORD.findall(error.words.rstrip(".")))
    return [n for n, line in enumerate(lines) if _names(line) & named]


def _names(line: AriLine) -> set[str]:
    return {line.room} if isinstance(line, AvailabilityLine) else {line.room, line.plan}


def _days(words: str) -> list[date]:
    found = []
    for text in _DATE.findall(words):
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            continue
    return found
