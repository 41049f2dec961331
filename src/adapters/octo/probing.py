"""The connection test: the supplier's own card, which is free, read-only and needs the key."""

from __future__ import annotations

import msgspec

from adapters._kit.http import Answer, VendorHttp
from adapters._kit.probing import without_answer
from adapters._kit.redact import safe_code
from adapters.octo.calls import granted
from adapters.octo.mapping.faults import is_wrong_key
from adapters.octo.mapping.wire import CONTENT, PRICING, Capability, Supplier
from core.domain.connections.connection import Verdict
from ports.clock import Clock
from ports.errors import VendorError
from ports.probe import Probe

PATH = "/supplier/"
CAPABILITIES = "/capabilities/"
DEADLINE_S = 10.0
REFUSALS = (400, 401, 403)
OTHER_TONGUE = "Something answered that does not speak OCTO: look at the address."


async def probe(http: VendorHttp, clock: Clock) -> Probe:
    began = clock.monotonic()
    try:
        answer = await _get(http, PATH)
    except VendorError as e:
        elapsed = f"{(clock.monotonic() - began) * 1000:.0f}"
        return without_answer(e, {"endpoint": PATH, "error": str(e), "elapsed_ms": elapsed})
    evidence = _evidence(answer)
    if answer.status in REFUSALS:
        return _refused(answer, evidence)
    try:
        supplier = msgspec.json.decode(answer.body, type=Supplier)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Probe(Verdict.CANNOT_TEST, evidence, OTHER_TONGUE)
    evidence["supplier"] = safe_code(supplier.id) or ""
    if PRICING not in granted(answer):
        return Probe(
            Verdict.REJECTED,
            evidence,
            "The key is taken, and octo/pricing is not granted to it: without prices nothing can"
            " be sold. Ask the supplier to allow it for your key.",
        )
    return Probe(Verdict.VERIFIED, *await _required(http, evidence))


async def _required(http: VendorHttp, evidence: dict[str, str]) -> tuple[dict[str, str], str]:
    """What else the supplier requires of its resellers; not knowing it spoils no verdict."""
    try:
        answer = await _get(http, CAPABILITIES)
        listed = msgspec.json.decode(answer.body, type=tuple[Capability, ...])
    except (VendorError, msgspec.MsgspecError, ValueError, RecursionError):
        return {**evidence, "required": "not told"}, ""
    others = [c.id for c in listed if c.required and c.id not in (PRICING, CONTENT)]
    if not others:
        return evidence, ""
    named = ", ".join(filter(None, map(safe_code, others[:5])))
    remedy = (
        f"The supplier requires {named}, which is not spoken here: some bookings may be refused."
    )
    return {**evidence, "required": named}, remedy


async def _get(http: VendorHttp, path: str) -> Answer:
    return await http.call(
        "GET",
        path,
        operation="probe",
        repeatable=True,
        accept=REFUSALS,
        deadline_s=DEADLINE_S,
    )


def _refused(answer: Answer, evidence: dict[str, str]) -> Probe:
    if not is_wrong_key(answer):
        return Probe(Verdict.CANNOT_TEST, evidence, OTHER_TONGUE)
    return Probe(
        Verdict.REJECTED,
        evidence,
        "The supplier does not take this key: check it, and that it belongs to this address and"
        " environment.",
    )


def _evidence(answer: Answer) -> dict[str, str]:
    facts = {
        "endpoint": PATH,
        "status": str(answer.status),
        "elapsed_ms": f"{answer.elapsed_s * 1000:.0f}",
        "granted": ", ".join(filter(None, map(safe_code, sorted(granted(answer))))),
        "request_id": answer.request_id or "",
    }
    return {name: fact for name, fact in facts.items() if fact}
