"""A person handles a message that was quarantined: has it read again, or dismisses it."""

from __future__ import annotations

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.application.settle_message import tell_settled
from core.domain.inbound import inbox_moves as moves
from core.domain.inbound.inbox import InboxMessage
from core.domain.problem import Fault, Invalid, NotFound
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.store import Tx


async def retry_message(hub: Hub, asking: Asking, id: str) -> InboxMessage:
    """Due at once, its attempts counted anew, after what kept it was mended. What it says is
    applied once: what was applied of it before is known. If it still differs it is quarantined
    and told again.

    Conflict: it is not quarantined, so neither is it when this is repeated.
    """
    async with hub.store.begin(asking.scope) as tx:
        before = await _asked(tx, asking, id)
        after = moves.retried(before, asking.reason, hub.clock.now())
        await _keep(hub, tx, asking, "inbox.retried", before, after)
    await hub.jobs.ring(Bell.INBOX)
    return after


async def dismiss_message(hub: Hub, asking: Asking, id: str, reason: str) -> InboxMessage:
    """It is never read, and what was in it is forgotten. A reservation is not acknowledged by it.

    Invalid: no reason. Conflict: it is not quarantined, so neither is it when this is repeated.
    """
    async with hub.store.begin(asking.scope) as tx:
        before = await _asked(tx, asking, id)
        if not reason.strip():
            raise Invalid(Fault("/reason", "say why nothing is to be done, or what was"))
        asking = msgspec.structs.replace(asking, reason=reason)
        after = moves.dismissed(before, reason, hub.clock.now())
        await _keep(hub, tx, asking, "inbox.dismissed", before, after)
        await tell_settled(hub, tx, after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after


async def _asked(tx: Tx, asking: Asking, id: str) -> InboxMessage:
    """Locked: of two who ask at once, the second finds what the first has done."""
    asking.need(Permission.CONNECTIONS_WRITE)
    message = await tx.inbox_message(id)
    if message is None:
        raise NotFound("message", id)
    return message


async def _keep(
    hub: Hub, tx: Tx, asking: Asking, action: str, before: InboxMessage, after: InboxMessage
) -> None:
    await tx.put_inbox_message(after)
    was, is_ = _facts(before), _facts(after)
    await write_audit(hub, tx, asking, action, after.id, before=was, after=is_)


def _facts(message: InboxMessage) -> dict[str, object]:
    """Never its bytes: the trail is kept for years, and they may name a person."""
    return {"state": message.state, "note": message.note, "attempts": message.attempts}
