"""What goes wrong, when it is told to."""

from __future__ import annotations

import enum

from adapters._kit.simulator.own_faults import OwnFault, before


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


BEFORE = before(Kind)
Fault = OwnFault[Kind]  # operation: one of `routes.ROUTES`
