"""Readers of what varies in a sentence: amounts, spans, dates, weekdays, places of turning."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from core.domain.fare_rules.grammar import Pattern, Reader, Words
from core.domain.fare_rules.terms import Charge, Fee, Per, Pick
from core.domain.fare_rules.timing import Span, Unit
from core.domain.money import Money, exponent

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?|[0-9]{1,3}(,[0-9]{3}){1,3}(\.[0-9]{1,3})?")
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_FULL_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_UNITS = {
    **dict.fromkeys(("MINUTE", "MINUTES", "MINS"), Unit.MINUTE),
    **dict.fromkeys(("HOUR", "HOURS", "HRS"), Unit.HOUR),
    **dict.fromkeys(("DAY", "DAYS"), Unit.DAY),
    **dict.fromkeys(("MONTH", "MONTHS"), Unit.MONTH),
    **dict.fromkeys(("YEAR", "YEARS"), Unit.YEAR),
}
_PER = {
    **dict.fromkeys(("TICKET", "DOCUMENT"), Per.TICKET),
    **dict.fromkeys(("DIRECTION", "WAY"), Per.DIRECTION),
    **dict.fromkeys(("TRANSACTION", "CHANGE", "REISSUE"), Per.TRANSACTION),
    **dict.fromkeys(("COUPON", "SEGMENT", "SECTOR", "FLIGHT"), Per.COUPON),
    **dict.fromkeys(("COMPONENT",), Per.COMPONENT),
    **dict.fromkeys(("PASSENGER", "PERSON", "PAX"), Per.PASSENGER),
}


def _amount(word: str) -> Decimal | None:
    """Commas part thousands only; "1.500,00" is nobody's guess."""
    return Decimal(word.replace(",", "")) if _NUMBER.fullmatch(word) else None


def _money_of(currency: str, word: str) -> Money | None:
    amount = _amount(word)
    if amount is None:
        return None
    digits = len(word.partition(".")[2])
    try:  # "IDR 1.500" may mean thousands: more digits than the currency has are not read
        return Money.of(amount, currency) if digits <= max(exponent(currency), 2) else None
    except ValueError:
        return None


def money(words: Words, i: int) -> tuple[Money, int] | None:
    """USD 150.00, or 150 USD."""
    if words[i] == "":
        return None
    a, b = words[i], words[i + 1]
    found = _money_of(a, b) or _money_of(b, a)
    return None if found is None else (found, i + 2)


def percent(words: Words, i: int) -> tuple[Decimal, int] | None:
    """25 PERCENT, 25 PCT or 25%, of a fare; above 100 is no share of one."""
    value = _amount(words[i])
    if value is None or words[i + 1] not in ("PERCENT", "PCT", "%") or value > 100:
        return None
    end = _OF_FARE.match(words, i + 2)
    return value, i + 2 if end is None else end[1]


def span(words: Words, i: int) -> tuple[Span, int] | None:
    """72 HOURS, 3 MONTHS; a week is seven days."""
    if not re.fullmatch("[0-9]{1,3}", words[i]) or int(words[i]) == 0:
        return None
    count, unit = int(words[i]), words[i + 1]
    if unit in ("WEEK", "WEEKS") and count < 100:
        return Span(7 * count, Unit.DAY), i + 2
    known = _UNITS.get(unit)
    return None if known is None else (Span(count, known), i + 2)


def day(words: Words, i: int) -> tuple[date, int] | None:
    """31DEC26, 31DEC 26 or 31 DEC 2026; without a year it is no day."""
    if words[i] == "" or words[i + 1] not in _MONTHS:
        return None
    number, month, year = words[i], _MONTHS.index(words[i + 1]) + 1, words[i + 2]
    if not re.fullmatch("[0-9]{1,2}", number) or not re.fullmatch("[0-9]{2}|20[0-9]{2}", year):
        return None
    try:
        return date(2000 + int(year) % 100, month, int(number)), i + 3
    except ValueError:
        return None


def weekday(words: Words, i: int) -> tuple[int, int] | None:
    for names in (_DAYS, _FULL_DAYS):
        if words[i] in names:
            return names.index(words[i]), i + 1
    return None


def age(words: Words, i: int) -> tuple[int, int] | None:
    return (int(words[i]), i + 1) if re.fullmatch("[0-9]{1,2}", words[i]) else None


def per(words: Words, i: int) -> tuple[Per, int] | None:
    """PER TICKET, PER FARE COMPONENT, EACH WAY; of several it is the narrowest that is named."""
    found, end = None, i
    for _ in range(3):
        start = end + (words[end] == "/")
        if words[start] not in ("PER", "EACH"):
            break
        named = start + 1 + (words[start + 1] in ("FARE", "FLIGHT", "ONE"))
        if words[named] not in _PER:
            break
        last = _PER[words[named]]
        found, end = last if found in (None, Per.PASSENGER) else found, named + 1
    return None if found is None else (found, end)


def charge(words: Words, i: int) -> tuple[Charge, int] | None:
    found = _CHARGE.match(words, i)
    if found is None:
        return None
    got, end = found
    return Charge(got.get("money"), got.get("percent"), got.get("per", Per.UNSTATED)), end


def fee(words: Words, i: int) -> tuple[Fee, int] | None:
    """USD 100.00, or the higher or lower of two."""
    found = _FEE.match(words, i)
    if found is None:
        return None
    got, end = found
    charges = tuple(got[name] for name in ("charge", "other") if name in got)
    return Fee(charges, Pick.LOWER if "lower" in got else Pick.HIGHER), end


def reader_of(*sources: str) -> Reader:
    """A reader that only says that one of these stands here."""
    pattern = Pattern("|".join(sources), {})

    def run(words: Words, i: int) -> tuple[Any, int] | None:
        found = pattern.match(words, i)
        return None if found is None else (True, found[1])

    return Reader(run, pattern.first)


PER = Reader(per, frozenset({"PER", "EACH"}))
lower = reader_of("LOWER", "LOWEST", "LESSER", "LESS")
point = reader_of(
    "[THE] (LAST|FIRST|FARTHEST|OUTBOUND) [INTERNATIONAL|TRANSATLANTIC|TRANSPACIFIC]"
    " (STOPOVER|SECTOR|SEGMENT|POINT OF (TURNAROUND|STOPOVER))",
    "[THE] (TURNAROUND [POINT]|POINT OF (TURNAROUND|ORIGIN)|STOPOVER POINT)",
    "[THE] (FARE ORIGIN|ORIGIN|DESTINATION)",
)

_OF_FARE = Pattern("OF [THE] [TOTAL|APPLICABLE|PAID|TICKETED|ADULT] FARE", {})
_CHARGE = Pattern(
    "[{per}] ({percent}|{money}) [{per}]",
    {"per": PER, "percent": Reader(percent), "money": Reader(money)},
)
_FEE = Pattern(
    "[THE] (HIGHER|HIGHEST|GREATER|{lower}) OF {charge} (OR|AND) {other}"
    "|{charge} OR {other} [,] WHICHEVER [IS] [THE] (HIGHER|GREATER|{lower})"
    "|{charge}",
    {"charge": Reader(charge), "other": Reader(charge), "lower": lower},
)
