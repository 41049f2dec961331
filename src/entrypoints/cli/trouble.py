"""What went wrong, in one clear sentence with what to do about it."""

from __future__ import annotations

import msgspec
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from core.domain.problem import Problem
from entrypoints.bootstrap import UNFIT, BadSetting
from entrypoints.logging import without_secrets
from ports.errors import VendorError
from ports.store import Away, Busy, Violated
from ports.vault import Unreadable


class Trouble(Exception):
    """said: one sentence. remedy: what to do about it, "" when the sentence says it.

    code: with which the command ends; 2: it was used wrongly.
    """

    def __init__(self, said: str, remedy: str = "", code: int = 1) -> None:
        super().__init__(said)
        self.said = said
        self.remedy = remedy
        self.code = code


def trouble_of(error: BaseException) -> Trouble:
    """*error* for a person at a terminal. Nothing secret is repeated."""
    told = _trouble(error)
    return Trouble(without_secrets(told.said), without_secrets(told.remedy), told.code)


def _trouble(error: BaseException) -> Trouble:
    match error:
        case Trouble():
            return error
        case Problem():
            faults = "; ".join(f"{f.pointer or 'it'} {f.message}" for f in error.faults)
            return Trouble(faults or error.message)
        case ValidationError():
            return Trouble(settings_said(error), "Mend it in the environment or in .env.")
        case BadSetting() | VendorError():
            return Trouble(str(error))
        case Busy() | Violated():
            return Trouble(f"The database said no: {error}.", "Try again.")
        case Unreadable():
            return Trouble(
                f"What the database holds cannot be decrypted: {error}.",
                "Start with the encryption key it was written with (serai doctor tells more).",
            )
        case Away() | SQLAlchemyError() | OSError():
            return Trouble(
                f"The database or a file cannot be used: {_short(error)}.",
                "serai doctor tells which and how to mend it.",
            )
        case msgspec.ValidationError():
            return Trouble(str(error))
    if isinstance(error, UNFIT):
        return Trouble(_sentence(str(error)))
    return Trouble(
        f"Something unforeseen happened: {type(error).__name__}: {_short(error)}",
        "Run it again with --debug before the command to see where, and report that.",
    )


def settings_said(error: ValidationError) -> str:
    """Each wrong setting by its name in the environment; values are not repeated."""
    return "; ".join(
        _setting(fault["loc"], fault["msg"].removeprefix("Value error, "))
        for fault in error.errors(include_url=False, include_input=False)
    )


def _setting(place: tuple[int | str, ...], said: str) -> str:
    if not place:
        return said
    return f"SERAI_{'_'.join(map(str, place)).upper()}: {said[:1].lower()}{said[1:]}"


def _sentence(text: str) -> str:
    """Beginning with a capital, unless it begins with a path."""
    return text if "/" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def _short(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0]
    return first[:300] or type(error).__name__
