"""Webhooks: whether nothing sends, or a receiver is down."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from core.application.hub import Hub
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import GONE_REASON, Endpoint, EndpointState
from entrypoints.cli.doctor.every import every
from entrypoints.cli.doctor.finding import Finding, wrong
from ports.store import View

PAST_DUE = timedelta(minutes=1)


async def receiver_findings(hub: Hub, view: View) -> list[Finding]:
    """What waits for a receiver that is down is told of the receiver, and is not late."""
    endpoints = await every(partial(view.endpoints, partner=None))
    paces = await view.paces(e.id for e in endpoints)
    down = [f for e in endpoints if (f := _down(e, paces.get(e.id))) is not None]
    served = [
        e.id
        for e in endpoints
        if e.state is EndpointState.ACTIVE
        and (e.id not in paces or paces[e.id].breaker is Breaker.CLOSED)
    ]
    now = hub.clock.now()
    late = await view.past_due(served, now - PAST_DUE)
    if late is None:
        return down
    many = "1 webhook is" if late.count == 1 else f"{late.count} webhooks are"
    minutes = (now - late.due_at).total_seconds() / 60
    nothing_sends = wrong(
        "",
        f"{many} past due, the oldest ({late.oldest}) for {minutes:.0f} min.",
        "Nothing sends: start serai serve (SQLite) or serai worker, and see its log.",
    )
    return [*down, nothing_sends]


def _down(endpoint: Endpoint, pace: Pace | None) -> Finding | None:
    if endpoint.state is EndpointState.DISABLED and endpoint.disabled_reason == GONE_REASON:
        said = f"The endpoint {endpoint.id} answered 410 Gone and is disabled."
        return wrong("", said, f"Ask the partner; PATCH /v1/endpoints/{endpoint.id} enables it.")
    if pace is None or pace.breaker is Breaker.CLOSED or pace.failing_since is None:
        return None
    since = f"{pace.failing_since:%Y-%m-%d %H:%M} UTC"
    said = f"The endpoint {endpoint.id} has failed since {since}; its breaker is {pace.breaker}."
    return wrong("", said, f"Tell the partner; serai endpoints test {endpoint.id} shows why.")
