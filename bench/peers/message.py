"""The message that every contender delivers."""

from __future__ import annotations

BODY = 350
_FRAME = b'{"type":"booking.confirmed","data":{"note":"%s"}}'
RAW = _FRAME % (b"x" * (BODY - len(_FRAME) + 2))
