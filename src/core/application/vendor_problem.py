"""A vendor's error in the words of our own caller."""

from __future__ import annotations

from core.domain.bookings.booking import Refusal
from core.domain.problem import Conflict, Failed, Problem
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    Refused,
    Unavailable,
    VendorError,
)


def problem_of(error: VendorError) -> Problem:
    """For calls that change nothing, or that certainly did nothing."""
    match error:
        case Unavailable():
            return Failed("vendor_unavailable", str(error), retry_after_s=error.retry_after_s)
        case Misconfigured():
            return Failed("vendor_misconfigured", f"{error}; test the connection to learn more")
        case NotSupported():
            return Conflict("not_supported", str(error))
        case Refused():
            return Conflict("vendor_refused", str(error))
        case BrokenContract():
            return Failed("vendor_broken_contract", str(error))
        case _:
            return Failed("vendor_outcome_unknown", str(error))


def refusal_of(error: VendorError) -> Refusal:
    """Why nothing was done, for the record of a booking, payment or refund."""
    code = {
        Refused: "vendor_refused",
        Misconfigured: "misconfigured",
        NotSupported: "not_supported",
    }.get(type(error), "vendor_unavailable")
    return Refusal(code, str(error), error.vendor_code)
