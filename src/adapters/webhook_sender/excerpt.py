"""What may be kept of an answer: little, readable, and without what was meant for us alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from core.domain.card import masked

EXCERPT_BYTES = 1000
LOOKED_AT = 4 * EXCERPT_BYTES  # much of it may be dropped
_STRADDLING = 100  # a card number that begins in the excerpt ends before that
_HIDDEN = "•••".encode()
_LONGEST_NAME = 64
# Where a receiver, or what stands before it, puts what another could use.
_SECRET = re.compile(
    rb"auth|cookie|credential|csrf|jwt|key|pass|proxy-|secret|session|signature|token|xsrf"
)
_LINK = frozenset({b"content-location", b"link", b"location", b"refresh"})
_IN_A_LINK = re.compile(rb"(?<=//)[^/@]*@|(?<=[?#])[^>\"]+")
# Each byte as: a digit, plain, a control character, or a part of one that is not ASCII.
_KINDS = bytes(
    b"0"[0] if chr(b).isdigit() and b < 128
    else b"!"[0] if b >= 128
    else b"?"[0] if (b < 32 and b not in b"\t\n") or b == 127
    else b"."[0]
    for b in range(256)
)  # fmt: skip
_CARD_LONG = b"0" * 13


def of_body(body: bytes) -> str:
    """Its beginning as text, at most EXCERPT_BYTES."""
    return _readable(body[:LOOKED_AT].replace(b"\r", b""))


def of_head(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """One `name: value` a line, at most EXCERPT_BYTES; what looks secret by its name is hidden."""
    parts: list[bytes] = []
    for name, value in fields:
        start, hide = _line(name[:_LONGEST_NAME])
        parts.append(start)
        parts.append(value if hide is None else hide(value))
    return _readable(b"".join(parts)[1:LOOKED_AT])


@lru_cache(maxsize=1024)
def _line(name: bytes) -> tuple[bytes, Callable[[bytes], bytes] | None]:
    """How the line of a field begins, and what hides the secrets in its value."""
    name = name.lower()
    start = b"\n%b: " % name
    if _SECRET.search(name) or len(name) == _LONGEST_NAME:  # of a longer one, the end is unknown
        return start, _all
    return start, _queries if name in _LINK else None


def _all(_: bytes) -> bytes:
    return _HIDDEN


def _queries(link: bytes) -> bytes:
    return _IN_A_LINK.sub(_HIDDEN, link)


def _readable(raw: bytes) -> str:
    """Control characters are dropped: a database refuses NUL, and a terminal obeys the others.

    They go before cards are looked for: one in the middle of a number would hide it.
    Both are looked for only where a cheap glance says that there may be some.
    """
    kinds = raw.translate(_KINDS, b" -\n")
    text = raw.decode(errors="replace")
    odd = b"?" in kinds or (b"!" in kinds and not text.replace("\n", "").isprintable())
    if odd:
        text = "".join(c for c in text if c.isprintable() or c in "\n\t")
    if odd or _CARD_LONG in kinds:
        text = masked(text[: EXCERPT_BYTES + _STRADDLING])
    if len(raw) <= EXCERPT_BYTES and text.isascii():
        return text
    return text.encode()[:EXCERPT_BYTES].decode(errors="ignore")
