"""The connection test: their status endpoint, which is free, read-only and signed."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

import msgspec

from adapters._kit.http import Answer, VendorHttp
from adapters._kit.probing import without_answer
from adapters.hotelbeds.mapping.faults import read_fault
from adapters.hotelbeds.mapping.wire import StatusRS
from core.domain.connections.connection import Verdict
from ports.clock import Clock
from ports.errors import Unavailable, VendorError
from ports.probe import Probe

PATH = "/status"
DEADLINE_S = 10.0
REJECTING = (401, 403)
SKEW_S = 30


async def probe(http: VendorHttp, clock: Clock) -> Probe:
    began = clock.monotonic()
    try:
        answer = await http.call(
            "GET",
            PATH,
            operation="probe",
            repeatable=True,
            accept=REJECTING,
            deadline_s=DEADLINE_S,
        )
    except VendorError as e:
        elapsed = f"{(clock.monotonic() - began) * 1000:.0f}"
        return without_answer(e, {"endpoint": PATH, "error": str(e), "elapsed_ms": elapsed})
    evidence = _evidence(answer, clock)
    if answer.status in REJECTING:
        return _rejected(answer, evidence)
    return _answered(answer, evidence)


def _answered(answer: Answer, evidence: dict[str, str]) -> Probe:
    try:
        said = msgspec.json.decode(answer.body, type=StatusRS)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        said = StatusRS()
    if said.status == "OK" and said.error is None:
        return Probe(Verdict.VERIFIED, evidence)
    return Probe(
        Verdict.CANNOT_TEST,
        evidence,
        "Something answered that does not speak as Hotelbeds does: look at the address.",
    )


def _rejected(answer: Answer, evidence: dict[str, str]) -> Probe:
    fault = read_fault(answer) if answer.status == 403 else None
    if fault is not None and fault.code:
        evidence = {**evidence, "vendor_code": fault.code[:64]}
    if fault is not None and fault.kind is Unavailable:
        return Probe(
            Verdict.CANNOT_TEST,
            evidence,
            "The key is over its quota; an evaluation key has 50 requests a day. Try tomorrow,"
            " or ask Hotelbeds for more.",
        )
    return Probe(Verdict.REJECTED, evidence, _remedy(evidence))


def _remedy(evidence: dict[str, str]) -> str:
    keys = (
        "check that key and secret are those of the Hotel API, and of this environment:"
        " test and live keys look alike"
    )
    skew = int(evidence.get("clock_ahead_s", "0"))
    if abs(skew) > SKEW_S:
        way = "ahead of" if skew > 0 else "behind"
        return f"This server's clock is {abs(skew)} s {way} theirs, and requests are signed with the time: set the clock, then {keys}."
    return f"Requests are signed with the time: see that this server's clock is right, and {keys}."


def _evidence(answer: Answer, clock: Clock) -> dict[str, str]:
    facts = {
        "endpoint": PATH,
        "status": str(answer.status),
        "elapsed_ms": f"{answer.elapsed_s * 1000:.0f}",
    }
    if answer.request_id:
        facts["request_id"] = answer.request_id
    ahead = _clock_ahead(answer, clock)
    return facts if ahead is None else {**facts, "clock_ahead_s": str(ahead)}


def _clock_ahead(answer: Answer, clock: Clock) -> int | None:
    """Seconds our clock is ahead of theirs, by the Date of their answer."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    theirs = theirs.replace(tzinfo=theirs.tzinfo or UTC)
    return round((clock.now() - theirs).total_seconds())
