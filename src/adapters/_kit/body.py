"""Reading a body within a bound, packed or not: a small gzip can be a very large answer."""

from __future__ import annotations

import zlib

import httpx

ACCEPT_ENCODING = "gzip, deflate"
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class BodyTooLarge(Exception):
    """The body, packed or unpacked, passes the bound. What was read is thrown away."""


class BodyBroken(Exception):
    """Packed in a way we did not ask for, or not what its Content-Encoding says."""


async def read_body(response: httpx.Response, *, cap: int) -> bytes:
    """The whole body, unpacked, at most *cap* bytes; the stream is left for the caller to close.

    Never holds more than *cap* unpacked bytes and one chunk. BodyTooLarge and
    BodyBroken as they say; httpx.TransportError when the connection fails.
    The stream is read directly because httpx unpacks a chunk without a bound.
    """
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > cap):
        raise BodyTooLarge
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    parts: list[bytes] = []
    read = size = 0
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        read += len(chunk)
        part = chunk if unpack is None else unpack.feed(chunk, cap - size)
        size += len(part)
        if size > cap or read > cap:
            raise BodyTooLarge
        parts.append(part)
    if unpack is not None and read:
        unpack.finish()
    return parts[0] if len(parts) == 1 else b"".join(parts)


class _Unpacker:
    def __init__(self, window: int) -> None:
        self._window = window
        self._z = zlib.decompressobj(window)
        self._begun = False

    def feed(self, chunk: bytes, room: int) -> bytes:
        """At most room + 1 bytes: one more than fits is enough to know."""
        try:
            out = self._z.decompress(chunk, room + 1)
        except zlib.error:
            out = self._raw(chunk, room)
        self._begun = True
        if self._z.unconsumed_tail and len(out) <= room:
            raise BodyBroken("trailing bytes")
        if self._z.unused_data:
            raise BodyBroken("bytes after the end")
        return out

    def _raw(self, chunk: bytes, room: int) -> bytes:
        """Some servers send deflate without its zlib header (RFC 9110, 8.4.1.2, note)."""
        if self._begun or self._window != zlib.MAX_WBITS:
            raise BodyBroken("not what its Content-Encoding says")
        self._z = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._z.decompress(chunk, room + 1)
        except zlib.error as e:
            raise BodyBroken("not what its Content-Encoding says") from e

    def finish(self) -> None:
        if not self._z.eof:
            raise BodyBroken("cut off")


def _unpacker(encoding: str) -> _Unpacker | None:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name not in _WINDOW:
        raise BodyBroken("packed in a way we did not ask for")
    return _Unpacker(_WINDOW[name])
