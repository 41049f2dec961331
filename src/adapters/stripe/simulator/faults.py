"""What can go wrong on demand, and how often."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "lose_answer",  # done, and the connection dies in the answer
    "fail_before",  # 5xx before anything is begun; nothing is kept under the key
    "fail_after",  # done, and answered 5xx; the key keeps that answer
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
Operation = Literal["*", "start_checkout", "find", "expire", "refund", "find_refund", "probe"]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """times: how many requests it meets. delay_ms: before the work is done.

    status: for fail_before, fail_after and proxy. retry_after: seconds, for rate_limit.
    should_retry: Stripe's own hint on the answer, absent when None.
    """

    kind: Kind
    operation: Operation = "*"
    times: int = 1
    delay_ms: int = 0
    status: int = 500
    retry_after: int = 2
    should_retry: bool | None = None


class Faults:
    """The faults still to come, met in the order they were planted."""

    def __init__(self) -> None:
        self._planted: list[Fault] = []

    def plant(self, fault: Fault) -> None:
        self._planted.append(fault)

    def clear(self) -> None:
        self._planted.clear()

    @property
    def left(self) -> list[Fault]:
        return list(self._planted)

    def take(self, operation: str) -> Fault | None:
        """The first that fits, with one of its times used up."""
        for place, fault in enumerate(self._planted):
            if fault.operation in ("*", operation):
                if fault.times <= 1:
                    del self._planted[place]
                else:
                    less = msgspec.structs.replace(fault, times=fault.times - 1)
                    self._planted[place] = less
                return fault
        return None
