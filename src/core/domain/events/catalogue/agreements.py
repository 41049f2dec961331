"""Agreements to sign."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.domain.agreements.agreement import AgreementState
from core.domain.events.catalogue.event_type import BOOKING, CONNECTION, EXAMPLES_AT, EventType


class AgreementPayload(msgspec.Struct, frozen=True):
    """signatures: how many of the signers have signed. The digests are SHA-256 in hex, of the
    PDF that goes out, of the signed one and of its certificate, which are fetched by id."""

    agreement: str
    state: AgreementState
    template: str
    version: int
    bookings: tuple[str, ...]
    connection: str | None
    signers: int
    signatures: int
    document_sha256: str
    signed_sha256: str | None
    certificate_sha256: str | None
    signed_at: datetime | None
    refusal: str | None


_AGREEMENT = AgreementPayload(
    agreement="agr_06f3m9a7b1c3d5e7f9g2h4j6km",
    state=AgreementState.SENT,
    template="wakalah-bil-ujrah-umrah",
    version=1,
    bookings=(BOOKING,),
    connection=CONNECTION,
    signers=2,
    signatures=0,
    document_sha256="3b0f6c1e5a7d92846f0e1d2c3b4a59687786950a1b2c3d4e5f60718293a4b5c6",
    signed_sha256=None,
    certificate_sha256=None,
    signed_at=None,
    refusal=None,
)


def _agreement(name: str, state: AgreementState, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_AGREEMENT, state=state, **other)
    return EventType(f"agreement.{name}", "agreement/1", means, example)


_A = AgreementState
TYPES = (
    _agreement("sent", _A.SENT, "The signers are asked, one after the other."),
    _agreement("progressed", _A.SENT, "One more of them has signed.", signatures=1),
    _agreement("signed", _A.SIGNED, "Everybody has signed.", signatures=2, signed_at=EXAMPLES_AT),
    _agreement(
        "kept",
        _A.SIGNED,
        "The signed document is kept and can be fetched; its digest is in the audit trail.",
        signatures=2,
        signed_at=EXAMPLES_AT,
        signed_sha256="9d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a",
        certificate_sha256="1f2e3d4c5b6a79880a9b8c7d6e5f40312213243546576879807a6b5c4d3e2f10",
    ),
    _agreement("declined", _A.DECLINED, "A signer said no.", signatures=1),
    _agreement("voided", _A.VOIDED, "It was taken back; nobody signs it any more."),
    _agreement("expired", _A.EXPIRED, "Not everybody signed in time."),
    _agreement("failed", _A.FAILED, "Certainly nobody was asked.", refusal="vendor_refused"),
    _agreement(
        "needs_operator",
        _A.NEEDS_OPERATOR,
        "Whether the signers were asked is not known; a person settles it.",
        refusal="unknown",
    ),
)
