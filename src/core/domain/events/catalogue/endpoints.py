"""Partners' endpoints and what was not delivered to them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from core.domain.events.catalogue.event_type import EXAMPLES_AT, EventType


class EndpointPayload(msgspec.Struct, frozen=True):
    """reason: what the last attempt met. warned: in percent of the way to quarantine."""

    endpoint: str
    reason: str
    failing_since: datetime | None = None
    warned: int = 0
    next_try_at: datetime | None = None


class DeliveryPayload(msgspec.Struct, frozen=True):
    """event: what was not delivered; it is in the feed. reason: what the last attempt met."""

    delivery: str
    event: str
    event_type: str
    endpoint: str
    attempts: int
    reason: str


class PingPayload(msgspec.Struct, frozen=True):
    """A test of an endpoint. text: for whoever reads the receiver's log."""

    endpoint: str
    text: str


PING = "endpoint.ping"
DELIVERY_EXHAUSTED = "delivery.exhausted"
_ENDPOINT = "end_06f3m9c1e3g5j7m9p2r4t6w8ya"
_FAILING = EndpointPayload(
    endpoint=_ENDPOINT,
    reason="no whole answer in time",
    failing_since=EXAMPLES_AT,
    warned=50,
    next_try_at=datetime(2026, 12, 1, 20, 40, tzinfo=UTC),
)
TYPES = (
    EventType(
        "endpoint.disabled",
        "endpoint/1",
        "A webhook endpoint is no longer served; what waits for it is kept.",
        EndpointPayload(endpoint=_ENDPOINT, reason="410 Gone"),
    ),
    EventType(
        "endpoint.failing",
        "endpoint/1",
        "An endpoint has failed for 50, 70 or 90 % of the time after which it is quarantined.",
        _FAILING,
    ),
    EventType(
        "endpoint.quarantined",
        "endpoint/1",
        "It has failed for a day: one delivery in 15 minutes tries it, the others are kept.",
        msgspec.structs.replace(_FAILING, warned=90),
    ),
    EventType(
        "endpoint.recovered",
        "endpoint/1",
        "It answered again; what was kept goes out, slowly at first.",
        EndpointPayload(endpoint=_ENDPOINT, reason=""),
    ),
    EventType(
        DELIVERY_EXHAUSTED,
        "delivery/1",
        "Every retry of a delivery failed. Its event is in the feed and can be sent again.",
        DeliveryPayload(
            delivery="dlv_06f3m9d4f6h8k1n3q5s7v9x2zb",
            event="evt_06f3m9d2e4g6j8m1p3r5t7w9ya",
            event_type="booking.confirmed",
            endpoint=_ENDPOINT,
            attempts=11,
            reason="HTTP 500",
        ),
    ),
    EventType(
        PING,
        "ping/1",
        "A test that you asked for; nothing happened.",
        PingPayload(endpoint=_ENDPOINT, text="Your receiver can be reached."),
    ),
)
