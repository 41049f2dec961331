"""Names of people, read once for everybody: what nobody can see in one is not taken.

A character that turns the direction of writing, or has no width, makes two names look the same
that are not, or shows one in an order in which it was not written; it goes on to airlines,
contracts and a regulator that refuse it or print it. What a person types is refused, so that
they say what they mean; what a channel has sold already is kept without it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from core.domain.problem import Fault

# Seen by nobody, and yet neither control nor format characters: joiners, fillers, variation
# selectors, the empty Braille cell. Source: Unicode 15, Default_Ignorable_Code_Point.
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
# Control, format (the marks of direction are among them), unassigned, private, half a pair.
_NO_LETTERS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
# Controls and separators that part words: tab, line feed and their kin, with spaces around them.
_BREAKS = re.compile("(?<! ) *[\t-\r\x1c-\x1f\x85\u2028\u2029][\t-\r\x1c-\x1f\x85\u2028\u2029 ]*")


def unseen_in(text: str) -> str | None:
    """Why *text* cannot be a name, as a fault says it, with the remedy; None: all of it is seen."""
    for place, character in enumerate(text, start=1):
        if _is_unseen(character):
            what = f"holds U+{ord(character):04X}, which nobody sees, as character {place}"
            return f"{what}: type it by hand, or paste it as plain text"
    return None


def unseen_faults(named: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """named: pointer and name."""
    for pointer, text in named:
        unseen = unseen_in(text)
        if unseen is not None:
            yield Fault(pointer, unseen)


def seen(text: str) -> str:
    """*text* without what nobody sees; a tab or a new line between two words is a space."""
    left = "".join(one for one in text if not _is_unseen(one) or _BREAKS.match(one))

    def space(found: re.Match[str]) -> str:
        return " " if found.start() > 0 and found.end() < len(left) else ""

    return _BREAKS.sub(space, left)


def _is_unseen(character: str) -> bool:
    return character in _UNSEEN or unicodedata.category(character) in _NO_LETTERS
