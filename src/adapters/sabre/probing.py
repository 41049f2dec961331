"""The connection test: a token for the password, and a question that the token is good for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from adapters._kit.http import Answer
from adapters.sabre.mapping import booking
from core.domain.connections.connection import Verdict
from ports.errors import Misconfigured, Unavailable, VendorError
from ports.probe import Probe

PATH = "/v1/trip/orders/getBooking"
NOBODY = "AAAAAA"  # a locator to ask for: that there is none is an answer
DEADLINE_S = 10.0


class Post(Protocol):
    async def __call__(
        self, path: str, content: bytes, *, operation: str, deadline_s: float
    ) -> Answer: ...


async def probe(sign_in: Callable[[], Awaitable[str]], post: Post) -> Probe:
    began = time.perf_counter()
    facts = {"endpoint": "TokenCreateRQ"}
    try:
        await sign_in()
        facts = {"endpoint": PATH, "signed_in": "yes"}
        query = booking.query(NOBODY)
        answer = await post(PATH, query, operation="probe", deadline_s=DEADLINE_S)
    except VendorError as e:
        return _failed(e, {**facts, "error": str(e), "elapsed_ms": _since(began)})
    facts = {**facts, "status": str(answer.status), "elapsed_ms": _since(began)}
    if answer.request_id:
        facts["request_id"] = answer.request_id
    if not answer.body.lstrip().startswith(b"{"):
        return Probe(
            Verdict.CANNOT_TEST,
            facts,
            "Something answered that does not speak as Sabre does: look at the address.",
        )
    return Probe(Verdict.VERIFIED, facts)


def _since(began: float) -> str:
    return f"{(time.perf_counter() - began) * 1000:.0f}"


def _failed(error: VendorError, facts: dict[str, str]) -> Probe:
    if isinstance(error, Unavailable):
        return Probe(Verdict.UNREACHABLE, facts, "No answer came; the credential was not judged.")
    if not isinstance(error, Misconfigured):
        return Probe(Verdict.CANNOT_TEST, facts, "An answer came that could not be understood.")
    if error.vendor_code == "USG_AUTHENTICATION_FAILED":
        return Probe(
            Verdict.REJECTED,
            {**facts, "vendor_code": error.vendor_code},
            "Sabre refuses EPR and password for this organisation and domain. Stop trying: several"
            " wrong passwords lock the EPR; change or unlock it, and see that CERT and PROD are"
            " not mixed up.",
        )
    if "signed_in" in facts:
        return Probe(
            Verdict.REJECTED,
            facts,
            "The password is right, and the EPR may not use Booking Management: ask Sabre to"
            " activate it for this PCC.",
        )
    return Probe(
        Verdict.UNREACHABLE,
        facts,
        "Nothing was sent: the address or its certificate does not hold.",
    )
