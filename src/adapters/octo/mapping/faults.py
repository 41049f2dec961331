"""Their errors → what the caller must do.

By the contract most errors come as HTTP 400, even a missing key and a failure of their own;
some suppliers use the fitting status. So the code in the body tells, before the status does.
"""

from __future__ import annotations

import msgspec

from adapters._kit.answer import Answer
from adapters._kit.verdict import Fault
from adapters.octo.mapping.wire import Error
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable

NO_SUCH_BOOKING = "INVALID_BOOKING_UUID"
NO_SUCH_PRODUCT = "INVALID_PRODUCT_ID"
UNFIT = "UNPROCESSABLE_ENTITY"
_OURS_TO_MEND = frozenset({"UNAUTHORIZED", "FORBIDDEN"})
_GONE = frozenset(
    {NO_SUCH_PRODUCT, "INVALID_OPTION_ID", "INVALID_UNIT_ID", "INVALID_AVAILABILITY_ID"}
)
_NO = _GONE | {NO_SUCH_BOOKING, UNFIT, "BAD_REQUEST"}


def read_fault(answer: Answer) -> Fault | None:
    """For `VendorHttp`: what an answer that is not 2xx says. Raises what a decoder raises."""
    code = msgspec.json.decode(answer.body, type=Error).error
    if code in _OURS_TO_MEND:
        return Fault(code, Misconfigured)
    if code == "INTERNAL_SERVER_ERROR":
        return Fault(code, Unavailable if answer.repeatable else OutcomeUnknown)
    if code in _NO and answer.status < 500 and answer.status not in (401, 403, 429):
        return Fault(code, Refused)
    return Fault(code)


def is_gone(code: str | None) -> bool:
    """What was offered is no longer known to them."""
    return code in _GONE


def is_wrong_key(answer: Answer) -> bool:
    """For the connection test, which looks at refusals itself."""
    if answer.status in (401, 403):
        return True
    try:
        return msgspec.json.decode(answer.body, type=Error).error in _OURS_TO_MEND
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
