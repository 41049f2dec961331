"""What became of a vendor's message, written once: it was read, or only a person can judge it, and
then it is kept as it came, shown, and told."""

from __future__ import annotations

import msgspec

from core.application.hub import Hub
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.messages import InboxPayload
from core.domain.inbound import inbox_moves as moves
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
    may have been faster, and a person may have had it read anew since, by what was mended."""
    current = await tx.inbox_message(message.id)
    if current is None:
        return message, False
    same = current.handled_at == message.handled_at
    return current, same and current.state is InboxState.RECEIVED


async def settle_read(hub: Hub, tx: Tx, message: InboxMessage, *, told: bool) -> InboxMessage:
    """*message*, as locked by *tx*, was read and what it says is written in *tx*.

    The caller rings Bell.DELIVERIES after commit.
    """
    after = moves.read(message, told=told)
    await tx.put_inbox_message(after)
    if after.handled_at is not None:  # it was quarantined, and is so no more
        await tell_settled(hub, tx, after)
    return after


async def tell_settled(hub: Hub, tx: Tx, message: InboxMessage) -> None:
    payload = InboxPayload(message.id, message.connection, state=message.state)
    await tx.record(draft("inbox.settled", message.id, payload), hub.clock.now())


async def quarantine(hub: Hub, tx: Tx, message: InboxMessage, *why: Why) -> InboxMessage:
    """Keep *message*, as locked by *tx*, with every reason, and tell each of them.

    The caller rings Bell.DELIVERIES after commit.
    """
    for one in why:
        payload = InboxPayload(message.id, message.connection, one.subject, one.said)
        await tx.record(draft("inbox.quarantined", message.id, payload), hub.clock.now())
    after = moves.quarantined(message, "; ".join(_noted(message, one) for one in why))
    await tx.put_inbox_message(after)
    return after


def _noted(message: InboxMessage, why: Why) -> str:
    """With what of ours it is about, which a person has to look at."""
    return why.said if why.subject == message.vendor_id else f"{why.subject}: {why.said}"


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
