"""What was read, kept beside what it was read as."""

from __future__ import annotations

import msgspec

TITLES = {
    1: "eligibility",
    2: "day/time",
    3: "seasonality",
    4: "flight application",
    5: "advance reservations/ticketing",
    6: "minimum stay",
    7: "maximum stay",
    8: "stopovers",
    9: "transfers",
    10: "combinations",
    11: "blackout dates",
    12: "surcharges",
    13: "accompanied travel",
    14: "travel restrictions",
    15: "sales restrictions",
    16: "penalties",
    17: "higher intermediate point",
    18: "ticket endorsements",
    19: "children discounts",
    20: "tour conductor discounts",
    21: "agent discounts",
    22: "other discounts",
    23: "miscellaneous provisions",
    25: "fare by rule",
    26: "groups",
    27: "tours",
    28: "visit another country",
    29: "deposits",
    31: "voluntary changes",
    33: "voluntary refunds",
    35: "negotiated fares",
    50: "application and other conditions",
}


class Part(msgspec.Struct, frozen=True):
    """A stretch of a category's text. first, last: its lines, from 1; text: on one line."""

    category: int
    first: int
    last: int
    text: str


class Category(msgspec.Struct, frozen=True):
    """One category as it was given. number: ATPCO's.

    read: the grammar was tried on it; otherwise its text is all we say of it.
    form: headings, rules between paragraphs and standing phrases, which rule nothing themselves.
    """

    number: int
    title: str
    lines: tuple[str, ...]
    read: bool
    form: tuple[Part, ...] = ()
