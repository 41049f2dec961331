"""Events of agreements, made from what they are about."""

from __future__ import annotations

from core.domain.agreements.agreement import Agreement
from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.agreements import AgreementPayload


def agreement_event(name: str, agreement: Agreement) -> EventDraft:
    signed, certificate = agreement.signed, agreement.certificate
    payload = AgreementPayload(
        agreement=agreement.id,
        state=agreement.state,
        template=agreement.template,
        version=agreement.version,
        bookings=agreement.bookings,
        connection=agreement.connection,
        signers=len(agreement.signers),
        signatures=agreement.signatures,
        document_sha256=agreement.document.sha256,
        signed_sha256=signed.sha256 if signed else None,
        certificate_sha256=certificate.sha256 if certificate else None,
        signed_at=agreement.signed_at,
        refusal=agreement.refusal.code if agreement.refusal else None,
    )
    return draft(name, agreement.id, payload, agreement.partner)
