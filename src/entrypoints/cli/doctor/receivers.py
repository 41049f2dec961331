"""Receivers of webhooks that are down."""

from __future__ import annotations

from functools import partial

from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import GONE_REASON, Endpoint, EndpointState
from entrypoints.cli.doctor.every import every
from entrypoints.cli.doctor.finding import Finding, wrong
from ports.store import View


async def receiver_findings(view: View) -> list[Finding]:
    """What waits for a receiver that is down is told here, and never as work left lying."""
    endpoints = await every(partial(view.endpoints, partner=None))
    paces = await view.paces(e.id for e in endpoints)
    return [f for e in endpoints if (f := _down(e, paces.get(e.id))) is not None]


def _down(endpoint: Endpoint, pace: Pace | None) -> Finding | None:
    if endpoint.state is EndpointState.DISABLED and endpoint.disabled_reason == GONE_REASON:
        said = f"The endpoint {endpoint.id} answered 410 Gone and is disabled."
        return wrong("", said, f"Ask the partner; PATCH /v1/endpoints/{endpoint.id} enables it.")
    if pace is None or pace.breaker is Breaker.CLOSED or pace.failing_since is None:
        return None
    since = f"{pace.failing_since:%Y-%m-%d %H:%M} UTC"
    said = f"The endpoint {endpoint.id} has failed since {since}; its breaker is {pace.breaker}."
    return wrong("", said, f"Tell the partner; serai endpoints test {endpoint.id} shows why.")
