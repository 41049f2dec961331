"""What may be said of an answer or an error. Everything not known to be harmless is hidden."""

from __future__ import annotations

import re

HIDDEN = "***"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:/+=-]+")
_QUOTED = re.compile(r"'[^']*'?|\"[^\"]*\"?")


def safe_code(value: object, *, longest: int = 64) -> str | None:
    """A vendor's code or id, stripped of all that is no part of a code; None when nothing is left."""
    return _UNSAFE.sub("_", str(value)[: longest * 2]).strip("_")[:longest] or None


def safe_reason(error: BaseException, *, longest: int = 200) -> str:
    """Why a decoder stopped, without the values it quotes (they may be a guest's name)."""
    return _QUOTED.sub(HIDDEN, f"{type(error).__name__}: {error}")[:longest]
