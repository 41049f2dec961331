"""A category's text as words, each knowing its line."""

from __future__ import annotations

import re
from bisect import bisect_right

from core.domain.fare_rules.text import Part

# Letters and digits part ("USD150.00", "01APR27"); a rule drawn between paragraphs is one word.
_WORD = re.compile(r"[A-Za-z]+|[0-9]+(?:[.,][0-9]+)*|-{2,}|={2,}|\*{2,}|_{2,}|/{2,}|\.{2,}|\S")
RULES = "-=*_/"


class Text:
    """words: upper case, and an empty one after the last."""

    def __init__(self, category: int, raw: str) -> None:
        self.category = category
        self.raw = raw
        self.lines = tuple(raw.splitlines())
        found = list(_WORD.finditer(raw))
        self.words = [match.group().upper() for match in found] + [""]
        self._spans = [match.span() for match in found]
        self._starts = _line_starts(raw)

    def __len__(self) -> int:
        return len(self._spans)

    def ends(self, i: int) -> bool:
        """Whether word *i* closes a sentence or a paragraph, or is past the last."""
        word = self.words[i]
        return word in ("", ".", "*") or (len(word) > 1 and word[0] in RULES + ".")

    def part(self, first: int, end: int) -> Part:
        """Words *first* up to *end*, which is not of it."""
        start, stop = self._spans[first][0], self._spans[end - 1][1]
        text = " ".join(self.raw[start:stop].split())
        return Part(self.category, self._line(start), self._line(stop - 1), text)

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)


def _line_starts(raw: str) -> list[int]:
    starts, offset = [], 0
    for line in raw.splitlines(keepends=True):
        starts.append(offset)
        offset += len(line)
    return starts
