"""The connection test. There is nothing free of a hotel to ask for, so a hotel that nobody has is
asked about: "no such hotel" is said only to whom they know."""

from __future__ import annotations

from adapters._kit.xml import Element
from adapters.expedia.calls import Calls
from adapters.expedia.mapping import products, wire
from adapters.expedia.mapping.faults import HOTEL_UNKNOWN, Failed, kind_of
from core.domain.connections.connection import Verdict
from ports.clock import Clock
from ports.errors import BrokenContract, Misconfigured, Refused, Unavailable, VendorError
from ports.probe import Probe

NOBODYS = "0"
DEADLINE_S = 15.0
REJECTED = (1000, 1001, 1003, 3206)


async def probe(calls: Calls, clock: Clock) -> Probe:
    began = clock.monotonic()
    try:
        answer = await calls.ask(
            wire.PARR, NOBODYS, products.fill, _heard, operation="probe", deadline_s=DEADLINE_S
        )
    except VendorError as e:
        return _without_answer(e, _evidence(clock, began, error=str(e)))
    if not isinstance(answer, Failed):
        return Probe(Verdict.VERIFIED, _evidence(clock, began))
    codes = [error.code for error in answer.errors]
    evidence = _evidence(clock, began, code=", ".join(map(str, codes)))
    if HOTEL_UNKNOWN in codes:
        return Probe(Verdict.VERIFIED, evidence)
    return _refused(codes, evidence)


def _refused(codes: list[int], evidence: dict[str, str]) -> Probe:
    if 3206 in codes:
        return Probe(
            Verdict.REJECTED,
            evidence,
            "The account is known and linked to no property: each has to choose you at Partner"
            " Central.",
        )
    if any(code in REJECTED for code in codes):
        return Probe(
            Verdict.REJECTED,
            evidence,
            "Expedia does not take this user and password, or they have no access to QuickConnect.",
        )
    if any(issubclass(kind_of(code).error, Unavailable) for code in codes):
        return Probe(
            Verdict.UNREACHABLE, evidence, "Expedia is closed for now; nothing was judged."
        )
    return Probe(Verdict.CANNOT_TEST, evidence, "Expedia did not take the question itself.")


def _without_answer(error: VendorError, evidence: dict[str, str]) -> Probe:
    if isinstance(error, Unavailable):
        return Probe(
            Verdict.UNREACHABLE, evidence, "No answer came; the credential was not judged."
        )
    if isinstance(error, Misconfigured) and error.vendor_code is None:
        return Probe(
            Verdict.UNREACHABLE,
            evidence,
            "Nothing was judged: the address or its certificate does not hold, or something"
            " before Expedia turned it away.",
        )
    if isinstance(error, Misconfigured):
        return Probe(Verdict.REJECTED, evidence, "Expedia does not take this user and password.")
    if isinstance(error, BrokenContract | Refused):
        return Probe(
            Verdict.CANNOT_TEST,
            evidence,
            "Something answered that is not QuickConnect: look at the address.",
        )
    return Probe(Verdict.CANNOT_TEST, evidence, "An answer came that could not be understood.")


def _heard(_: Element) -> None:
    """A list of products of hotel 0 would do as well."""


def _evidence(clock: Clock, began: float, **more: str) -> dict[str, str]:
    elapsed = f"{(clock.monotonic() - began) * 1000:.0f}"
    return {"endpoint": wire.PARR.path, "elapsed_ms": elapsed, **more}
