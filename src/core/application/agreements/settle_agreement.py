"""Write what became of an agreement, once, with its event."""

from __future__ import annotations

from collections.abc import Callable

from core.application.hub import Asking, Hub, ring_after, write_audit
from core.domain.agreements.agreement import Agreement, AgreementState
from core.domain.events.agreement_events import agreement_event
from ports.jobs import Bell
from ports.store import Tx

TOLD = {
    AgreementState.SENT: "agreement.sent",
    AgreementState.SIGNED: "agreement.signed",
    AgreementState.DECLINED: "agreement.declined",
    AgreementState.VOIDED: "agreement.voided",
    AgreementState.EXPIRED: "agreement.expired",
    AgreementState.FAILED: "agreement.failed",
    AgreementState.NEEDS_OPERATOR: "agreement.needs_operator",
}


def told_by(before: Agreement, after: Agreement) -> list[str]:
    """The events that *after* in place of *before* is told by, in order."""
    told = []
    if after.state is not before.state and after.state in TOLD:
        told.append(TOLD[after.state])
    elif before.signatures < after.signatures < len(after.signers):
        told.append("agreement.progressed")  # of the last one `signed` tells
    if after.signed is not None and before.signed is None:
        told.append("agreement.kept")
    return told


async def write_agreement(
    hub: Hub, tx: Tx, asking: Asking, before: Agreement, after: Agreement
) -> bool:
    """*after* in place of *before*, with its events; whether there were any.

    What changed is audited; a document's digest thereby stands in the chain.
    """
    if after == before:
        return False
    await tx.put_agreement(after)
    names = told_by(before, after)
    for name in names:
        await tx.record(agreement_event(name, after), hub.clock.now())
        await write_audit(hub, tx, asking, name, after.id, before=before, after=after)
    return bool(names)


async def settle_agreement(
    hub: Hub, asking: Asking, asked: Agreement, decide: Callable[[Agreement], Agreement]
) -> Agreement:
    """Apply *decide* to *asked* as stored now.

    *asked* is the agreement as it was when the vendor was called. If it has left that state
    since, nothing is written and the stored agreement is returned.
    """
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.agreement(asked.id)
        if current is None:
            raise LookupError(asked.id)
        if current.state is not asked.state:
            return current
        after = decide(current)
        told = await write_agreement(hub, tx, asking, current, after)
    await ring_after(hub, Bell.AGREEMENTS, after.check_at, told=told)
    return after
