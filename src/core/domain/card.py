"""Card numbers are masked before anything is written (PCI DSS 3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Digits in groups, as people and forms write them; not the fraction of a decimal number,
# nor what an earlier masking left. A UUID is no card, whatever its digits are, nor is a word in
# which digits and letters take turns: a vendor's id, and masked it would be another's.
_RUN = re.compile(
    r"(?P<id>(?i:(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f]))"
    r"|(?<![0-9A-Za-z])[A-Za-z]*+(?:[0-9]++[A-Za-z]++){2,}+[0-9]*+)"
    r"|(?<![0-9*])(?<![0-9]\.)[0-9]+(?:[ -][0-9]+)*"
)
_GROUP = re.compile(r"[0-9]+")
_LENGTHS = range(13, 20)
_SHORTEST = min(_LENGTHS)


def masked(text: str) -> str:
    """*text* with every card number (13 to 19 digits, Luhn holds) cut to its last four.

    A number is found alone, in groups, and beside other numbers (an expiry, a room).
    """
    return _RUN.sub(lambda run: run.group() if run["id"] else _mask(run.group()), text)


def masked_bytes(raw: bytes) -> bytes:
    """The same for raw bytes of any encoding that keeps ASCII."""
    return masked(raw.decode("latin-1")).encode("latin-1")


def _mask(run: str) -> str:
    if len(run) < _SHORTEST:
        return run
    shown = list(run)
    for places in _cards(run):
        for place in places[:-4]:
            shown[place] = "*"
    return "".join(shown)


def _cards(run: str) -> Iterator[list[int]]:
    """The places of the digits of every card number in *run*: it begins and ends with a group."""
    groups = [list(range(*g.span())) for g in _GROUP.finditer(run)]
    for first, head in enumerate(groups):
        if len(head) in (2, 3):  # no card is written so; days, months and rooms are
            continue
        places: list[int] = []
        for group in groups[first:]:
            places += group
            if len(places) > max(_LENGTHS):
                break
            if len(places) in _LENGTHS and _is_card("".join(run[p] for p in places)):
                yield list(places)


def _is_card(digits: str) -> bool:
    # 1… are clocks; 2… are years, but for Mir and the younger Mastercards.
    two = 2200 <= int(digits[:4]) <= 2204 or 2221 <= int(digits[:4]) <= 2720
    return (two or digits[0] in "3456") and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
