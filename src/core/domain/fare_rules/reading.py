"""One category's text, read sentence by sentence.

Every word goes somewhere: to a value, to the form, or to what was not understood. A sentence is
read only whole: one that goes on past what the grammar knows ("… IF MADE BY PHONE") is not read
at all. No word is looked at more often than the grammar is wide, so that time grows with the
text alone.
"""

from __future__ import annotations

from core.domain.fare_rules.forms import (
    AND_ALSO,
    GENERAL,
    NOTE,
    OR_ELSE,
    RUNNING,
    Heading,
    heading,
)
from core.domain.fare_rules.grammar import Pattern
from core.domain.fare_rules.rules import Act, When
from core.domain.fare_rules.sentence import Grammar, Value, Where
from core.domain.fare_rules.text import Part
from core.domain.fare_rules.tokens import Text

_TABLE = frozenset("FROM BETWEEN ORIGINATING OUTBOUND INBOUND VIA".split())
_SENTENCE_ONLY = frozenset("IF WHEN WITHIN".split())
_SCOPES = _TABLE | _SENTENCE_ONLY | {"FOR"}
_DATED = frozenset(
    "TICKET TICKETS TICKETED TICKETING ISSUED SALE SALES TRAVEL IF WHEN PROVIDED UNLESS EXCEPT"
    " JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
)


class Reading:
    """What was read so far, and where in the text we stand."""

    def __init__(
        self, text: Text, grammar: Grammar, *, headings: bool, acts: tuple[Act, ...]
    ) -> None:
        self.values: list[Value] = []
        self.unparsed: list[Part] = []
        self.form: list[Part] = []
        self._text, self._grammar, self._headings = text, grammar, headings
        self._acts = acts
        self._when: tuple[When, ...] = ()
        self._header = self._condition = ""
        self._note = False
        self._alternative = 0
        self._scope_is_new = False

    def run(self) -> Reading:
        i = 0
        while i < len(self._text):
            i = self._step(i)
        return self

    def _step(self, i: int) -> int:
        """Read what begins at word *i*; the word after it."""
        end = self._mark(i) or self._head(i) or self._sentence(i, self._condition)
        return end or self._scoped(i) or self._prose(i)

    def _mark(self, i: int) -> int | None:
        """A full stop, a rule between paragraphs, NOTE -, OR -, GENERAL RULE."""
        if self._text.ends(i):
            return self._formal(i, i + 1)
        if end := self._stands(NOTE, i):
            self._note = True
        elif end := self._stands(OR_ELSE, i):
            self._alternative += 1
            self._note = False
        elif end := self._stands(GENERAL, i):
            self._general()
        else:
            end = self._stands(AND_ALSO, i)
        return None if end is None else self._formal(i, end)

    def _head(self, i: int) -> int | None:
        """Headings, which reign until the next."""
        found = self._heading(i)
        if found is None:
            return None
        self._acts, self._when = found.acts or self._acts, found.when
        self._note = False
        return self._formal(i, found.end)

    def _general(self) -> None:
        """What follows is for all, unless it belongs to the scope just named."""
        if not self._scope_is_new:
            self._header = self._condition = ""
        self._note = False

    def _sentence(self, i: int, condition: str) -> int | None:
        for found in self._grammar.match(self._text.words, i):
            if not self._closed(found.end):
                continue
            end = found.end + (self._text.words[found.end] == ".")
            part = self._text.part(i, end)
            values = found.sentence.build(found.captured, self._where(part, condition))
            if values is None:
                continue
            self.values.extend(values)
            self._scope_is_new = self._scope_is_new and not values
            if not values:
                self.form.append(part)
            return end
        return None

    def _where(self, part: Part, condition: str) -> Where:
        return Where(
            part,
            self._acts,
            self._when,
            self._header,
            condition,
            self._note,
            self._alternative,
        )

    def _scoped(self, i: int) -> int | None:
        """FOR -LC TYPE FARES, FROM/TO AREA 2: what the sentences after it are limited to.

        In a note, and after IF, it limits its own sentence alone.
        """
        words = self._text.words
        k = self._scope_end(i) if words[i] in _SCOPES else None
        if k is None:
            return None
        scope = self._text.part(i, k)
        table = words[i] in _TABLE or words[k - 1] in ("FARES", "FARE")
        over = table or self._heading(k) is not None or self._stands(NOTE, k) is not None
        if self._note or words[i] in _SENTENCE_ONLY or not over:
            end = self._sentence(k, f"{self._condition} {scope.text}".strip())
            if end is not None:
                self.form.append(scope)
            return end
        told = _DATED.isdisjoint(words[i:k])
        self._header, self._condition = (scope.text, "") if table and told else ("", scope.text)
        self._scope_is_new = True
        self.form.append(scope)
        return k

    def _scope_end(self, i: int) -> int | None:
        """Where what it limits begins."""
        alone = self._note or self._text.words[i] in _SENTENCE_ONLY
        k = i + 1
        while not self._text.ends(k):
            if self._begins(k):
                return k
            if self._opens(k):
                return None if alone else k
            k += 1
        return None

    def _opens(self, k: int) -> bool:
        """Whether a note or a heading begins at word *k* of a running line."""
        if any(self._stands(mark, k) for mark in (NOTE, OR_ELSE, GENERAL)):
            return True
        return self._text.words[k - 1] not in RUNNING and self._heading(k) is not None

    def _prose(self, i: int) -> int:
        """What we cannot read, up to where something new can begin."""
        if self._headings and (lost := heading(self._text.words, i)) and lost.acts:
            self._acts, self._when = (), ()  # it may have been a heading: better none than wrong
        k = i + 1
        while not self._text.ends(k) and not self._breaks(k):
            k += 1
        k += k < len(self._text) and self._text.words[k] == "."
        self.unparsed.append(self._text.part(i, k))
        return k

    def _breaks(self, k: int) -> bool:
        """Whether a new paragraph begins at word *k*, though no full stop went before."""
        if any(self._stands(mark, k) for mark in (NOTE, OR_ELSE, GENERAL)):
            return True
        if self._text.words[k - 1] in RUNNING:
            return False
        found = self._heading(k)
        return found is not None and bool(found.acts)

    def _heading(self, i: int) -> Heading | None:
        """Headings at word *i*, if what they stand over follows."""
        found = heading(self._text.words, i) if self._headings else None
        if found is None:
            return None
        over = self._text.ends(found.end) or self._begins(found.end)
        over = over or self._stands(NOTE, found.end) is not None
        return found if over else None

    def _begins(self, i: int) -> bool:
        """Whether a sentence we know, whole, begins here."""
        found = self._grammar.match(self._text.words, i)
        return any(self._closed(one.end) for one in found)

    def _closed(self, end: int) -> bool:
        """Whether a sentence may end before word *end*."""
        words = self._text.words
        if self._text.ends(end):
            return True
        marked = any(self._stands(mark, end) for mark in (NOTE, OR_ELSE, AND_ALSO, GENERAL))
        over = heading(words, end) if self._headings else None
        begins = end if over is None else over.end
        if marked or (over is not None and self._text.ends(begins)):
            return True
        return any(True for _ in self._grammar.match(words, begins))

    def _stands(self, mark: Pattern, i: int) -> int | None:
        found = mark.match(self._text.words, i)
        return None if found is None else found[1]

    def _formal(self, i: int, end: int) -> int:
        self.form.append(self._text.part(i, end))
        return end
