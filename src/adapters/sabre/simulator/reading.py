"""Reading a request strictly: every field is known, typed and bounded, or it is rejected."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from adapters.sabre.simulator.reject import bad

MISSING = object()


def parse(body: bytes, content_type: str) -> Fields:
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise bad("UNSUPPORTED_MEDIA_TYPE")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise bad("INVALID_JSON") from None
    return Fields(document)


class Fields:
    """One object of a request. `done` rejects what nobody asked for."""

    def __init__(self, document: object) -> None:
        if not isinstance(document, dict):
            raise bad("INVALID_FORMAT")
        self._left: dict[str, Any] = dict(document)

    def text(self, name: str, low: int = 1, high: int = 200) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not low <= len(value) <= high:
            raise bad(f"INVALID_VALUE_{name.upper()}")
        return value

    def maybe(self, name: str) -> str | None:
        return self.text(name) if name in self._left else None

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise bad(f"INVALID_VALUE_{name.upper()}")
        return value

    def number(self, name: str, low: int, high: int) -> int:
        value = self._take(name)
        if type(value) is not int or not low <= value <= high:
            raise bad(f"INVALID_VALUE_{name.upper()}")
        return value

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if type(value) is not bool:
            raise bad(f"INVALID_VALUE_{name.upper()}")
        return value

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name, 10, 10))
        except ValueError:
            raise bad(f"INVALID_VALUE_{name.upper()}") from None

    def moment(self, name: str) -> datetime:
        try:
            return datetime.fromisoformat(self.text(name, 19, 19))
        except ValueError:
            raise bad(f"INVALID_VALUE_{name.upper()}") from None

    def rows(self, name: str, low: int = 1, high: int = 99) -> list[Any]:
        value = self._take(name)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise bad(f"INVALID_VALUE_{name.upper()}")
        return value

    def parts(self, name: str, low: int = 1, high: int = 99) -> list[Fields]:
        return [Fields(row) for row in self.rows(name, low, high)]

    def inside(self, *path: str) -> Fields:
        """The object at *path*; nothing may stand beside it on the way."""
        found = self
        for n, name in enumerate(path):
            found = Fields(found._take(name))
            if n < len(path) - 1 and set(found._left) - {path[n + 1]}:
                raise bad("UNEXPECTED_FIELD")
        return found

    def has(self, name: str) -> bool:
        return name in self._left

    def drop(self, *names: str) -> None:
        for name in names:
            self._left.pop(name, None)

    def done(self) -> None:
        if self._left:
            raise bad(f"UNEXPECTED_FIELD_{sorted(self._left)[0].upper()}")

    def _take(self, name: str) -> Any:
        value = self._left.pop(name, MISSING)
        if value is MISSING or value is None:
            raise bad(f"REQUIRED_FIELD_MISSING_{name.upper()}")
        return value
