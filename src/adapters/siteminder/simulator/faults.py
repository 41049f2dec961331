"""What goes wrong, when it is told to."""

from __future__ import annotations

import enum

from adapters._kit.simulator.own_faults import OwnFault, before


class Kind(enum.StrEnum):
    """BEFORE: nothing is done. AFTER: it is done, and the answer suffers. The rest bend it."""

    # before
    UNAUTHORISED = "unauthorised"  # the credential is refused, this once
    RATE_LIMITED = "rate_limited"  # 429; value: seconds in Retry-After
    AWAY = "away"  # 503
    SYSTEM_ERROR = "system_error"  # 500, no fault in it
    BUSY = "busy"  # an OTA error of type 12
    UNKNOWN_ERROR = "unknown_error"  # an OTA error of a type that nobody lists
    NAMELESS = "nameless"  # a business error that names no line
    FAULT = "fault"  # a SOAP fault of theirs
    HANG = "hang"  # never answers
    DROP = "drop"  # breaks off
    # after
    LOST = "lost"  # breaks off
    DELAY = "delay"  # value: seconds
    TRUNCATED = "truncated"
    EMPTY = "empty"
    WRONG_TYPE = "wrong_type"
    MALFORMED = "malformed"
    # bent
    WARNED = "warned"  # success, with a warning
    OTHERS = "others"  # the answer to another message
    SHUFFLED = "shuffled"  # reservations out of their order
    TWICE = "twice"  # each reservation two times in one answer


BEFORE = before(Kind)
Fault = OwnFault[Kind]  # operation: avail, rates, read, report or rooms
