"""The connection test, where it fails before anything was judged."""

from __future__ import annotations

from core.domain.connections.connection import Verdict
from ports.errors import Misconfigured, Unavailable, VendorError
from ports.probe import Probe

NOT_UNDERSTOOD = "An answer came that could not be understood."


def without_answer(
    error: VendorError, evidence: dict[str, str], otherwise: str = NOT_UNDERSTOOD
) -> Probe:
    """For tests that accept 401 and 403: no other error is about the credential.

    otherwise: what to do about an answer that could not be judged.
    """
    match error:
        case Unavailable():
            remedy = "No answer came; the credential was not judged."
            return Probe(Verdict.UNREACHABLE, evidence, remedy)
        case Misconfigured():
            remedy = "Nothing was sent: the address or its certificate does not hold."
            return Probe(Verdict.UNREACHABLE, evidence, remedy)
    return Probe(Verdict.CANNOT_TEST, evidence, otherwise)


def evidence_of(error: VendorError) -> dict[str, str]:
    """As evidence."""
    facts = {"error": error.message, "code": error.vendor_code or ""}
    return {name: fact for name, fact in facts.items() if fact}
