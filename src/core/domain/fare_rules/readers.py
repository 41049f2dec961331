"""Every reader by the name that the tables of sentences call it."""

from __future__ import annotations

from core.domain.fare_rules.grammar import Pattern, Reader, Words
from core.domain.fare_rules.qualifiers import DEEDS, STRETCH, tail
from core.domain.fare_rules.slots import (
    PER,
    age,
    charge,
    day,
    fee,
    point,
    reader_of,
    span,
    weekday,
)
from core.domain.fare_rules.timing import Limit

_CODE_MOST = 4


def here(_: Words, i: int) -> tuple[bool, int]:
    """Takes no word: it says which branch was taken."""
    return True, i


def limit(words: Words, i: int) -> tuple[Limit, int] | None:
    """3 DAYS, THE FIRST SUN, 31DEC26."""
    found = _LIMIT.match(words, i)
    if found is None:
        return None
    got, end = found
    return Limit(got.get("span"), got.get("weekday"), got.get("day")), end


def code(words: Words, i: int) -> tuple[str, int] | None:
    """A rule's number or a designator: letters and digits, which are words apart."""
    end = i
    while end - i < _CODE_MOST and words[end].isalnum() and words[end] not in _NO_CODE:
        end += 1
    return ("".join(words[i:end]), end) if end > i else None


def ordinal(words: Words, i: int) -> tuple[int, int] | None:
    for n, pattern in enumerate(_ORDINALS, 1):
        if found := pattern.match(words, i):
            return n, found[1]
    return None


_NO_CODE = frozenset({"IN", "APPLIES", "AND", "APPLY"})
_ORDINALS = (Pattern("FIRST|1 ST", {}), Pattern("SECOND|2 ND", {}))
_LIMIT = Pattern(
    "{span}|{day}|[12 : 01 AM (ON|OF)|MIDNIGHT (ON|OF)] [THE] (FIRST|1 ST) {weekday}",
    {"span": Reader(span), "day": Reader(day), "weekday": Reader(weekday)},
)

READERS: dict[str, Reader] = {
    "accompanied": reader_of("ACCOMPANIED"),
    "after": Reader(span),
    "age": Reader(age),
    "alone": reader_of("UNACCOMPANIED"),
    "arrival": reader_of("ARRIVAL"),
    "before": Reader(span),
    "both": reader_of(
        "[CONFIRMED] (RESERVATION|RESERVATIONS) [FOR ALL (SECTORS|SEGMENTS|FLIGHTS)]"
        " (AND|/) (TICKETING|TICKETS)"
    ),
    "by": Reader(day),
    "charge": Reader(charge),
    "child": reader_of("CHILD", "CHILDREN"),
    "code": Reader(code),
    "completed": reader_of("BE COMPLETED"),
    "deeds": DEEDS,
    "fee": Reader(fee),
    "free": reader_of(
        "WITHOUT [A] (CHARGE|FEE|PENALTY)",
        "FREE [OF (CHARGE|COST)]",
        "AT (NO (CHARGE|COST)|FREE OF COST)",
    ),
    "grounds": reader_of(
        "DEATH [OF [THE] (PASSENGER [(OR|/) [IMMEDIATE] FAMILY MEMBER]|[IMMEDIATE] FAMILY MEMBER)]",
        "(ILLNESS|HOSPITALIZATION|HOSPITALISATION) [OF [THE] PASSENGER [OR FAMILY MEMBER]]",
        "(REJECTION OF VISA|VISA (REJECTION|REFUSAL)|SCHEDULE (CHANGE|CHANGES))",
        "(CANCELLATION OF FLIGHT|FLIGHT CANCELLATION|INVOLUNTARY (REROUTING|CHANGES))",
    ),
    "infant": reader_of("INFANT", "INFANTS"),
    "later": reader_of("LATER", "LATEST"),
    "limit": Reader(limit),
    "made_before": Reader(span),
    "made_within": Reader(span),
    "minimum": Reader(here),
    "not": reader_of("NOT"),
    "off": reader_of("(DISCOUNT|OFF)"),
    "oldest": Reader(age),
    "ordinal": Reader(ordinal, frozenset({"FIRST", "SECOND", "1", "2"})),
    "other": Reader(limit),
    "per": PER,
    "point": point,
    "same_time": reader_of("AT [THE] SAME TIME", "IMMEDIATELY", "AT TIME OF (RESERVATION|BOOKING)"),
    "seated": reader_of("(WITH|OCCUPYING) A SEAT"),
    "seatless": reader_of("(WITHOUT|NOT OCCUPYING) A SEAT"),
    "shortest": reader_of("MINIMUM", "MIN"),
    "sooner": reader_of("EARLIER", "EARLIEST", "FIRST"),
    "stretch": STRETCH,
    "tail": Reader(tail),
    "ticketing": reader_of("TICKETING", "TICKETS", "TICKET"),
    "under": Reader(age),
    "youngest": Reader(age),
}
