"""What is wrong with a value, in words for whoever sent it.

msgspec says it in the words of Python's types and of regular expressions; here they become those of
people who send JSON or type at a terminal. No value is repeated: it may be a secret.
"""

from __future__ import annotations

import re

_NOUNS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "date": "a date, as 2026-12-31",
    "datetime": "an instant, as 2026-12-31T08:30:00Z",
    "time": "a time, as 08:30:00",
    "decimal": 'a decimal number in quotes, as "12.5"',
}
_PATTERNS = {
    "^[A-Z]{2}$": "must be two capital letters, as SA",
    "^[A-Z]{3}$": "must be three capital letters, as SAR",
}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}
_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_LENGTH = re.compile(r"Expected `(\w+)` of length (>=|<=) (\d+)")
_BOUND = re.compile(r"Expected `[^`]+` (>=|<=|>|<) (\S+)")
_PATTERN = re.compile(r"Expected `str` matching regex '(.*)'")
_ENCODED = re.compile(r"Invalid (?:RFC3339 encoded )?(date|datetime|time|decimal)(?: string)?")
_ABSENT = re.compile(r"Object missing required field `([^`]+)`")


def wrong(message: str) -> str:
    """*message* is msgspec's, without its " - at `$…`"; a predicate of the field comes back."""
    if found := _TYPE.fullmatch(message):
        wanted = " or ".join(_noun(one) for one in found[1].split(" | "))
        return f"must be {wanted}, not {_noun(found[2]).partition(',')[0]}"
    if found := _LENGTH.fullmatch(message):
        what = "entries" if found[1] == "array" else "characters"
        return f"must have {_BOUNDS[found[2]]} {found[3]} {what}"
    if found := _BOUND.fullmatch(message):
        return f"must be {_BOUNDS[found[1]]} {found[2]}"
    if found := _PATTERN.fullmatch(message):
        return _PATTERNS.get(found[1], f"must match {found[1]}")
    if found := _ENCODED.fullmatch(message):
        return f"must be {_noun(found[1])}"
    if found := _ABSENT.fullmatch(message):
        return f"must name its {found[1]}"
    if message.startswith("Invalid"):  # and the value follows
        return "is not one of the values allowed"
    return message[:1].lower() + message[1:]


def _noun(word: str) -> str:
    return _NOUNS.get(word, word)
