"""From an HTTP status and a vendor's own code to the port error that names what to do next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from adapters._kit.answer import Answer
from adapters._kit.redact import safe_code
from ports.errors import (
    BrokenContract,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)

Kind = type[VendorError]
LONGEST_WAIT_S = 86_400.0
# Nothing was done, whatever the call: the vendor says so before doing anything.
CLEAR: Mapping[int, Kind] = {
    401: Misconfigured,
    403: Misconfigured,
    407: Misconfigured,
    425: Unavailable,
    429: Unavailable,
}


class Fault(msgspec.Struct, frozen=True):
    """What a vendor's error body says. kind: None leaves it to the status."""

    code: str | None = None
    kind: Kind | None = None
    retry_after_s: float | None = None


ReadFault = Callable[[Answer], Fault | None]


def no_fault(_: Answer) -> None:
    """For vendors that say everything by the status."""


def verdict(
    answer: Answer,
    *,
    now: datetime,
    statuses: Mapping[int, Kind] | None = None,
    read_fault: ReadFault = no_fault,
) -> VendorError | None:
    """The error this answer stands for; None for a 2xx.

    First what the vendor's body says (*read_fault*, asked for every answer that
    is not 2xx), then the vendor's own *statuses*, taken literally, then:
    401, 403, 407 Misconfigured; 425, 429 Unavailable; 408 and 5xx Unavailable,
    or OutcomeUnknown when the call is not repeatable; other 4xx Refused; all
    else (1xx, a redirect: we follow none) is outside the contract.
    """
    if 200 <= answer.status < 300:
        return None
    fault = _fault(answer, read_fault)
    kind = fault.kind or (statuses or {}).get(answer.status) or _by_status(answer)
    after = fault.retry_after_s
    if after is None:
        after = retry_after(answer.headers.get("retry-after"), now=now)
    return _error(kind, answer, safe_code(fault.code or ""), after)


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait from a Retry-After header: seconds or an HTTP date; None when it is neither.

    Bounded to a day; a date that is past is 0.0 (RFC 9110, 10.2.3).
    """
    if value is None or len(value) > 64:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, now)
    if math.isnan(seconds) or seconds < 0:
        return None
    return min(seconds, LONGEST_WAIT_S)


def _until(value: str, now: datetime) -> float:
    try:
        at = parsedate_to_datetime(value)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return math.nan


def _fault(answer: Answer, read: ReadFault) -> Fault:
    try:
        return read(answer) or Fault()
    except (msgspec.MsgspecError, ValueError, LookupError, RecursionError):
        return Fault()  # an error page instead of an error body: the status must do


def _by_status(answer: Answer) -> Kind:
    clear = CLEAR.get(answer.status)
    if clear is not None:
        return clear
    if answer.status >= 500 or answer.status == 408:
        return Unavailable if answer.repeatable else OutcomeUnknown
    if answer.status >= 400:
        return Refused
    return BrokenContract if answer.repeatable else OutcomeUnknown


def _error(kind: Kind, answer: Answer, code: str | None, after: float | None) -> VendorError:
    if issubclass(kind, Unavailable):
        return kind(
            f"HTTP {answer.status}",
            vendor=answer.vendor,
            operation=answer.operation,
            vendor_code=code,
            request_id=answer.request_id,
            retry_after_s=after,
        )
    return kind(
        f"HTTP {answer.status}",
        vendor=answer.vendor,
        operation=answer.operation,
        vendor_code=code,
        request_id=answer.request_id,
    )
