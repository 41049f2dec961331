from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, what was seen, and, where it is not right, how to mend it."""

    about: str
    said: str
    good: bool = True
    remedy: str = ""


def wrong(about: str, said: str, remedy: str) -> Finding:
    return Finding(about, said, False, remedy)
