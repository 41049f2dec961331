"""A vendor's message that only a person can judge: kept as it came, shown, and told."""

from __future__ import annotations

import msgspec

from core.application.hub import Hub
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.messages import QuarantinePayload
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.tenancy import Scope
from ports.jobs import Bell
from ports.store import Tx


class Why(msgspec.Struct, frozen=True):
    """subject: what of ours it is about, or the vendor's id of the message. said: in words."""

    subject: str
    said: str


async def as_it_is(tx: Tx, message: InboxMessage) -> tuple[InboxMessage, bool]:
    """*message* as it is now, locked, and whether it still waits to be read: another process
    may have been faster."""
    current = await tx.inbox_message(message.id)
    return current or message, current is not None and current.state is InboxState.RECEIVED


async def quarantine(hub: Hub, tx: Tx, message: InboxMessage, *why: Why) -> InboxMessage:
    """Keep *message*, as locked by *tx*, with every reason, and tell each of them.

    The caller rings Bell.DELIVERIES after commit.
    """
    for one in why:
        payload = QuarantinePayload(message.id, message.connection, one.subject, one.said)
        await tx.record(draft("inbox.quarantined", message.id, payload), hub.clock.now())
    after = msgspec.structs.replace(
        message,
        state=InboxState.QUARANTINED,
        note="; ".join(one.said for one in why),
        attempts=message.attempts + 1,
    )
    await tx.put_inbox_message(after)
    return after


async def quarantine_message(
    hub: Hub, scope: Scope, message: InboxMessage, said: str
) -> InboxMessage:
    """The same, in a transaction of its own, of what says nothing of anything of ours."""
    async with hub.store.begin(scope) as tx:
        current, waits = await as_it_is(tx, message)
        if not waits:
            return current
        after = await quarantine(hub, tx, current, Why(message.vendor_id, said))
    await hub.jobs.ring(Bell.DELIVERIES)
    return after
