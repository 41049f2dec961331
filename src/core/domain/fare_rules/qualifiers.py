"""What may follow a penalty in any order: for which act, when, per what, with what on top."""

from __future__ import annotations

from typing import Any

import msgspec

from core.domain.fare_rules.grammar import Pattern, Reader, Words
from core.domain.fare_rules.rules import ANY_TIME, Act, When
from core.domain.fare_rules.slots import PER, reader_of, span
from core.domain.fare_rules.terms import Per
from core.domain.fare_rules.timing import Span, Window

_CHANGE = reader_of(
    "[DATE|FLIGHT|ITINERARY] (CHANGE|CHANGES) [OF RESERVATION|OF RESERVATIONS]",
    "REISSUE|REISSUES|REISSUANCE|REVALIDATION|REVALIDATIONS|REBOOKING|EXCHANGE|EXCHANGES",
    "CHANGED|REISSUED|REVALIDATED",
)
_REFUND = reader_of(
    "CANCEL|CANCELLATION|CANCELLATIONS|CANCELED|CANCELLED",
    "(REFUND|REFUNDS) [OF [A|THE] TICKET]",
    "REFUNDED",
)
_NO_SHOW = reader_of("NO [-] (SHOW|SHOWS)", "NOSHOW|NOSHOWS")
_MOST_DEEDS = 8


class Tail(msgspec.Struct, frozen=True):
    """per: what the charge is taken for, when it is said after what it is taken of."""

    acts: tuple[Act, ...] = ()
    no_show: bool = False
    when: tuple[When, ...] = ()
    window: Window | None = None
    per: Per = Per.UNSTATED
    fare_difference: bool = False


def deeds(words: Words, i: int) -> tuple[Tail, int] | None:
    """REISSUE/REVALIDATION, CANCEL/NO-SHOW/REFUND: a change, a refund, having missed a flight."""
    acts: list[Act] = []
    missed, at = False, i
    for _ in range(_MOST_DEEDS):
        if found := _CHANGE(words, at):
            acts.append(Act.CHANGE)
        elif found := _REFUND(words, at):
            acts.append(Act.REFUND)
        elif found := _NO_SHOW(words, at):
            missed = True
        else:
            return None
        at = found[1]
        if words[at] not in ("/", "OR", "AND", ",") or not _deed(words, at + 1):
            return Tail(tuple(dict.fromkeys(acts)), missed), at
        at += 1
    return None


def _deed(words: Words, i: int) -> bool:
    return any(reader(words, i) for reader in (_CHANGE, _REFUND, _NO_SHOW))


def stretch(words: Words, i: int) -> tuple[tuple[tuple[When, ...], Window | None], int] | None:
    """BEFORE DEPARTURE, ANY TIME, or a window before departure."""
    found = _STRETCH.match(words, i)
    if found is None:
        return None
    got, end = found
    if "after" in got:
        return ((When.AFTER,), None), end
    if "any" in got:
        return (ANY_TIME, None), end
    until: Span | None = got.get("until")
    within: Span | None = got.get("within")
    window = Window(until, within) if until or within else None
    return ((When.BEFORE,), window), end


_FLIGHT = "[TIME] [OF [A|THE] [FIRST|ORIGINAL|SCHEDULED] (FLIGHT|JOURNEY|TRAVEL)]"
_STRETCH = Pattern(
    "{any}|{after}"
    f"|(UP TO|UNTIL|AT LEAST|NO LATER THAN|NOT LATER THAN|MORE THAN) {{until}} [OR MORE]"
    f" (BEFORE|PRIOR TO) [FLIGHT|SCHEDULED] DEPARTURE {_FLIGHT}"
    f"|(WITHIN|LESS THAN) {{within}} (BEFORE|PRIOR TO|OF) [FLIGHT|SCHEDULED] DEPARTURE {_FLIGHT}"
    f"|(BEFORE|PRIOR TO) [FLIGHT|SCHEDULED] DEPARTURE {_FLIGHT}",
    {
        "any": reader_of("ANY TIME", "AT ANY TIME", "ANYTIME"),
        "after": reader_of(f"AFTER [FLIGHT|SCHEDULED] DEPARTURE {_FLIGHT}"),
        "until": Reader(span),
        "within": Reader(span),
    },
)
_DEED_WORDS = [reader.first or frozenset() for reader in (_CHANGE, _REFUND, _NO_SHOW)]
DEEDS = Reader(deeds, frozenset().union(*_DEED_WORDS))
STRETCH = Reader(stretch, _STRETCH.first)
_QUALIFIER = Pattern(
    "{per}|(FOR|IN CASE OF|IN THE CASE OF|IN THE EVENT OF|IF) [A|ANY|EACH|EVERY] {deeds}|{stretch}"
    "|[,] (PLUS|AND|WITH) [THE|ANY] {difference} [IF ANY]",
    {
        "per": PER,
        "deeds": DEEDS,
        "stretch": STRETCH,
        "difference": reader_of("FARE DIFFERENCE", "DIFFERENCE IN (FARE|FARES)"),
    },
)


def tail(words: Words, i: int) -> tuple[Tail, int]:
    """All the qualifiers that follow, each kind once; perhaps none."""
    got: dict[str, Any] = {}
    while found := _QUALIFIER.match(words, i):
        if got.keys() & found[0].keys():
            break
        got |= found[0]
        i = found[1]
    named: Tail = got.get("deeds", Tail())
    when, window = got.get("stretch", ((), None))
    return Tail(
        named.acts,
        named.no_show,
        when,
        window,
        got.get("per", Per.UNSTATED),
        "difference" in got,
    ), i
