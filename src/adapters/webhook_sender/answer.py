"""What is read of a partner's answer: one whole message, and little of it."""

from __future__ import annotations

import httptools

from adapters.webhook_sender import excerpt
from adapters.webhook_sender.faults import headers_too_large, not_http

READ_AT_MOST = 64 * 1024
HEAD_AT_MOST = 32 * 1024  # every head of one answer (1xx too) and its trailers, together
FIELD_AT_MOST = 16 * 1024
_RAW_AT_MOST = HEAD_AT_MOST + READ_AT_MOST  # a body in tiny chunks is mostly framing
_SWITCHING = 101


class Answer:
    """Reads one connection's answers, one after the other: begin(), then feed() until True.

    fed: bytes so far. status: of the final answer, None before its head is read. keep: the
    connection may be used again; not when something came after the answer, or is left of it.
    """

    __slots__ = (
        "_body", "_counted", "_fields", "_first", "_head", "_last", "_parser", "_size",
        "fed", "keep", "status", "whole",
    )  # fmt: skip

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        self._fields: list[tuple[bytes, bytes]] = []  # of every head, and the trailers
        self._first = self._last = self._counted = 0  # those of the final head; those measured
        self._body = b""
        self._size = self.fed = self._head = 0
        self.status: int | None = None
        self.whole = self.keep = False

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
                self._measure()
                raise not_http() from None
            self.keep = False
        if self.fed > FIELD_AT_MOST:  # what is smaller as a whole holds nothing too large
            self._limit()
        return self.whole

    def ended(self) -> bool:
        """The other side will send no more: was that the end of an answer that tells no length?"""
        return self.status is not None and not self._framed()

    def header(self, name: bytes) -> str | None:
        """The last of that *name*, which is lower-case."""
        for found, value in reversed(self._fields[self._first : self._last]):
            if len(found) == len(name) and found.lower() == name:
                return value.decode("latin-1")
        return None

    def headers(self) -> str:
        """The final head's fields, as far as they may be kept."""
        return excerpt.of_head(self._fields[self._first : self._last])

    def excerpt(self) -> str:
        """The beginning as text; "" when it is packed, which we did not ask for."""
        if not self._body:
            return ""
        packed = (self.header(b"content-encoding") or "").strip().lower()
        return excerpt.of_body(self._body) if packed in ("", "identity") else ""

    def on_message_begin(self) -> None:
        if self.whole:
            raise not_http()  # another answer, to nobody's question: no more of it is parsed

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != _SWITCHING:
            self._first = len(self._fields)
        else:
            self._last = len(self._fields)
            self.status = status

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if len(self._body) < excerpt.LOOKED_AT:
            self._body += data[: excerpt.LOOKED_AT]

    def on_message_complete(self) -> None:
        if self.status is not None:  # asked here, because the parser forgets it right after
            self._end(keep=self._parser.should_keep_alive() and self.status != _SWITCHING)

    def _end(self, *, keep: bool) -> None:
        self.whole = True
        self.keep = keep

    def _limit(self) -> None:
        self._measure()
        if self.status is None:
            if self.fed > HEAD_AT_MOST:
                raise headers_too_large()
        elif not self.whole and (self._size > READ_AT_MOST or self.fed > _RAW_AT_MOST):
            self._end(keep=False)

    def _measure(self) -> None:
        for name, value in self._fields[self._counted :]:
            size = len(name) + len(value)
            self._head += size if size <= FIELD_AT_MOST else HEAD_AT_MOST + 1
        self._counted = len(self._fields)
        if self._head > HEAD_AT_MOST:
            raise headers_too_large()

    def _framed(self) -> bool:
        coding = self.header(b"transfer-encoding") or ""
        return self.header(b"content-length") is not None or coding.strip().lower().endswith(
            "chunked"
        )
