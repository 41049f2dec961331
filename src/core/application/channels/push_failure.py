"""A channel's error, as it is kept and counted."""

from __future__ import annotations

from datetime import datetime

from core.domain.channels.push import Failure
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    VendorError,
)

A_PERSON_IS_NEEDED = (Misconfigured, Refused, NotSupported, BrokenContract)
_CODES = {
    Misconfigured: "vendor_misconfigured",
    Refused: "vendor_refused",
    NotSupported: "not_supported",
    BrokenContract: "vendor_broken_contract",
    OutcomeUnknown: "vendor_outcome_unknown",
}


def failure_of(error: VendorError, before: Failure | None, now: datetime) -> Failure:
    """*error*, after *before* in a row: since the first, and so many times."""
    return Failure(
        code=_CODES.get(type(error), "vendor_unavailable"),
        message=str(error),
        since=before.since if before else now,
        times=before.times + 1 if before else 1,
        vendor_code=error.vendor_code,
        told=before.told if before else False,
    )
