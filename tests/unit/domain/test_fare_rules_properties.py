"""Whatever the text: nothing raises, nothing is lost, and its lay-out changes nothing."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.fare_rules import FareRules, parse
from core.domain.fare_rules.discount_sentences import DISCOUNTS
from core.domain.fare_rules.forms import FORMS
from core.domain.fare_rules.parse import SENTENCES
from core.domain.fare_rules.penalty_sentences import PENALTIES
from core.domain.fare_rules.readers import READERS
from core.domain.fare_rules.sentence import Grammar, Sentence
from core.domain.fare_rules.text import Part
from core.domain.fare_rules.timing_sentences import DEADLINES, SALES, STAYS
from core.domain.fare_rules.tokens import Text
from tests.unit.domain.given import modest
from tests.unit.domain.test_fare_rules_texts import CASES, Case, told

WORDS = (
    "CHANGES CANCELLATIONS ANY TIME BEFORE AFTER DEPARTURE CHARGE USD 150.00 25 PERCENT FOR"
    " REISSUE / NO - SHOW NOT PERMITTED NOTE OR IF WHEN FROM TO FARES TRAVEL MUST COMMENCE 3 DAYS"
    " MONTHS PER TICKET HIGHER OF INFANT CHILD UNDER 2 TICKETING RESERVATIONS . -- , 31 DEC 26"
).split()
texts = st.one_of(
    st.text(max_size=300),
    st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")),
    st.lists(st.sampled_from([*WORDS, "\n"]), max_size=80).map(" ".join),
)
categories = st.sampled_from([3, *SENTENCES])
known = st.sampled_from(list(CASES.values()))
every_sentence = [
    (table, sentence)
    for table in (FORMS, DEADLINES, STAYS, SALES, PENALTIES, DISCOUNTS)
    for sentence in table
]


def said(rules: FareRules) -> tuple[tuple[str, ...], list[str]]:
    return told(rules), [part.text.upper() for part in rules.unparsed]


def parts(rules: FareRules) -> list[Part]:
    values = (rules.penalties, rules.remarks, rules.deadlines, rules.stays, rules.discounts)
    sources = [one.source for kind in values for one in kind]
    form = [part for category in rules.categories for part in category.form]
    return [*(part for part in sources if part is not None), *form, *rules.unparsed]


@modest
@given(categories, texts)
def test_every_line_ends_in_a_value_or_in_the_form_or_in_what_was_not_understood(
    category: int, text: str
) -> None:
    rules = parse({category: text})
    if not rules.categories[0].read:
        return
    named = {n for part in parts(rules) for n in range(part.first, part.last + 1)}
    assert {n for n, line in enumerate(text.splitlines(), 1) if line.strip()} <= named


@modest
@given(known, st.integers(24, 200))
def test_wrapped_anew_it_reads_the_same(case: Case, width: int) -> None:
    lines = case.text.splitlines()
    again = [textwrap.fill(" ".join(lines), width, break_long_words=False, break_on_hyphens=False)]
    assert said(parse({case.category: "\n".join(again)})) == said(parse({case.category: case.text}))


@modest
@given(known)
def test_in_lower_case_it_reads_the_same(case: Case) -> None:
    lower = [told.upper() for told in told(parse({case.category: case.text.lower()}))]
    assert lower == [told.upper() for told in told(parse({case.category: case.text}))]


@modest
@given(known, texts)
def test_what_follows_a_paragraph_does_not_unsay_it(case: Case, text: str) -> None:
    """Sentences before the last rule drawn across the page stay as they were read."""
    before = parse({case.category: case.text})
    after = parse({case.category: f"{case.text}\n-----\n{text}"})
    assert set(after.penalties) >= set(before.penalties)
    assert set(after.stays) >= set(before.stays)


@pytest.mark.parametrize(
    ("table", "sentence"), every_sentence, ids=[s.example[:60] for _, s in every_sentence]
)
def test_each_sentence_reads_the_example_it_was_written_for(
    table: tuple[Sentence, ...], sentence: Sentence
) -> None:
    text = Text(16, sentence.example)
    found = [one for one in Grammar(table, READERS).match(text.words, 0) if one.end == len(text)]
    assert any(one.sentence is sentence for one in found)


@pytest.mark.parametrize(
    "piece",
    ["A", "1.", "- ", "FOR ", "CHANGES ANY TIME ", "CANCEL/", "NOTE - IF X CHANGES AND - ", "\n"],
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    """Eight times the text may take sixteen times as long, where squares would take sixty-four."""

    def took(size: int) -> float:
        text = piece * (size // len(piece))
        begun = time.process_time()
        parse({16: text})
        return time.process_time() - begun

    def best(size: int) -> float:  # of three: a busy machine only ever adds
        return min(took(size) for _ in range(3))

    took(1_000)
    assert best(80_000) < 16 * max(best(10_000), 0.01)


def test_a_megabyte_without_a_line_is_read() -> None:
    rules = parse({16: "CHARGE OF NOTHING KNOWN " * 43_000})
    assert not rules.penalties
    assert rules.unparsed[0].first == 1
