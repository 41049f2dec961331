"""Reading a request strictly: every field is known, typed and bounded, or it is rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from adapters.hotelbeds.simulator.reject import invalid, malformed

MISSING = object()


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise malformed("Content-Type must be application/json")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise malformed("The body is not JSON") from None
    if not isinstance(document, dict):
        raise malformed("The body is not an object")
    return document


class Fields:
    """One object of a request. `done` rejects what nobody asked for."""

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, dict):
            raise malformed(f"{where} must be an object")
        self._left: dict[str, Any] = dict(document)
        self._where = where

    def text(self, name: str, low: int = 1, high: int = 2000) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not low <= len(value) <= high:
            raise invalid(f"Error at property {self._at(name)}: {low} to {high} characters")
        return value

    def maybe_text(self, name: str, high: int = 2000) -> str | None:
        return self.text(name, 0, high) if name in self._left else None

    def number(self, name: str, low: int, high: int) -> int:
        value = self._take(name)
        if type(value) is not int or not low <= value <= high:
            raise invalid(f"Error at property {self._at(name)}: {low} to {high}")
        return value

    def decimal(self, name: str, low: float, high: float) -> float:
        """As a number or as text: they take both."""
        value = self._take(name)
        try:
            number = float(value) if isinstance(value, str | int | float) else low - 1
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise invalid(f"Error at property {self._at(name)}: {low} to {high}")
        return number

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name, 10, 10))
        except ValueError:
            raise invalid(f"Error at property {self._at(name)}: not a date") from None

    def rows(self, name: str, low: int = 1, high: int = 2000) -> list[Any]:
        value = self._take(name)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise invalid(f"Error at property {self._at(name)}: {low} to {high} entries")
        return value

    def maybe_rows(self, name: str) -> list[Any]:
        return self.rows(name, 0) if name in self._left else []

    def inside(self, name: str) -> Fields:
        return Fields(self._take(name), self._at(name))

    def has(self, name: str) -> bool:
        return name in self._left

    def drop(self, *names: str) -> None:
        for name in names:
            self._left.pop(name, None)

    def done(self) -> None:
        if self._left:
            raise malformed(f"Unrecognised field at {self._at(sorted(self._left)[0])}")

    def _take(self, name: str) -> Any:
        value = self._left.pop(name, MISSING)
        if value is MISSING or value is None:
            raise invalid(f"Error at property {self._at(name)}: may not be null")
        return value

    def _at(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name


def query_number(query: Mapping[str, str], name: str) -> int:
    value = query.get(name, "")
    if not value.isdecimal() or len(value) > 6 or int(value) < 1:
        raise invalid(f"Error at parameter {name}: a number from 1")
    return int(value)


def query_day(query: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError:
        raise invalid(f"Error at parameter {name}: not a date") from None
