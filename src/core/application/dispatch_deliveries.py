"""Send what is due, in batches, with nothing held open in the database meanwhile."""

from __future__ import annotations

import asyncio
import logging

from core.application.hub import Hub, by_itself, write_audit
from core.domain import signature
from core.domain.catalogue import EndpointPayload, draft
from core.domain.delivery import Fault, Sent, judge
from ports.jobs import Bell
from ports.store import ClaimedDelivery, Settlement

BATCH = 64
LEASE_MARGIN_S = 15.0
log = logging.getLogger(__name__)


async def dispatch_deliveries(hub: Hub, *, limit: int = BATCH) -> int:
    """Claim a batch, try each once, settle them together; how many were tried.

    At least once, never exactly once: a crash between a receiver's 2xx and our settling
    sends again under the same webhook-id when the lease ends.
    """
    lease = hub.mint.id("lse")
    lease_s = hub.delivery_deadline_s + LEASE_MARGIN_S
    batch = await hub.store.claim_deliveries(lease, lease_s=lease_s, limit=limit)
    if not batch:
        return 0
    try:
        settled = await asyncio.gather(*(_try(hub, claimed) for claimed in batch))
    except asyncio.CancelledError:
        await hub.store.release_deliveries(lease)
        raise
    await hub.store.settle_deliveries(lease, settled)
    gone = {s.claimed.endpoint: s.claimed for s in settled if s.outcome.disable}
    for claimed in gone.values():
        await _tell_disabled(hub, claimed)
    return len(batch)


async def _try(hub: Hub, claimed: ClaimedDelivery) -> Settlement:
    try:
        sent = await _send(hub, claimed)
    except Exception as e:  # the boundary: one bad delivery must not hold up the batch
        log.exception("delivery.attempt-failed", extra={"delivery": claimed.delivery})
        sent = Sent(None, Fault.OURS, elapsed_ms=0, error=type(e).__name__)
    outcome = judge(
        sent, attempts=claimed.attempts, schedule=hub.schedule, chance=hub.mint.chance()
    )
    return Settlement(claimed, hub.mint.id("att"), sent, outcome)


async def _send(hub: Hub, claimed: ClaimedDelivery) -> Sent:
    stamp = int(hub.clock.now().timestamp())
    secrets = [s.reveal() for s in claimed.secrets]
    headers = signature.headers(secrets, claimed.event, stamp, claimed.raw)
    headers["content-type"] = "application/json"
    return await hub.sender.send(
        claimed.url, headers, claimed.raw, deadline_s=hub.delivery_deadline_s
    )


async def _tell_disabled(hub: Hub, claimed: ClaimedDelivery) -> None:
    payload = EndpointPayload(endpoint=claimed.endpoint, reason="410 Gone")
    async with hub.store.begin(claimed.scope) as tx:
        endpoint = await tx.endpoint(claimed.endpoint)
        partner = endpoint.partner if endpoint else None
        event = draft("endpoint.disabled", claimed.endpoint, payload, partner)
        await tx.record(event, hub.clock.now())
        asking = by_itself(claimed.scope)
        await write_audit(hub, tx, asking, "endpoint.disabled", claimed.endpoint, after=payload)
    await hub.jobs.ring(Bell.DELIVERIES)
