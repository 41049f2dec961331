"""A vendor's error in the words of our own caller."""

from __future__ import annotations

from core.domain.problem import Conflict, Failed, Problem
from core.domain.refusal import Refusal
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)

# The one table of our words; in the order they are tried, for a Skipped is Unavailable too.
CODES: dict[type[VendorError], str] = {
    Unavailable: "vendor_unavailable",
    Refused: "vendor_refused",
    Misconfigured: "vendor_misconfigured",
    NotSupported: "not_supported",
    BrokenContract: "vendor_broken_contract",
    OutcomeUnknown: "vendor_outcome_unknown",
}


def code_of(error: VendorError) -> str:
    """What the API, a record and a channel's failure call *error*."""
    return next((c for kind, c in CODES.items() if isinstance(error, kind)), CODES[OutcomeUnknown])


def problem_of(error: VendorError) -> Problem:
    """For calls that change nothing, or that certainly did nothing."""
    code = code_of(error)
    match error:
        case Unavailable():
            return Failed(code, str(error), retry_after_s=error.retry_after_s)
        case Misconfigured():
            return Failed(code, f"{error}; test the connection to learn more")
        case NotSupported() | Refused():
            return Conflict(code, str(error))
        case _:
            return Failed(code, str(error))


def refusal_of(error: VendorError) -> Refusal:
    """Why nothing was done, for the record of a booking, payment or refund."""
    return Refusal(code_of(error), str(error), error.vendor_code)
