"""A value that cannot be printed by accident."""

from __future__ import annotations

from typing import Any


class Secret:
    """Holds a secret text. repr, str, format and logging show only that there is one.

    It is not a msgspec type on purpose: encoding one fails instead of leaking it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself. Call it where it is used, never where it is passed on."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> Any:
        raise TypeError("a Secret is not pickled")
