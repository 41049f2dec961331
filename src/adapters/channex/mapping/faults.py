"""Their errors → what the caller must do.

The key is good where something is forbidden: it has no access to that property (API reference,
status codes), so a 403 is a refusal and a 401 is for a person.
"""

from __future__ import annotations

import msgspec

from adapters._kit.answer import Answer
from adapters._kit.verdict import Fault
from adapters.channex.mapping.wire import FaultRS
from ports.errors import Refused, Unavailable

PAUSE_S = 60.0  # "pause updates for the property for 1 minute": their guide to rate limits


def read_fault(answer: Answer) -> Fault | None:
    """For `VendorHttp`: what an answer that is not 2xx says. Raises what a decoder raises."""
    if answer.status == 429:
        asked = "retry-after" in answer.headers
        return Fault("http_too_many_requests", Unavailable, None if asked else PAUSE_S)
    code = msgspec.json.decode(answer.body, type=FaultRS).errors.code
    return Fault(code, Refused if answer.status == 403 else None)
