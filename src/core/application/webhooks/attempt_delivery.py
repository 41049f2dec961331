"""One attempt of one claimed delivery."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec

from core.application.hub import Hub
from core.application.tasks import own_cancellation_only
from core.application.webhooks.sign_message import signed_headers
from core.domain.webhooks.delivery import DeliveryState, Fault, Sent, spared
from ports.store import ClaimedDelivery

log = logging.getLogger(__name__)


class Tried(msgspec.Struct, frozen=True):
    """at: when it ended, by the store's clock. sent None: not sent, because it is *spared*."""

    claimed: ClaimedDelivery
    at: datetime
    sent: Sent | None = None
    spared: DeliveryState | None = None


async def attempt_delivery(hub: Hub, claimed: ClaimedDelivery, since: float) -> Tried:
    """Send it once, unless it is not worth sending any more. Never raises but when cancelled.

    since: when it was claimed, by the process's monotonic clock.
    """
    began = hub.clock.monotonic()
    now = claimed.claimed_at + timedelta(seconds=began - since)
    state = spared(superseded=claimed.superseded, valid_until=claimed.valid_until, now=now)
    if state is not None:
        return Tried(claimed, now, spared=state)
    try:
        with own_cancellation_only():
            sent = await _send(hub, claimed)
    except Exception as e:  # the boundary: one bad delivery must not hold up the rest
        log.exception("delivery.attempt-failed", extra={"delivery": claimed.delivery})
        sent = Sent(None, Fault.OURS, elapsed_ms=0, error=type(e).__name__)
    elapsed_s = hub.clock.monotonic() - began
    lag_s = (now - claimed.created_at).total_seconds() if claimed.attempts == 1 else None
    hub.meter.attempted(sent.fault, lag_s=lag_s, elapsed_s=elapsed_s)
    return Tried(claimed, now + timedelta(seconds=elapsed_s), sent)


async def _send(hub: Hub, claimed: ClaimedDelivery) -> Sent:
    stamp = int(hub.clock.now().timestamp())
    headers = signed_headers(hub.signer, claimed.to.keys, claimed.event, stamp, claimed.raw)
    return await hub.sender.send(
        claimed.to.url, headers, claimed.raw, deadline_s=hub.delivery_deadline_s
    )
