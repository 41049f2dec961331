"""A channel's error, as it is kept and counted."""

from __future__ import annotations

from datetime import datetime

from core.application.vendor_problem import code_of
from core.domain.channels.push import Failure
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    Refused,
    VendorError,
)

A_PERSON_IS_NEEDED = (Misconfigured, Refused, NotSupported, BrokenContract)


def failure_of(error: VendorError, before: Failure | None, now: datetime) -> Failure:
    """*error*, after *before* in a row: since the first, and so many times."""
    return Failure(
        code=code_of(error),
        message=str(error),
        since=before.since if before else now,
        times=before.times + 1 if before else 1,
        vendor_code=error.vendor_code,
        told=before.told if before else False,
    )
