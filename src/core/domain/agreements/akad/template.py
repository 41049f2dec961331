"""A versioned text in clauses, and what every version of it must hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from core.domain.problem import Fault

_PLACE = re.compile(r"\{([a-z_:]*)\}")
TABLE = "table:"


class Clause(msgspec.Struct, frozen=True):
    """key: what it is about, of the form. arabic: its heading in Arabic, "" for none.

    text: paragraphs divided by an empty line. `{ujrah}` stands for a figure or a name of the
    agreement; a paragraph that is only `{table:costs}` stands for a table.
    """

    key: str
    heading: str
    text: str
    arabic: str = ""


class Review(msgspec.Struct, frozen=True):
    """A person's word that a text may be used. by: who, by name and office. of: `legal`, `sharia`."""

    of: str
    by: str
    at: datetime


class Template(msgspec.Struct, frozen=True):
    """One version; it never changes. id, created_at: None of what ships with the hub."""

    name: str
    version: int
    title: str
    arabic: str
    clauses: tuple[Clause, ...]
    reviews: tuple[Review, ...] = ()
    id: str | None = None
    created_at: datetime | None = None

    @property
    def is_reviewed(self) -> bool:
        """A lawyer and a sharia supervisor both said that it may be used."""
        return {"legal", "sharia"} <= {r.of for r in self.reviews}


class Form(msgspec.Struct, frozen=True):
    """What every version of a template must hold. layout: how it is set.

    clauses: required, by key, each with the placeholders it must say. roles: who signs, in order.
    known: every placeholder and table there is.
    """

    name: str
    layout: str
    roles: tuple[str, ...]
    clauses: Mapping[str, frozenset[str]]
    known: frozenset[str]


def placeholders(text: str) -> frozenset[str]:
    return frozenset(_PLACE.findall(text))


def faults_of(template: Template, form: Form) -> tuple[Fault, ...]:
    """Every clause that is missing, doubled, empty, or does not say what it has to."""
    return tuple(_faults(template, form))


def _faults(template: Template, form: Form) -> Iterator[Fault]:
    keys = [c.key for c in template.clauses]
    for key in form.clauses:
        if key not in keys:
            yield Fault("/clauses", f"the required clause {key!r} is missing")
    for place, clause in enumerate(template.clauses):
        at = f"/clauses/{place}"
        if clause.key in keys[:place]:
            yield Fault(f"{at}/key", f"there are two clauses {clause.key!r}")
        if not clause.heading.strip():
            yield Fault(f"{at}/heading", f"the clause {clause.key!r} has no heading")
        if not clause.text.strip():
            yield Fault(f"{at}/text", f"the clause {clause.key!r} says nothing")
        said = placeholders(clause.text)
        for name in sorted(form.clauses.get(clause.key, frozenset()) - said):
            yield Fault(f"{at}/text", f"the clause {clause.key!r} has to say {{{name}}}")
        for name in sorted(said - form.known):
            yield Fault(f"{at}/text", f"there is no placeholder {{{name}}}")
        if set("{}") & set(_PLACE.sub("", clause.text)):
            yield Fault(f"{at}/text", "a brace stands for a placeholder, as in {ujrah}")
        for paragraph in paragraphs(clause.text):
            lone = _PLACE.fullmatch(paragraph)
            if not lone and any(p.startswith(TABLE) for p in placeholders(paragraph)):
                yield Fault(f"{at}/text", "a table stands in a paragraph of its own")


def paragraphs(text: str) -> list[str]:
    return [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]


def runs(paragraph: str, values: Mapping[str, str]) -> list[tuple[str, bool]]:
    """The paragraph in pieces: (text, whether it was filled in). KeyError: nothing fills it."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _PLACE.finditer(paragraph):
        if found.start() > end:
            pieces.append((paragraph[end : found.start()], False))
        pieces.append((values[found.group(1)], True))
        end = found.end()
    if end < len(paragraph):
        pieces.append((paragraph[end:], False))
    return pieces


def table_of(paragraph: str) -> str | None:
    """The table that a paragraph stands for; None: it is text."""
    found = _PLACE.fullmatch(paragraph)
    if found is None or not found.group(1).startswith(TABLE):
        return None
    return found.group(1).removeprefix(TABLE)
