"""What a message of an e-signature vendor does to the agreement it is about."""

from __future__ import annotations

from core.application.agreements.settle_agreement import write_agreement
from core.application.hub import Hub, by_itself
from core.domain.agreements.agreement import Agreement, SignatureFact, SignatureHint, mismatch
from core.domain.agreements.agreement_moves import hinted, told
from core.domain.inbound.inbox import InboxMessage
from core.domain.tenancy import Scope
from ports.store import Tx


async def hear_signature(
    hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, fact: SignatureFact
) -> str | None:
    """The difference that keeps *fact* from being applied; None: it was, or is not ours."""
    agreement = await tx.agreement(fact.reference)
    if agreement is None:
        return None  # another program's agreement on the same account
    wrong = _elsewhere(message, agreement) or mismatch(agreement, fact)
    if wrong is None:
        after = told(agreement, fact, hub.clock.now())
        await write_agreement(hub, tx, by_itself(scope), agreement, after)
    return wrong


async def hear_hint(
    hub: Hub, tx: Tx, scope: Scope, message: InboxMessage, hint: SignatureHint
) -> str | None:
    """It makes the vendor be asked soon, and moves nothing."""
    agreement = await tx.agreement(hint.reference)
    if agreement is None:
        return None
    wrong = _elsewhere(message, agreement)
    if wrong is None:
        after = hinted(agreement, hint, hub.clock.now())
        await write_agreement(hub, tx, by_itself(scope), agreement, after)
    return wrong


def _elsewhere(message: InboxMessage, agreement: Agreement) -> str | None:
    if agreement.connection == message.connection:
        return None
    return f"it came through {message.connection}, not {agreement.connection}"
