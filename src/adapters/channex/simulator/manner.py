"""What is unusual about its answers, until it is told otherwise."""

from __future__ import annotations

import msgspec


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """refuse: places of a push that are not taken. unpriced: rate plans whose rates are not taken,
    and all else of them is. strange: a push is warned of a value that it
    did not hold. disorder: the feed comes newest first; repeat: it tells each revision twice;
    pages: False: whichever page is asked for, it tells the first."""

    refuse: tuple[int, ...] = ()
    unpriced: tuple[str, ...] = ()
    strange: bool = False
    disorder: bool = False
    repeat: bool = False
    pages: bool = True
