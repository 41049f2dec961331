"""What an answer says: success, success with warnings, or errors, and never two of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from adapters._kit.ota.dialects import Dialect, Meaning
from adapters._kit.ota.reading import children, named, tag
from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import Element
from core.domain.stock.ari import AriLine, AvailabilityLine, RefusedLine

_MOST_WORDS = 300
_NAMED = re.compile(r"(?:=|:)\s*['\"]?([^\s,;'\"]+)")


class Wrong(msgspec.Struct, frozen=True):
    """One error or warning. code: theirs, or their type where there is none. words: theirs,
    cut; they may hold anything. record: the line it names, by their numbering."""

    type: str
    code: str
    words: str
    record: str = ""


class OtaAnswer(msgspec.Struct, frozen=True):
    """errors: empty when it succeeded."""

    errors: tuple[Wrong, ...] = ()
    warnings: tuple[Wrong, ...] = ()
    echo: str = ""


def read_answer(body: Element, name: str) -> OtaAnswer:
    """The answer *name*. Unreadable: another message, or neither yes nor no, or both."""
    root = named(body, name)
    succeeded = next(root.iterchildren(tag("Success")), None) is not None
    errors = tuple(_wrong(e) for e in children(root, "Errors", "Error"))
    if succeeded == bool(errors):
        raise Unreadable("both success and errors" if errors else "neither success nor errors")
    warnings = tuple(_wrong(w) for w in children(root, "Warnings", "Warning"))
    return OtaAnswer(errors, warnings, str(root.get("EchoToken") or ""))


def meaning(dialect: Dialect, wrong: Wrong) -> Meaning | None:
    """None: neither its code nor its type is known."""
    return dialect.codes.get(wrong.code) or dialect.types.get(wrong.type)


def refused_lines(
    dialect: Dialect, errors: Sequence[Wrong], lines: Sequence[AriLine]
) -> tuple[RefusedLine, ...]:
    """The lines that *errors* name, each once: by the room's or the plan's code in their words.

    What names none is left out: then nobody knows which line was wrong.
    """
    found: dict[int, RefusedLine] = {}
    for wrong in errors:
        meant = meaning(dialect, wrong)
        codes = set(_NAMED.findall(wrong.words))
        for place, line in enumerate(lines):
            if place not in found and _is_meant(meant, line, codes):
                found[place] = RefusedLine(place, wrong.code, wrong.words)
    return tuple(found[place] for place in sorted(found))


def _is_meant(meant: Meaning | None, line: AriLine, codes: set[str]) -> bool:
    if meant is Meaning.ROOM:
        return line.room in codes
    if meant is Meaning.PLAN and not isinstance(line, AvailabilityLine):
        rooms_too = any(code == line.room for code in codes)
        return line.plan in codes and (rooms_too or len(codes) == 1)
    return False


def _wrong(element: Element) -> Wrong:
    type_ = str(element.get("Type") or "")
    words = " ".join(" ".join(element.itertext()).split()) or str(element.get("ShortText") or "")
    return Wrong(
        type=type_,
        code=str(element.get("Code") or type_),
        words=words[:_MOST_WORDS],
        record=str(element.get("RecordID") or ""),
    )
