"""What goes wrong, when it is told to."""

from __future__ import annotations

import enum

from adapters._kit.simulator.own_faults import OwnFault, before


class Kind(enum.StrEnum):
    """BEFORE: nothing is done. AFTER: it is done, and the answer suffers. The rest bend it."""

    # before
    UNAUTHORISED = "unauthorised"  # 401
    FORBIDDEN = "forbidden"  # 403
    REVOKED = "revoked"  # 400 with FORBIDDEN in it, as the contract has it
    RATE_LIMITED = "rate_limited"  # 429; value: seconds in Retry-After
    FAILURE = "failure"  # 400 with INTERNAL_SERVER_ERROR in it, as the contract has it
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
    EXPIRED = "expired"  # the availability is no longer known
    NO_PRICING = "no_pricing"  # octo/pricing is not granted
    OTHER_MODE = "other_mode"  # a hold that is no test booking
    ODD_STATUS = "odd_status"  # a booking in a state their contract does not list
    REFUSED = "refused"  # it cannot be processed, for a reason of theirs


BEFORE = before(Kind)
Fault = OwnFault[Kind]  # operation: one of `routes.ROUTES`
