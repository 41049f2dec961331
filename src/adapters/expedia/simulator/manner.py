"""What is unusual about its answers, until it is told otherwise."""

from __future__ import annotations

import msgspec


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """error: a code that every request is answered with, 0 is none. warn: a code and words that
    every AR is warned with. repeat: each booking is told twice."""

    error: int = 0
    warn: tuple[int, str] | None = None
    repeat: bool = False
