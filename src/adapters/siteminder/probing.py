"""The connection test: reservations of a hotel that does not exist, which a credential may ask for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from core.domain.connections.connection import Verdict
from ports.errors import Misconfigured, Refused, Unavailable, VendorError
from ports.probe import Probe

NOBODY = "SERAI-NOBODY"  # that there is none is an answer, and it delivers nothing
DEADLINE_S = 20.0


async def probe(pull: Callable[[str, float], Awaitable[object]]) -> Probe:
    began = time.perf_counter()
    facts = {"endpoint": "OTA_ReadRQ"}
    error: VendorError | None = None
    try:
        await pull(NOBODY, DEADLINE_S)
    except Refused as e:
        facts["vendor_code"] = e.vendor_code or ""
    except VendorError as e:
        error = e
    facts["elapsed_ms"] = f"{(time.perf_counter() - began) * 1000:.0f}"
    if error is None:
        return Probe(Verdict.VERIFIED, facts)
    facts["error"] = str(error)
    if isinstance(error, Unavailable):
        return Probe(Verdict.UNREACHABLE, facts, "No answer came; the credential was not judged.")
    if isinstance(error, Misconfigured):
        return Probe(
            Verdict.REJECTED,
            facts,
            "SiteMinder refuses the username and password for this PMS code, or the certificate"
            " of the address does not hold. See that test and production are not mixed up.",
        )
    return Probe(Verdict.CANNOT_TEST, facts, "An answer came that could not be understood.")
