"""What a vendor answered, and reading it without trusting it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import msgspec

from adapters._kit.redact import safe_reason
from adapters._kit.unreadable import Unreadable
from ports.errors import BrokenContract, OutcomeUnknown

T = TypeVar("T")


class Phases(msgspec.Struct, frozen=True):
    """Seconds since the attempt began; None where it did not happen or could not be seen.

    connect_s is the end of TCP and TLS together.
    """

    reused: bool = False
    dns_s: float | None = None
    connect_s: float | None = None
    first_byte_s: float | None = None


class Answer(msgspec.Struct, frozen=True):
    """A whole answer: the body is read, unpacked and within the bound.

    vendor, operation and repeatable are those of the call, so that whoever
    reads the answer can name it in an error. elapsed_s covers the whole call,
    its waits and repeats too. Its repr shows neither headers nor body.
    """

    vendor: str
    operation: str
    repeatable: bool
    status: int
    headers: httpx.Headers
    body: bytes
    request_id: str | None = None
    elapsed_s: float = 0.0
    attempts: int = 1
    phases: Phases | None = None

    def __repr__(self) -> str:
        return f"<Answer {self.vendor} {self.operation} {self.status} {len(self.body)} bytes>"


def broken(answer: Answer, reason: str) -> BrokenContract | OutcomeUnknown:
    """The error for an answer that cannot be what the vendor's contract promises.

    *reason* is ours: it must hold nothing that the vendor or the guest wrote.
    """
    kind = BrokenContract if answer.repeatable else OutcomeUnknown
    return kind(
        f"HTTP {answer.status}: {reason}",
        vendor=answer.vendor,
        operation=answer.operation,
        request_id=answer.request_id,
    )


def understood(answer: Answer, read: Callable[[], T]) -> T:
    """What *read* makes of *answer*. Its Unreadable becomes the error that the call asks for."""
    try:
        return read()
    except Unreadable as e:
        reason = str(e)
    raise broken(answer, reason)


def decode(answer: Answer, type_: type[T], *, strict: bool = True) -> T:
    """The JSON body as *type_*.

    BrokenContract, or OutcomeUnknown when the call was not repeatable: empty,
    cut off, not JSON, nested too deep, or of another shape.
    strict: False lets "1" pass for 1, for vendors that send numbers as text.
    """
    if not answer.body:
        raise broken(answer, "empty body")
    asked: Any = type_  # mypy takes no type for hashable
    try:
        found: T = _decoder(asked, strict).decode(answer.body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as e:
        reason = safe_reason(e)
    else:
        return found
    raise broken(answer, reason)  # outside the except: its context quotes the body


@functools.lru_cache(maxsize=512)
def _decoder(type_: Any, strict: bool) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_, strict=strict)
