"""One tick of a recovery: some deliveries more, and how far it came, committed together."""

from __future__ import annotations

from datetime import datetime

from core.application.hub import Hub, by_itself, write_audit
from core.domain.tenancy import Scope
from core.domain.webhooks import recovery as rules
from core.domain.webhooks import recovery_moves as moves
from core.domain.webhooks.partner import Endpoint, Partner
from core.domain.webhooks.recovery import Recovery, RecoveryState
from core.domain.webhooks.recovery_moves import WAITING_MAX, Send, Stop, Wait
from ports.jobs import Bell
from ports.store import Tx


async def run_recovery(hub: Hub, scope: Scope, id: str) -> Recovery:
    """Send the next events, or wait, or stop. Wherever it dies, nothing is left out or doubled:
    the cursor moves with the deliveries. LookupError: there is no such recovery here."""
    async with hub.store.begin(scope) as tx:
        before = await tx.recovery(id)
        if before is None:
            raise LookupError(id)
        if before.state is not RecoveryState.RUNNING:
            return before  # paused or cancelled since it was claimed
        after = await _tick(tx, before, hub.clock.now())
        await tx.put_recovery(after)
        if after.state is not before.state:
            asking = by_itself(scope)
            action = f"recovery.{after.state}"
            await write_audit(hub, tx, asking, action, id, before=before, after=after)
    if after.sent > before.sent:
        await hub.jobs.ring(Bell.DELIVERIES)
    if after.check_at is not None:
        await hub.jobs.ring_at(Bell.RECOVERIES, after.check_at)
    return after


async def _tick(tx: Tx, recovery: Recovery, now: datetime) -> Recovery:
    pace = await tx.pace(recovery.endpoint)  # before its endpoint, as whoever settles does
    endpoint, partner = await _receiver(tx, recovery)
    waiting = await tx.unfinished(endpoint.id, at_most=WAITING_MAX)
    match moves.decide(recovery, endpoint, pace, waiting):
        case Send() as order:
            return await _send(tx, recovery, endpoint, partner, order, now)
        case Wait() as why:
            return moves.wait(recovery, why, now)
        case Stop(note):
            return moves.pause(recovery, note)


async def _receiver(tx: Tx, recovery: Recovery) -> tuple[Endpoint, Partner]:
    endpoint, partner = await tx.endpoint(recovery.endpoint), await tx.partner(recovery.partner)
    if endpoint is None or partner is None:
        raise LookupError(recovery.endpoint)
    return endpoint, partner


async def _send(
    tx: Tx,
    recovery: Recovery,
    endpoint: Endpoint,
    partner: Partner,
    order: Send,
    now: datetime,
) -> Recovery:
    wanted = rules.wanted_by(recovery, endpoint, partner, now)
    events = await tx.events_wanted(
        wanted, after=recovery.cursor, up_to=order.up_to, limit=order.limit
    )
    for event in events:
        await tx.resend(event, endpoint, now, asked=False)
    positions = [event.position for event in events if event.position is not None]
    return moves.advance(recovery, positions, order, now)
