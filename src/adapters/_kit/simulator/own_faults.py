"""Faults of a vendor's own kinds: where some bend the work itself, the common ones say too little."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from adapters._kit.simulator import faults
from adapters._kit.simulator.faults import HUGE
from adapters._kit.simulator.web import Response, Send, answer, answer_without_end

K = TypeVar("K", bound=enum.StrEnum)
MALFORMED = b'{"a": \xff\xfe <b> NaN'
# What `answer_spoilt` knows: it is done, and the answer suffers.
AFTER = frozenset(
    ("lost", "error_after", "delay", "truncated", "empty", "wrong_type", "huge", "malformed")
)
BROKEN_OFF = Response(200, b"", promised=4096)  # a status line, and nothing behind it


def before(kinds: type[K]) -> frozenset[K]:
    """Those at which nothing is done: they stand first, and "drop" is the last of them."""
    each = list(kinds)
    return frozenset(each[: each.index(kinds("drop")) + 1])


class OwnFault(msgspec.Struct, Generic[K], frozen=True, forbid_unknown_fields=True):
    """operation: the vendor's simulator names them, "*" is any. times: None is for ever.

    value: what its kind says, seconds for a delay.
    """

    kind: K
    operation: str = "*"
    times: int | None = 1
    value: float = 0.0


class OwnFaults(faults.Faults[OwnFault[K]]):
    """delay_ms: before every answer."""

    def __init__(self, kinds: type[K]) -> None:
        super().__init__()
        self._kinds = kinds
        self.delay_ms = 0.0

    def add(
        self, kind: K | str, operation: str = "*", *, times: int | None = 1, value: float = 0.0
    ) -> None:
        """ValueError: there is no such kind."""
        self.plant(OwnFault(self._kinds(kind), operation, times, value))

    def clear(self) -> None:
        super().clear()
        self.delay_ms = 0.0


async def answer_undone(
    send: Send, fault: OwnFault[K], refusal: Callable[[OwnFault[K]], Response]
) -> None:
    """Nothing is done: the kind hang never answers, drop breaks off, any other is refused."""
    if fault.kind == "hang":
        await asyncio.sleep(3600)
    await answer(send, BROKEN_OFF if fault.kind == "drop" else refusal(fault))


async def answer_spoilt(
    send: Send,
    response: Response,
    fault: OwnFault[K],
    *,
    wrong_type: bytes,
    failed: Response,
    huge: int = HUGE,
) -> None:
    """What was done, and its answer suffers: the kinds lost, truncated, empty, wrong_type,
    malformed, huge, delay; any other is answered by *failed*.

    wrong_type: a body whose fields hold what they may not. huge: bytes.
    """
    match str(fault.kind):
        case "lost":
            response = BROKEN_OFF
        case "truncated":
            response = response.with_body(response.body[: len(response.body) // 2])
        case "empty":
            response = response.with_body(b"")
        case "wrong_type":
            response = response.with_body(wrong_type)
        case "malformed":
            response = response.with_body(MALFORMED)
        case "huge":
            return await answer_without_end(send, response, huge)
        case "delay":
            await asyncio.sleep(fault.value)
        case _:
            response = failed
    return await answer(send, response)
