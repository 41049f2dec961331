"""Take an agreement back, so that nobody signs it any more."""

from __future__ import annotations

from core.application.agreements.settle_agreement import write_agreement
from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, ring_after
from core.application.vendor_problem import problem_of
from core.domain.agreements.agreement import Agreement, AgreementState, SignatureFact, mismatch
from core.domain.agreements.agreement_moves import closed, told
from core.domain.problem import Conflict, NotFound
from core.domain.tenancy import Permission
from ports.errors import VendorError
from ports.jobs import Bell
from ports.store import Tx

WITHDRAWN = (AgreementState.DRAFT, AgreementState.FAILED)


async def void_agreement(hub: Hub, asking: Asking, id: str) -> Agreement:
    """`voided`, or what it became if a signer was quicker. Voiding twice is voiding once.

    The reason of *asking* is audited and, where the vendor tells it to the signers, told.
    Conflict: it is over, or nobody knows yet whether it was sent. Failed: no answer came; it may
    be asked again, and the vendor is asked by itself too.
    """
    asking.need(Permission.AGREEMENTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        agreement = await tx.agreement(id)
        if agreement is None:
            raise NotFound("agreement", id)
        if agreement.state is AgreementState.VOIDED:
            return agreement
        if agreement.state in WITHDRAWN or _by_hand(agreement):
            return await _close(hub, tx, asking, agreement)
    reference = agreement.vendor_reference
    if agreement.state is not AgreementState.SENT or reference is None:
        raise Conflict("not_voidable", f"the agreement is {agreement.state}")
    return await _void(hub, asking, agreement, reference)


def _by_hand(agreement: Agreement) -> bool:
    return agreement.connection is None and agreement.state is AgreementState.SENT


async def _close(hub: Hub, tx: Tx, asking: Asking, agreement: Agreement) -> Agreement:
    after = closed(agreement, AgreementState.VOIDED, hub.clock.now())
    await write_agreement(hub, tx, asking, agreement, after)
    return after


async def _void(hub: Hub, asking: Asking, agreement: Agreement, reference: str) -> Agreement:
    async with hub.store.read(asking.scope) as view:
        connection, account, _ = await connection_parts(hub, view, agreement.connection or "")
    try:
        vendor = await hub.vendors.esign(asking.scope, connection, account)
        fact: SignatureFact = await vendor.void(reference, asking.reason, reference=agreement.id)
    except VendorError as e:
        raise problem_of(e) from e
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.agreement(agreement.id)
        if current is None or mismatch(current, fact) is not None:
            raise Conflict("mismatch", "the vendor's answer is not about this agreement")
        after = told(current, fact, hub.clock.now())
        was_told = await write_agreement(hub, tx, asking, current, after)
    await ring_after(hub, Bell.AGREEMENTS, after.check_at, told=was_told)
    return after
