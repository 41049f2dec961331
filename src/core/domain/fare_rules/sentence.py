"""A sentence the grammar knows, and the table of those of one category."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from core.domain.fare_rules.grammar import Captured, Pattern, Reader, Words
from core.domain.fare_rules.rules import Act, Discount, Penalty, Remark, When
from core.domain.fare_rules.text import Part
from core.domain.fare_rules.timing import Deadline, Stay

Value = Penalty | Remark | Deadline | Stay | Discount


class Where(msgspec.Struct, frozen=True):
    """Where a sentence stands: under which heading, in which table, in a note or not.

    acts: none: no heading said it, or one we could not read.
    """

    part: Part
    acts: tuple[Act, ...] = ()
    when: tuple[When, ...] = ()
    header: str = ""
    condition: str = ""
    note: bool = False
    alternative: int = 0


Build = Callable[[Captured, Where], tuple[Value, ...] | None]


class Sentence(msgspec.Struct, frozen=True):
    """example: what it was written for. build: its values; None: it cannot be told here."""

    example: str
    pattern: str
    build: Build


def nothing(_: Captured, __: Where) -> tuple[Value, ...]:
    """A standing phrase, which rules nothing itself."""
    return ()


class Found(msgspec.Struct, frozen=True):
    sentence: Sentence
    captured: Captured
    end: int


class Grammar:
    """Sentences in the order they are tried."""

    def __init__(self, sentences: Iterable[Sentence], readers: Mapping[str, Reader]) -> None:
        compiled = [(Pattern(one.pattern, readers), one) for one in sentences]
        starts = {word for pattern, _ in compiled for word in pattern.first or ()}
        self._any = [pair for pair in compiled if pair[0].first is None]
        self._by_word = {
            word: [p for p in compiled if p[0].first is None or word in p[0].first]
            for word in starts
        }

    def match(self, words: Words, i: int) -> Iterable[Found]:
        """The sentences that begin at word *i*, in order."""
        for pattern, sentence in self._by_word.get(words[i], self._any):
            if found := pattern.match(words, i):
                yield Found(sentence, *found)
