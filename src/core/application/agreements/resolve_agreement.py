"""A person settles an agreement that no machine can know, and says why."""

from __future__ import annotations

import enum

import msgspec

from core.application.agreements.settle_agreement import write_agreement
from core.application.hub import Asking, Hub, ring_after
from core.domain.agreements.agreement import Agreement, AgreementState, SignatureHint
from core.domain.agreements.agreement_moves import closed, failed, hinted
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.refusal import Refusal
from core.domain.tenancy import Permission
from ports.jobs import Bell

BY_OPERATOR = Refusal("operator", "settled by an operator: nobody was asked")


class AgreementOutcome(enum.StrEnum):
    """not_sent: nobody was asked; it may be sent again. voided: it was, and is taken back.
    at_vendor: the vendor has it, under the reference that is given."""

    NOT_SENT = "not_sent"
    VOIDED = "voided"
    AT_VENDOR = "at_vendor"


class ResolveAgreement(msgspec.Struct, frozen=True):
    outcome: AgreementOutcome
    reason: str
    vendor_reference: str | None = None


async def resolve_agreement(
    hub: Hub, asking: Asking, id: str, resolve: ResolveAgreement
) -> Agreement:
    """What is said to be at the vendor is not believed but asked about, at once.

    Conflict: the agreement does not need an operator.
    """
    asking.need(Permission.AGREEMENTS_WRITE)
    if not resolve.reason.strip():
        raise Invalid(Fault("/reason", "say how you know"))
    if resolve.outcome is AgreementOutcome.AT_VENDOR and not resolve.vendor_reference:
        raise Invalid(Fault("/vendor_reference", "is needed: the vendor is asked about it"))
    asking = msgspec.structs.replace(asking, reason=resolve.reason)
    async with hub.store.begin(asking.scope) as tx:
        before = await tx.agreement(id)
        if before is None:
            raise NotFound("agreement", id)
        if before.state is not AgreementState.NEEDS_OPERATOR:
            raise Conflict("not_resolvable", f"the agreement is {before.state}; nothing is open")
        after = _resolved(hub, before, resolve)
        told = await write_agreement(hub, tx, asking, before, after)
    await ring_after(hub, Bell.AGREEMENTS, after.check_at, told=told)
    return after


def _resolved(hub: Hub, before: Agreement, resolve: ResolveAgreement) -> Agreement:
    now = hub.clock.now()
    match resolve.outcome:
        case AgreementOutcome.NOT_SENT:
            return failed(before, BY_OPERATOR, now)
        case AgreementOutcome.VOIDED:
            return closed(before, AgreementState.VOIDED, now)
        case AgreementOutcome.AT_VENDOR:
            anew = msgspec.structs.replace(before, vendor_reference=None, hint=None)
            return hinted(anew, SignatureHint(before.id, resolve.vendor_reference), now)
