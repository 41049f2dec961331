"""What goes wrong, when it is told to."""

from __future__ import annotations

import enum

from adapters._kit.simulator.own_faults import OwnFault, before


class Kind(enum.StrEnum):
    """BEFORE: nothing is done. AFTER: it is done, and the answer suffers. The rest bend it."""

    # before
    UNAUTHORISED = "unauthorised"  # the token is refused, this once
    EXPIRED_TOKEN = "expired_token"  # noqa: S105  every token and session ends
    FORBIDDEN = "forbidden"  # 403, or the authorisation fault
    RATE_LIMITED = "rate_limited"  # 429; value: seconds in Retry-After
    SYSTEM_ERROR = "system_error"  # 500
    UNAVAILABLE = "unavailable"  # 503
    UNKNOWN_FAULT = "unknown_fault"  # a server fault, or an error type nobody lists
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
    TIMEOUT = "timeout"  # 200 with errors[]: an inner timeout, and it was done
    PARTIAL = "partial"  # done, with errors[] beside the locator
    HALVED = "halved"  # the first of several documents is done, and then a clear no
    BARE = "bare"  # done, and only the locator is told
    WARNED = "warned"  # done, with warnings
    ODD_STATUS = "odd_status"  # a segment status nobody knows
    NOT_COMPLETE = "not_complete"  # SOAP: NotProcessed


BEFORE = before(Kind)
Fault = OwnFault[Kind]  # operation: one of `ROUTES` or of `soap`
