"""Their error codes → what the caller must do."""

from __future__ import annotations

import msgspec

from adapters._kit.answer import Answer
from adapters._kit.verdict import Fault
from adapters._kit.xml import local, read_xml
from ports.errors import BrokenContract, Misconfigured, Refused, Unavailable, VendorError

HOTEL_UNKNOWN = 3202
SYSTEM = 4000  # from here on the failure is theirs
BUSY_S, SOON_S, LATER_S = 5.0, 60.0, 3600.0


class EqcError(msgspec.Struct, frozen=True):
    """words: theirs, which may quote what we sent: never into an error."""

    code: int
    words: str

    def __repr__(self) -> str:
        return f"EqcError({self.code})"


class Failed(msgspec.Struct, frozen=True):
    """An answer that holds errors: nothing was done. At least one."""

    errors: tuple[EqcError, ...]


class Consequence(msgspec.Struct, frozen=True):
    """rank: of several errors the greatest counts."""

    error: type[VendorError]
    rank: int
    retry_after_s: float | None = None


_KNOWN = {
    1000: Consequence(Misconfigured, 4),  # no access to the interface
    1001: Consequence(Misconfigured, 4),  # wrong user or password
    1003: Consequence(Misconfigured, 4),  # not the right access level
    3206: Consequence(Misconfigured, 4),  # linked to no hotel
    HOTEL_UNKNOWN: Consequence(Refused, 3),
    3145: Consequence(Unavailable, 2, LATER_S),  # the hotel is being converted
    3210: Consequence(Unavailable, 2, BUSY_S),  # another message of the hotel is on its way
    4100: Consequence(BrokenContract, 3),  # "do not retry"
    4101: Consequence(BrokenContract, 3),
}


def kind_of(code: int) -> Consequence:
    """Below SYSTEM, what is not known is a message of ours that they do not take."""
    known = _KNOWN.get(code)
    if known is not None:
        return known
    return Consequence(Unavailable, 1, SOON_S) if code >= SYSTEM else Consequence(BrokenContract, 3)


def read_fault(answer: Answer) -> Fault | None:
    """For `VendorHttp`: an answer that is not 2xx may still be one of their messages."""
    root = read_xml(answer.body)
    codes = [int(one.get("code", "")) for one in root if local(one) == "Error"]
    if not codes:
        return None
    code = max(codes, key=lambda one: kind_of(one).rank)
    kind = kind_of(code)
    return Fault(str(code), kind.error, kind.retry_after_s)
