"""What can go wrong on demand, how often, and what an answer looks like when it does."""

from __future__ import annotations

from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

from adapters._kit.simulator.web import Response

Kind = Literal[
    "lose_answer",  # done, and the connection dies in the answer
    "fail_before",  # 5xx before anything is begun; nothing is kept under a key
    "fail_after",  # done, and answered 5xx
    "rate_limit",
    "unauthorized",
    "forbidden",
    "conflict",  # another request is at work under the same key
    "proxy",  # something in between answers with a page of its own
    "truncate",  # done, half the body
    "empty",
    "malformed",
    "wrong_type",
    "huge",
    "delay",  # only the delay
]
HUGE = 12 * 1024 * 1024


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """operation: our word for the call it meets, or "*". times: how many requests it meets.

    delay_ms: before the work is done. status: for fail_before, fail_after and proxy.
    retry_after: seconds, for rate_limit.
    """

    kind: Kind
    operation: str = "*"
    times: int = 1
    delay_ms: int = 0
    status: int = 500
    retry_after: int = 2


class Planted(Protocol):
    """times: None is for ever."""

    @property
    def operation(self) -> str: ...
    @property
    def times(self) -> int | None: ...


F = TypeVar("F", bound=Planted)


class Faults(Generic[F]):
    """The faults still to come, met in the order they were planted."""

    def __init__(self) -> None:
        self._planted: list[F] = []

    def plant(self, fault: F) -> None:
        self._planted.append(fault)

    def clear(self) -> None:
        self._planted.clear()

    @property
    def left(self) -> list[F]:
        return list(self._planted)

    def take(self, operation: str) -> F | None:
        """The first that fits, with one of its times used up."""
        for place, fault in enumerate(self._planted):
            if fault.operation in ("*", operation):
                if fault.times is not None and fault.times <= 1:
                    del self._planted[place]
                elif fault.times is not None:
                    less: Any = fault
                    less = msgspec.structs.replace(less, times=fault.times - 1)
                    self._planted[place] = less
                return fault
        return None


def proxy_page(fault: Fault) -> Response:
    """Something in between, which is not the vendor."""
    return Response(fault.status, b"<html><h1>Bad day</h1></html>", {"content-type": "text/html"})


def spoilt(response: Response, fault: Fault) -> Response:
    """The answer to what was done, as it arrives."""
    body = response.body
    kinds: dict[str, Response] = {
        "lose_answer": Response(response.status, b"", response.headers, len(body)),
        "truncate": Response(response.status, body[: len(body) // 2], response.headers),
        "empty": Response(response.status, b"", response.headers),
        "malformed": Response(response.status, b'{"object": ' + b"[" * 2000, response.headers),
        "wrong_type": Response(response.status, b'{"id": 7, "object": ["no"]}', response.headers),
    }
    if fault.kind == "huge":
        return Response(response.status, body[:-1] + b" " * HUGE + b"}", response.headers)
    return kinds.get(fault.kind, response)
