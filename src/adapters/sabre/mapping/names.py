"""Names as a GDS writes them: A to Z and spaces, as in the passport's machine-readable line.

Diacritics are folded (ICAO Doc 9303, part 3, section 6), apostrophes and full stops fall away, a
hyphen becomes a space. What cannot be folded (Arabic, Chinese, digits) is refused, never guessed:
the passenger would stand at the gate with another name than in the passport.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ports.gds import Traveller

LONGEST = 57  # surname, slash, given names and title together
_FOLDED = str.maketrans(
    {
        "ß": "SS",
        "ẞ": "SS",
        "Æ": "AE",
        "æ": "AE",
        "Œ": "OE",
        "œ": "OE",
        "Ø": "O",
        "ø": "O",
        "Đ": "D",
        "đ": "D",
        "Ð": "D",
        "ð": "D",
        "Ł": "L",
        "ł": "L",
        "Þ": "TH",
        "þ": "TH",
        "ı": "I",
        "Ħ": "H",
        "ħ": "H",
        "Ŋ": "N",
        "ŋ": "N",
        "Ŧ": "T",
        "ŧ": "T",
        **dict.fromkeys("'’‘ʼʻ`´.", ""),
        **dict.fromkeys("-‐‑–—", " "),
    }
)
_TITLES = {"MR", "MRS", "MS", "MISS", "MSTR", "DR"}
_WRITTEN = re.compile(r"[A-Z]+( [A-Z]+)*")


class Unwritable(ValueError):
    """A name that no ticket can show. Says which field of which passenger, not what is in it."""


class Written(NamedTuple):
    """given: with the title behind it, as in SITI MRS. bare: without, as in the passport."""

    surname: str
    given: str
    bare: str


def written(traveller: Traveller) -> Written:
    """A person of one name, as many Indonesians are, has it in both places."""
    surname = _folded(traveller.surname, "surname", traveller.number)
    given = _folded(traveller.name, "name", traveller.number)
    surname, given = surname or given, given or surname
    if not surname:
        raise Unwritable(f"passenger {traveller.number} has no name")
    given = _fitting(surname, given, traveller.number)
    title = traveller.title.upper().rstrip(".")
    titled = f"{given} {title}"
    fits = title in _TITLES and len(surname) + 1 + len(titled) <= LONGEST
    return Written(surname, titled if fits else given, given)


def _folded(text: str, field: str, number: int) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDED))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    found = " ".join(letters.upper().split())
    if found and not _WRITTEN.fullmatch(found):
        raise Unwritable(
            f"the {field} of passenger {number} holds letters that no ticket can show: write it"
            " as in the passport's machine-readable line"
        )
    return found


def _fitting(surname: str, given: str, number: int) -> str:
    """Airlines leave out later given names where a name is too long; never half of one."""
    words = given.split()
    while len(words) > 1 and len(surname) + 1 + len(" ".join(words)) > LONGEST:
        words.pop()
    kept = " ".join(words)
    if len(surname) + 1 + len(kept) > LONGEST:
        raise Unwritable(f"the name of passenger {number} is longer than {LONGEST} letters")
    return kept
