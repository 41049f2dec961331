"""What is read of a partner's answer: one whole message, little of it, and no card number."""

from __future__ import annotations

import httptools

from adapters.webhook_sender.faults import headers_too_large, not_http
from core.domain.card import masked

READ_AT_MOST = 64 * 1024
HEAD_AT_MOST = 32 * 1024  # every head of one answer (1xx too) and its trailers, together
FIELD_AT_MOST = 16 * 1024
EXCERPT_BYTES = 1000
_LOOKED_AT = 8 * 1024  # more than the excerpt: a card number may straddle its end
_RAW_AT_MOST = HEAD_AT_MOST + READ_AT_MOST  # a body in tiny chunks is mostly framing
_KEPT = frozenset({b"content-length", b"transfer-encoding", b"content-encoding", b"retry-after"})
_SWITCHING = 101


class Answer:
    """Reads one connection's answers, one after the other: begin(), then feed() until True.

    fed: bytes so far. status: of the final answer, None before its head is read. keep: the
    connection may be used again; not when something came after the answer, or is left of it.
    """

    __slots__ = ("_body", "_head", "_headers", "_parser", "_size", "fed", "keep", "status", "whole")

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._body = b""
        self._size = self.fed = self._head = 0
        self.status: int | None = None
        self.whole = False
        self.keep = False

    def feed(self, data: bytes) -> bool:
        """Take what came. True: the answer is whole, or as much of it as is ever read.

        Failed: it is not HTTP, or its headers are too large.
        """
        self.fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end(keep=False)
        except httptools.HttpParserError:
            if not self.whole:
                raise (headers_too_large() if self._head > HEAD_AT_MOST else not_http()) from None
            self.keep = False
        if self.status is None:
            if self.fed > HEAD_AT_MOST:
                raise headers_too_large()
        elif not self.whole and (self._size > READ_AT_MOST or self.fed > _RAW_AT_MOST):
            self._end(keep=False)
        return self.whole

    def ended(self) -> bool:
        """The other side will send no more: was that the end of an answer that tells no length?"""
        return self.status is not None and not self._framed()

    def header(self, name: bytes) -> str | None:
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def excerpt(self) -> str:
        """The beginning as text; "" when it is packed, which we did not ask for."""
        if not self._body:
            return ""
        packed = (self.header(b"content-encoding") or "").strip().lower()
        return excerpt(self._body) if packed in ("", "identity") else ""

    def on_message_begin(self) -> None:
        if self.whole:
            raise not_http()  # another answer, to nobody's question: no more of it is parsed

    def on_header(self, name: bytes, value: bytes) -> None:
        size = len(name) + len(value)
        self._head += size if size <= FIELD_AT_MOST else HEAD_AT_MOST + 1
        if self._head > HEAD_AT_MOST:
            raise headers_too_large()  # comes out of feed_data as the parser's own error
        name = name.lower()
        if name in _KEPT and self.status is None:
            self._headers[name] = value

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != _SWITCHING:
            self._headers = {}
        else:
            self.status = status

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if len(self._body) < _LOOKED_AT:
            self._body += data[:_LOOKED_AT]

    def on_message_complete(self) -> None:
        if self.status is not None:  # asked here, because the parser forgets it right after
            self._end(keep=self._parser.should_keep_alive() and self.status != _SWITCHING)

    def _end(self, *, keep: bool) -> None:
        self.whole = True
        self.keep = keep

    def _framed(self) -> bool:
        coding = self._headers.get(b"transfer-encoding", b"")
        return b"content-length" in self._headers or coding.strip().lower().endswith(b"chunked")


def excerpt(body: bytes) -> str:
    """Control characters are dropped: a database refuses NUL, and a terminal obeys the others."""
    text = masked(body[:_LOOKED_AT].decode(errors="replace"))
    shown = "".join(c for c in text if c.isprintable() or c in "\n\t")
    return shown.encode()[:EXCERPT_BYTES].decode(errors="ignore")
