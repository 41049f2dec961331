"""The text of a fare's categories, as structured rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from core.domain.fare_rules.discount_sentences import DISCOUNTS
from core.domain.fare_rules.forms import FORMS
from core.domain.fare_rules.penalty_sentences import PENALTIES
from core.domain.fare_rules.readers import READERS
from core.domain.fare_rules.reading import Reading
from core.domain.fare_rules.rules import (
    Act,
    Discount,
    FareRules,
    Penalty,
    Remark,
    StructuredPenalty,
)
from core.domain.fare_rules.ruling import conflicts
from core.domain.fare_rules.sentence import Grammar, Sentence
from core.domain.fare_rules.text import TITLES, Category
from core.domain.fare_rules.timing import Deadline, Stay
from core.domain.fare_rules.timing_sentences import DEADLINES, SALES, STAYS
from core.domain.fare_rules.tokens import Text

SENTENCES: dict[int, tuple[Sentence, ...]] = {
    5: DEADLINES,
    6: STAYS,
    7: STAYS,
    15: SALES,
    16: PENALTIES,
    19: DISCOUNTS,
    31: PENALTIES,
    33: PENALTIES,
}
_GRAMMARS = {id(table): Grammar((*FORMS, *table), READERS) for table in SENTENCES.values()}
_ACTS = {31: (Act.CHANGE,), 33: (Act.REFUND,)}


def parse(
    text_by_category: Mapping[int, str],
    *,
    structured: Iterable[StructuredPenalty] = (),
    fare_basis: str = "",
    carrier: str = "",
    origin: str = "",
    destination: str = "",
) -> FareRules:
    """Read the categories of one fare, by ATPCO's numbers.

    Any text is taken and none raises; what is not understood is in ``unparsed``. Categories
    without a grammar (seasons, blackouts, combinations, …) are kept as text alone. Takes time in
    the length of the text.
    """
    readings = {n: _read(n, raw) for n, raw in sorted(text_by_category.items())}
    values = [value for r in readings.values() if r is not None for value in r.values]
    rules = FareRules(
        fare_basis,
        carrier,
        origin,
        destination,
        tuple(_category(n, text_by_category[n], r) for n, r in readings.items()),
        tuple(value for value in values if isinstance(value, Penalty)),
        tuple(value for value in values if isinstance(value, Remark)),
        tuple(value for value in values if isinstance(value, Deadline)),
        tuple(value for value in values if isinstance(value, Stay)),
        tuple(value for value in values if isinstance(value, Discount)),
        tuple(structured),
        unparsed=tuple(p for r in readings.values() if r is not None for p in r.unparsed),
    )
    return msgspec.structs.replace(rules, conflicts=conflicts(rules))


def _read(number: int, raw: str) -> Reading | None:
    table = SENTENCES.get(number)
    if table is None:
        return None
    headings = table is PENALTIES
    grammar = _GRAMMARS[id(table)]
    return Reading(Text(number, raw), grammar, headings=headings, acts=_ACTS.get(number, ())).run()


def _category(number: int, raw: str, reading: Reading | None) -> Category:
    form = () if reading is None else tuple(reading.form)
    lines = tuple(raw.splitlines())
    return Category(number, TITLES.get(number, ""), lines, reading is not None, form)
