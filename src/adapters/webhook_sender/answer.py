"""What may be kept of a partner's answer: little, readable, and no card number."""

from __future__ import annotations

import aiohttp

from core.domain.card import masked

READ_AT_MOST = 64 * 1024
EXCERPT_BYTES = 1000
_LOOKED_AT = 8 * 1024  # more than the excerpt: a card number may straddle its end


async def read_some(answer: aiohttp.ClientResponse) -> bytes:
    """The body, at most READ_AT_MOST bytes; the caller closes what is not at its end."""
    read = bytearray()
    while len(read) < READ_AT_MOST:
        chunk = await answer.content.read(READ_AT_MOST - len(read))
        if not chunk:
            break
        read += chunk
    return bytes(read)


def excerpt(body: bytes, encoding: str) -> str:
    """The beginning as text; "" when it is packed, which we did not ask for.

    Control characters are dropped: a database refuses NUL, and a terminal obeys the others.
    """
    if encoding.strip().lower() not in ("", "identity"):
        return ""
    text = masked(body[:_LOOKED_AT].decode(errors="replace"))
    shown = "".join(c for c in text if c.isprintable() or c in "\n\t")
    return shown.encode()[:EXCERPT_BYTES].decode(errors="ignore")
