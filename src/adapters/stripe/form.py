"""Stripe's request bodies: a form whose nesting is written in brackets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

Field = str | int | bool | None | Mapping[str, "Field"] | Sequence["Field"]


def encode(fields: Mapping[str, Field]) -> bytes:
    """`{"a": [{"b": 1}]}` → `a[0][b]=1`, percent-encoded. A field that is None is left out."""
    return urlencode(list(pairs(fields))).encode("ascii")


def pairs(fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        yield from _pairs(name, value)


def _pairs(name: str, value: Field) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if isinstance(value, bool):
        yield name, "true" if value else "false"
    elif isinstance(value, str | int):
        yield name, str(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{key}]", inner)
    else:
        for number, inner in enumerate(value):
            yield from _pairs(f"{name}[{number}]", inner)
