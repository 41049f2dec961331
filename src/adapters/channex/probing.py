"""The connection test: the properties that the key sees, which is free and read-only."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from adapters._kit.http import Answer
from adapters._kit.probing import without_answer
from adapters.channex.calls import Calls
from adapters.channex.mapping import wire
from core.domain.connections.connection import Verdict
from ports.clock import Clock
from ports.errors import VendorError
from ports.probe import Probe

PATH = "/properties/options"
DEADLINE_S = 10.0
NAMED, LONGEST_TITLE = 20, 60
REFUSALS = (401, 403)
ANOTHER = "Something answered that is not Channex: look at the address."


async def probe(calls: Calls, clock: Clock) -> Probe:
    began = clock.monotonic()
    try:
        answer = await calls.get(PATH, "probe", accept=REFUSALS, deadline_s=DEADLINE_S)
    except VendorError as e:
        elapsed = f"{(clock.monotonic() - began) * 1000:.0f}"
        evidence = {"endpoint": PATH, "error": str(e), "elapsed_ms": elapsed}
        return without_answer(e, evidence, ANOTHER)
    evidence = _evidence(answer)
    if answer.status in REFUSALS:
        return _refused(answer, evidence)
    try:
        seen = msgspec.json.decode(answer.body, type=wire.Many[wire.Property]).data
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _another(evidence)
    evidence["properties"] = str(len(seen))
    if seen:
        evidence["property_codes"] = _codes(seen)
    if not seen:
        return Probe(
            Verdict.VERIFIED,
            evidence,
            "The key is taken, and sees no property: give its user access to them at Channex.",
        )
    return Probe(Verdict.VERIFIED, evidence)


def _codes(seen: Sequence[wire.Item[wire.Property]]) -> str:
    """What a channel is to be called by, so that nobody has to look it up there."""
    named = [f"{one.id} ({one.attributes.title[:LONGEST_TITLE]})" for one in seen[:NAMED]]
    more = [f"and {len(seen) - NAMED} more"] if len(seen) > NAMED else []
    return ", ".join(named + more)


def _refused(answer: Answer, evidence: dict[str, str]) -> Probe:
    try:
        fault = msgspec.json.decode(answer.body, type=wire.FaultRS).errors
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _another(evidence)
    if fault.code not in ("unauthorized", "forbidden"):
        return _another(evidence)
    return Probe(
        Verdict.REJECTED,
        evidence,
        "Channex does not take this key: check it, and that it belongs to this environment."
        " Staging and live have accounts of their own.",
    )


def _another(evidence: dict[str, str]) -> Probe:
    return Probe(Verdict.CANNOT_TEST, evidence, ANOTHER)


def _evidence(answer: Answer) -> dict[str, str]:
    facts = {
        "endpoint": PATH,
        "status": str(answer.status),
        "elapsed_ms": f"{answer.elapsed_s * 1000:.0f}",
        "request_id": answer.request_id or "",
    }
    return {name: fact for name, fact in facts.items() if fact}
