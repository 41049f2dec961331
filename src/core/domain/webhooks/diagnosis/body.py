"""How a body differs from the bytes that were signed, and what these may have been."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from core.domain.webhooks.diagnosis.finding import Cause, Finding

BOM = b"\xef\xbb\xbf"
_RAW = (
    "Verify the bytes of the request as they came, before any framework parses, decodes or "
    "rewrites them."
)
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x78\x9c": "zlib"}
_CHARSETS = ("utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252")
_AROUND = 12


def difference(raw: bytes, sent: bytes, encoding: str, shown: Callable[[bytes], bytes]) -> Finding:
    """Why *raw* is not *sent*; they differ.

    encoding: the content-encoding header. shown: hides what must not be repeated, byte by byte.
    """
    if not raw:
        return Finding(
            Cause.BODY_EMPTY,
            f"The body is empty; {len(sent)} bytes were signed.",
            "Something read the request's body before the verifying code did. " + _RAW,
        )
    if packed := _packed(raw, encoding):
        return Finding(
            Cause.BODY_COMPRESSED,
            f"The body is compressed ({packed}); Serai signs and sends it uncompressed.",
            "Verify after whatever packed it is undone, over the bytes that Serai sent.",
        )
    return _framed(raw, sent) or _changed(raw, sent, shown)


def _packed(raw: bytes, encoding: str) -> str:
    """What it is packed with; the header alone is believed only of what cannot be JSON."""
    magic = next((name for head, name in _PACKED.items() if raw.startswith(head)), "")
    declared = encoding.lower() if not raw.lstrip().startswith((b"{", b"[")) else ""
    return magic or (declared if declared in ("gzip", "br", "deflate", "zstd") else "")


def _framed(raw: bytes, sent: bytes) -> Finding | None:
    """The same text, in other clothes."""
    if raw.startswith(BOM) and raw.removeprefix(BOM).strip() == sent.strip():
        return Finding(Cause.BODY_BOM, "A byte order mark stands before the body.", _RAW)
    if raw.strip() == sent.strip():
        words = (
            f"The body differs in white space at its ends: {len(raw)} bytes came, "
            f"{len(sent)} were signed."
        )
        return Finding(Cause.BODY_WHITESPACE, words, _RAW)
    if charset := _charset(raw, sent):
        words = f"The body is the same text in another charset ({charset}); it was signed in UTF-8."
        return Finding(Cause.BODY_CHARSET, words, _RAW)
    if raw in (repr(sent).encode(), json.dumps(sent.decode("utf-8", "replace")).encode()):
        return Finding(Cause.BODY_QUOTED, "The body is a quoted copy of what was signed.", _RAW)
    return None


def _charset(raw: bytes, sent: bytes) -> str:
    for charset in _CHARSETS:
        if raw == _recoded(sent, "utf-8", charset):
            return charset
        if raw == _recoded(sent, charset, "utf-8"):
            return f"UTF-8 read as {charset} and encoded again"
    lossy = sent.decode("utf-8", "replace").encode("ascii", "replace")
    return "ASCII with ? for what it lacks" if lossy == raw else ""


def _recoded(raw: bytes, read_as: str, written_as: str) -> bytes | None:
    try:
        return raw.decode(read_as).encode(written_as)
    except UnicodeError:
        return None


def _changed(raw: bytes, sent: bytes, shown: Callable[[bytes], bytes]) -> Finding:
    if sent.startswith(raw):
        return Finding(
            Cause.BODY_TRUNCATED,
            f"The body was cut short: the first {len(raw)} of {len(sent)} bytes are there.",
            "Read until content-length bytes are there, and look for a limit on the body's size.",
        )
    place = _first_difference(raw, sent)
    where = (
        f"at byte {place} it has {_excerpt(shown(raw), place)}, "
        f"where {_excerpt(shown(sent), place)} was signed"
    )
    if same_json(raw, sent):
        return Finding(
            Cause.BODY_RESERIALISED,
            f"The body was parsed and written again: the same JSON, in other bytes; {where}.",
            _RAW,
        )
    return Finding(Cause.BODY_CHANGED, f"The body is not the one that was signed: {where}.", _RAW)


def _first_difference(raw: bytes, sent: bytes) -> int:
    pairs = enumerate(zip(raw, sent, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(raw), len(sent)))


def _excerpt(raw: bytes, place: int) -> str:
    part = raw[max(place - _AROUND, 0) : place + _AROUND]
    text = "".join(c if c.isprintable() else "\ufffd" for c in part.decode("utf-8", "replace"))
    return f"“{text}”" if part else "nothing"


def same_json(one: bytes, other: bytes) -> bool:
    """Both are JSON and mean the same: order of names, white space and escapes aside, 1.0 is 1."""
    try:
        return bool(_parsed(one) == _parsed(other))
    except (ValueError, ArithmeticError, RecursionError):
        return False


def _parsed(raw: bytes) -> Any:
    # A number as a pair: no list of JSON equals a tuple, and True is not 1.
    def number(text: str) -> tuple[str, Decimal]:
        return "number", Decimal(text)

    return json.loads(raw, parse_int=number, parse_float=number, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def restored(raw: bytes) -> Iterator[bytes]:
    """What may have been signed before it became *raw*; the signature tells whether it was."""
    yield raw.removeprefix(BOM).strip()
    for charset in _CHARSETS:
        for other in (_recoded(raw, charset, "utf-8"), _recoded(raw, "utf-8", charset)):
            if other is not None:
                yield other
    yield from rewritten(raw)


def rewritten(raw: bytes) -> Iterator[bytes]:
    """*raw* parsed and written again, as the usual libraries do: compact, spaced, sorted."""
    try:
        value = json.loads(raw)
        if isinstance(value, str):
            yield value.encode("utf-8")
            return
        for ascii_only in (False, True):
            for separators in ((",", ":"), (", ", ": ")):
                for in_order in (False, True):
                    yield json.dumps(
                        value, separators=separators, ensure_ascii=ascii_only, sort_keys=in_order
                    ).encode("utf-8")
    except (ValueError, RecursionError):
        return
