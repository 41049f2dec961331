"""What goes wrong, when it is told to."""

from __future__ import annotations

import enum

import msgspec


class Kind(enum.StrEnum):
    """BEFORE: nothing is done. AFTER: it is done, and the answer suffers. The rest bend it."""

    # before
    UNAUTHORISED = "unauthorised"  # 401
    FORBIDDEN = "forbidden"  # 403, the key is not active
    OVER_QUOTA = "over_quota"  # 403, the day's requests are spent
    RATE_LIMITED = "rate_limited"  # 429; value: seconds in Retry-After
    SYSTEM_ERROR = "system_error"  # 500
    UNAVAILABLE = "unavailable"  # 503
    HANG = "hang"  # never answers
    DROP = "drop"  # breaks off
    # after
    LOST = "lost"  # breaks off
    ERROR_AFTER = "error_after"  # 500
    DELAY = "delay"  # value: seconds
    TRUNCATED = "truncated"
    EMPTY = "empty"
    WRONG_TYPE = "wrong_type"
    HUGE = "huge"
    MALFORMED = "malformed"
    # bent
    DEARER = "dearer"  # value: percent
    SOLD_OUT = "sold_out"
    EXPIRED = "expired"
    CONFIRMATION_ERROR = "confirmation_error"  # an error that may hide a booking
    ODD_STATUS = "odd_status"  # a booking in a state their contract does not list
    INVISIBLE = "invisible"  # the list does not show what was just booked


BEFORE = frozenset(
    {
        Kind.UNAUTHORISED,
        Kind.FORBIDDEN,
        Kind.OVER_QUOTA,
        Kind.RATE_LIMITED,
        Kind.SYSTEM_ERROR,
        Kind.UNAVAILABLE,
        Kind.HANG,
        Kind.DROP,
    }
)
AFTER = frozenset(
    {
        Kind.LOST,
        Kind.ERROR_AFTER,
        Kind.DELAY,
        Kind.TRUNCATED,
        Kind.EMPTY,
        Kind.WRONG_TYPE,
        Kind.HUGE,
        Kind.MALFORMED,
    }
)


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """operation: one of `Operation`, "*" is any. times: None is for ever."""

    kind: Kind
    operation: str = "*"
    times: int | None = 1
    value: float = 0.0


class Faults:
    """Taken first come, first served, each as often as it says."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.delay_ms = 0.0

    def add(
        self, kind: Kind | str, operation: str = "*", *, times: int | None = 1, value: float = 0.0
    ) -> None:
        self._waiting.append(Fault(Kind(kind), operation, times, value))

    def clear(self) -> None:
        self._waiting.clear()
        self.delay_ms = 0.0

    def take(self, operation: str) -> Fault | None:
        for fault in self._waiting:
            if fault.operation in ("*", operation):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                return fault
        return None
