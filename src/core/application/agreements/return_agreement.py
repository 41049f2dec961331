"""Without a vendor: the document went out by hand, and the signed one comes back."""

from __future__ import annotations

from core.application.agreements.keep_document import keep_document
from core.application.agreements.settle_agreement import write_agreement
from core.application.hub import Asking, Hub, ring_after
from core.domain.agreements.agreement import Agreement, AgreementState
from core.domain.agreements.agreement_moves import given_back
from core.domain.agreements.pdf import fault_of
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.tenancy import Permission
from ports.jobs import Bell


async def return_agreement(hub: Hub, asking: Asking, id: str, pdf: bytes) -> Agreement:
    """`signed`, by the word of whoever brings it; who that was is audited with its digest.

    Bringing the same bytes again changes nothing. Invalid: no PDF, or too large. Conflict: it is
    with a vendor, was not sent, or another one was brought before.
    """
    asking.need(Permission.AGREEMENTS_WRITE)
    wrong = fault_of(pdf)
    if wrong is not None:
        raise Invalid(Fault("", wrong))
    async with hub.store.read(asking.scope) as view:
        found = await view.agreement(id)
    if found is None:
        raise NotFound("agreement", id)
    _returnable(found)
    document = await keep_document(hub, asking.scope, id, pdf)
    async with hub.store.begin(asking.scope) as tx:
        before = await tx.agreement(id)
        if before is None:
            raise NotFound("agreement", id)
        if before.signed is not None and before.signed.sha256 == document.sha256:
            return before
        _returnable(before)
        if document.sha256 == before.document.sha256:
            raise Invalid(Fault("", "is the document as it went out; nobody has signed it"))
        if before.signed is not None:
            raise Conflict("already_signed", "another signed document is kept already")
        now = hub.clock.now()
        after = given_back(before, document, now, now)
        told = await write_agreement(hub, tx, asking, before, after)
    await ring_after(hub, Bell.AGREEMENTS, after.check_at, told=told)
    return after


def _returnable(agreement: Agreement) -> None:
    if agreement.connection is not None:
        raise Conflict("with_a_vendor", "its signers sign at the vendor, which hands it back")
    if agreement.state not in (AgreementState.SENT, AgreementState.SIGNED):
        raise Conflict("not_returnable", f"the agreement is {agreement.state}")
