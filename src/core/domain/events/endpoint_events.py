"""Events of endpoints and deliveries, made from what they are about."""

from __future__ import annotations

import msgspec

from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.endpoints import (
    DELIVERY_EXHAUSTED,
    DeliveryPayload,
    EndpointPayload,
)
from core.domain.webhooks.pace import Pace


def endpoint_event(
    name: str, endpoint: str, partner: str | None, reason: str, pace: Pace | None = None
) -> EventDraft:
    """Told to everybody who may see it, but not through the endpoint itself."""
    payload = EndpointPayload(endpoint, reason)
    if pace is not None:
        payload = EndpointPayload(endpoint, reason, pace.failing_since, pace.warned, pace.resume_at)
    return msgspec.structs.replace(draft(name, endpoint, payload, partner), not_to=endpoint)


def delivery_exhausted(payload: DeliveryPayload, partner: str | None) -> EventDraft:
    made = draft(DELIVERY_EXHAUSTED, payload.delivery, payload, partner)
    return msgspec.structs.replace(made, not_to=payload.endpoint)
