"""Ask the vendor what became of an agreement, until it is over and what was signed is kept."""

from __future__ import annotations

from core.application.agreements.keep_document import keep_document
from core.application.agreements.send_agreement import ask_vendor
from core.application.agreements.settle_agreement import settle_agreement
from core.application.connection_parts import connection_parts
from core.application.hub import Hub, by_itself
from core.domain.agreements.agreement import Agreement, AgreementState, SignatureFact, mismatch
from core.domain.agreements.agreement_moves import (
    answered,
    closed,
    failed,
    kept,
    needs_operator,
    sending,
    told,
    unanswered,
    unhinted,
)
from core.domain.agreements.pdf import fault_of
from core.domain.problem import Problem
from core.domain.refusal import Refusal
from core.domain.submission import Absent, on_absence
from core.domain.tenancy import Scope
from ports.errors import NotSupported, VendorError
from ports.esign import ESign
from ports.manifest import Manifest

LOST = Refusal("unknown", "the vendor's answer was lost, and it finds nothing by our reference")
ABSENT = Refusal("absent", "the vendor certainly does not have it")


async def reconcile_agreement(hub: Hub, scope: Scope, id: str) -> Agreement:
    """One question, if it is due. `sending`: found by our key, or by what a message hinted at;
    sent once more only if it is certainly not there. `sent`: asked about, in case the message
    that ends it was lost. `signed`: what was signed is fetched and kept."""
    async with hub.store.read(scope) as view:
        agreement = await view.agreement(id)
        if agreement is None:
            raise LookupError(id)
        if agreement.check_at is None or hub.clock.now() < agreement.check_at:
            return agreement
        if agreement.connection is None:
            parts = None
        else:
            parts = await connection_parts(hub, view, agreement.connection)
    if parts is None:
        return await _ran_out(hub, scope, agreement)
    connection, account, manifest = parts
    try:
        vendor = await hub.vendors.esign(scope, connection, account)
    except VendorError:
        return await _later(hub, scope, agreement)
    if agreement.lacks_documents:
        return await _fetch(hub, scope, agreement, vendor)
    reference = agreement.vendor_reference or agreement.hint
    if reference is not None:
        return await _ask(hub, scope, agreement, vendor, reference)
    return await _find(hub, scope, agreement, vendor, manifest)


async def _ran_out(hub: Hub, scope: Scope, agreement: Agreement) -> Agreement:
    """Given out by hand, and not brought back in time."""
    return await settle_agreement(
        hub,
        by_itself(scope),
        agreement,
        lambda a: closed(a, AgreementState.EXPIRED, hub.clock.now()),
    )


async def _ask(
    hub: Hub, scope: Scope, agreement: Agreement, vendor: ESign, reference: str
) -> Agreement:
    try:
        fact = await vendor.status(reference, reference=agreement.id)
    except VendorError:
        return await _later(hub, scope, agreement)
    now = hub.clock.now()
    good = fact is not None and mismatch(agreement, fact) is None
    if good and fact is not None:
        found: SignatureFact = fact
        return await settle_agreement(
            hub, by_itself(scope), agreement, lambda a: told(a, found, now)
        )
    if agreement.vendor_reference is None:  # what was hinted was not true
        return await settle_agreement(
            hub, by_itself(scope), agreement, lambda a: unanswered(unhinted(a), LOST.message, now)
        )
    return await _later(hub, scope, agreement)


async def _find(
    hub: Hub, scope: Scope, agreement: Agreement, vendor: ESign, manifest: Manifest
) -> Agreement:
    now = hub.clock.now()
    try:
        fact = await vendor.find(agreement.id)
    except NotSupported:
        return await settle_agreement(
            hub, by_itself(scope), agreement, lambda a: needs_operator(a, LOST, now)
        )
    except VendorError:
        return await _later(hub, scope, agreement)
    if fact is not None:
        found: SignatureFact = fact
        return await settle_agreement(
            hub, by_itself(scope), agreement, lambda a: answered(a, found, now)
        )
    return await _absent(hub, scope, agreement, manifest)


async def _absent(hub: Hub, scope: Scope, agreement: Agreement, manifest: Manifest) -> Agreement:
    submission, now = agreement.submission, hub.clock.now()
    if submission is None:
        return agreement
    absent = on_absence(
        submission,
        now,
        absence_certain_after_s=manifest.absence_certain_after_s,
        may_send_again=True,
    )
    match absent:
        case Absent.WAIT:
            return await _later(hub, scope, agreement)
        case Absent.SEND_AGAIN:
            again = await settle_agreement(
                hub, by_itself(scope), agreement, lambda a: sending(a, now, manifest.deadline_s)
            )
            if again.state is not AgreementState.SENDING:
                return again
            return await ask_vendor(hub, by_itself(scope), again)
        case Absent.FAIL:
            return await settle_agreement(
                hub, by_itself(scope), agreement, lambda a: failed(a, ABSENT, now)
            )
    return await settle_agreement(
        hub, by_itself(scope), agreement, lambda a: needs_operator(a, LOST, now)
    )


async def _fetch(hub: Hub, scope: Scope, agreement: Agreement, vendor: ESign) -> Agreement:
    """What is no PDF is not kept; it is fetched again later."""
    try:
        files = await vendor.signed_document(
            agreement.vendor_reference or "", reference=agreement.id
        )
        if any(f is not None and fault_of(f) for f in (files.document, files.certificate)):
            return await _later(hub, scope, agreement)
        signed = await keep_document(hub, scope, agreement.id, files.document)
        certificate = (
            await keep_document(hub, scope, agreement.id, files.certificate)
            if files.certificate is not None
            else None
        )
    except (VendorError, Problem):
        return await _later(hub, scope, agreement)
    return await settle_agreement(
        hub,
        by_itself(scope),
        agreement,
        lambda a: kept(a, signed, certificate, hub.clock.now()),
    )


async def _later(hub: Hub, scope: Scope, agreement: Agreement) -> Agreement:
    why = "the vendor gives no clear answer"
    return await settle_agreement(
        hub, by_itself(scope), agreement, lambda a: unanswered(a, why, hub.clock.now())
    )
