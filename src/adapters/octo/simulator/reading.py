"""Reading a request strictly: every field is known, typed and bounded, or it is rejected."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date
from typing import Any

from adapters.octo.simulator.reject import malformed

MISSING = object()
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CONTACT = ("fullName", "firstName", "lastName", "phoneNumber", "postalCode", "country", "notes")


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

    def __init__(self, document: object, where: str = "") -> None:
        if not isinstance(document, dict):
            raise malformed(f"{where} must be an object")
        self._left: dict[str, Any] = dict(document)
        self._where = where

    def text(self, name: str, high: int = 2000) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not 1 <= len(value) <= high:
            raise malformed(f"{self._at(name)}: 1 to {high} characters")
        return value

    def maybe_text(self, name: str, high: int = 2000) -> str | None:
        if self._left.get(name) is None:
            self._left.pop(name, None)
            return None
        return self.text(name, high)

    def uuid(self, name: str) -> str:
        value = self.text(name, 36)
        try:
            return str(uuid.UUID(value))
        except ValueError:
            raise malformed(f"{self._at(name)}: not a UUID") from None

    def number(self, name: str, low: int, high: int) -> int:
        value = self._take(name)
        if type(value) is not int or not low <= value <= high:
            raise malformed(f"{self._at(name)}: {low} to {high}")
        return value

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if type(value) is not bool:
            raise malformed(f"{self._at(name)}: true or false")
        return value

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name, 10))
        except ValueError:
            raise malformed(f"{self._at(name)}: not a date") from None

    def rows(self, name: str, high: int = 100) -> list[Any]:
        value = self._take(name)
        if not isinstance(value, list) or not 1 <= len(value) <= high:
            raise malformed(f"{self._at(name)}: 1 to {high} entries")
        return value

    def part(self, name: str) -> dict[str, Any]:
        value = self._take(name)
        if not isinstance(value, dict):
            raise malformed(f"{self._at(name)} must be an object")
        return value

    def has(self, name: str) -> bool:
        return name in self._left

    def done(self) -> None:
        if self._left:
            raise malformed(f"Unknown field {self._at(sorted(self._left)[0])}")

    def _take(self, name: str) -> Any:
        value = self._left.pop(name, MISSING)
        if value is MISSING or value is None:
            raise malformed(f"{self._at(name)} is missing")
        return value

    def _at(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name


def contact(document: object) -> dict[str, Any]:
    """As it is kept: every field there, null where nothing was said."""
    fields = Fields(document, "contact")
    told: dict[str, Any] = {name: fields.maybe_text(name) for name in CONTACT}
    told["emailAddress"] = fields.maybe_text("emailAddress", 254)
    told["locales"] = fields.rows("locales") if fields.has("locales") else []
    fields.done()
    if told["emailAddress"] is not None and not EMAIL.fullmatch(told["emailAddress"]):
        raise malformed("contact.emailAddress: not an address")
    return told


def nobody() -> dict[str, Any]:
    return contact({})
