"""Connections and stuck work, once the hub itself can be opened."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from core.application.connections.probe_connection import probe_connection
from core.application.hub import Hub
from core.domain.bookings.booking import BookingState
from core.domain.bookings.kept_pnr import PnrState
from core.domain.connections.connection import Connection, ConnectionState, ConnectionTest, Verdict
from core.domain.payments.payment import PaymentState, RefundState
from core.domain.tenancy import Environment, Scope
from core.domain.webhooks.delivery import Delivery, DeliveryState
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import GONE_REASON, Endpoint, EndpointState
from entrypoints.cli.doctor.finding import Finding, wrong
from entrypoints.first_run import at_the_desk
from ports.store import BookingFilter, DeliveryFilter, Page, PnrFilter, View

PAST_DUE = timedelta(minutes=1)
SKEW_S = 30
MOST = Page(limit=200)


async def scopes_of(hub: Hub) -> list[Scope]:
    return [Scope(t.id, e) for t in await hub.store.tenants() for e in Environment]


async def connection_findings(hub: Hub, scope: Scope) -> list[Finding]:
    """Each active connection, tested now, all at once."""
    async with hub.store.read(scope) as view:
        found = await view.connections(MOST)
    active = [c for c in found if c.state is ConnectionState.ACTIVE]
    tests = await asyncio.gather(*(probe_connection(hub, at_the_desk(scope), c.id) for c in active))
    findings = [_tested(scope, c, t) for c, t in zip(active, tests, strict=True)]
    return findings + [f for t in tests for f in _vendor_clock(t)]


def _tested(scope: Scope, connection: Connection, test: ConnectionTest) -> Finding:
    about = f"connection {connection.name} ({scope.environment})"
    if test.verdict is Verdict.VERIFIED:
        return Finding(about, f"verified in {test.elapsed_ms} ms")
    seen = ", ".join(f"{name} {value}" for name, value in test.evidence.items())
    if test.verdict is Verdict.CANNOT_TEST and not test.remedy:
        return Finding(about, f"there is nothing to test: {seen}")
    remedy = test.remedy or f"serai connections test {connection.id}"
    return wrong(about, f"{test.verdict}: {seen}", remedy)


def _vendor_clock(test: ConnectionTest) -> list[Finding]:
    ahead = test.evidence.get("clock_ahead_s", "0")
    if not ahead.lstrip("-").isdecimal() or abs(int(ahead)) <= SKEW_S:
        return []
    return [
        wrong("clock", f"This machine's clock is {ahead} s ahead of a vendor's.", "Set it by NTP.")
    ]


async def stuck_findings(hub: Hub, scope: Scope) -> list[Finding]:
    """What waits for a person, and what should have gone out already."""
    async with hub.store.read(scope) as view:
        found = [
            *await _bookings(view),
            *await _pnrs(view),
            *await _money(view),
            *await _late(hub, view),
        ]
    about = f"work ({scope.environment})"
    return [msgspec.structs.replace(f, about=about) for f in found]


async def _bookings(view: View) -> list[Finding]:
    where = BookingFilter(state=BookingState.NEEDS_OPERATOR)
    return [
        wrong(
            "",
            f"The booking {b.id} needs an operator: {b.refusal.message if b.refusal else '?'}.",
            f"Ask the supplier of {b.offer.title} for {b.vendor_reference}, then"
            f" serai bookings resolve {b.id} --outcome … --reason …",
        )
        for b in await view.bookings(MOST, where)
    ]


async def _pnrs(view: View) -> list[Finding]:
    return [
        wrong(
            "",
            f"The PNR {p.id} needs an operator: {p.refusal.message if p.refusal else '?'}.",
            f"Look {p.locator} up in the GDS, then serai pnrs resolve {p.id} --outcome …",
        )
        for p in await view.pnrs(MOST, PnrFilter(state=PnrState.NEEDS_OPERATOR))
    ]


async def _money(view: View) -> list[Finding]:
    found = []
    for payment in await view.payments(MOST, booking=None):
        if payment.state is PaymentState.NEEDS_OPERATOR:
            found.append(_needs("payment", payment.id))
        if payment.charged_back is None:
            found.append(_taken_in_part(payment.id))
        for refund in await view.refunds(payment=payment.id):
            if refund.state is RefundState.NEEDS_OPERATOR:
                found.append(_needs("refund", refund.id))
    return found


def _needs(kind: str, id: str) -> Finding:
    return wrong(
        "",
        f"The {kind} {id} needs an operator.",
        f"Look it up in the gateway's dashboard, then serai {kind}s resolve {id} …",
    )


def _taken_in_part(id: str) -> Finding:
    return wrong(
        "",
        f"A part of the payment {id} was charged back, and its gateway does not say how much.",
        "Look it up in the gateway's dashboard, then serai payments resolve"
        f' {id} --outcome charged_back --taken "… IDR" --reason …',
    )


async def _late(hub: Hub, view: View) -> list[Finding]:
    """What waits for a receiver that is down is told of the receiver, and is not late."""
    endpoints = await view.endpoints(MOST, partner=None)
    paces = await view.paces(e.id for e in endpoints)
    down = [f for e in endpoints if (f := _down(e, paces.get(e.id))) is not None]
    served = {
        e.id
        for e in endpoints
        if e.state is EndpointState.ACTIVE
        and (e.id not in paces or paces[e.id].breaker is Breaker.CLOSED)
    }
    limit = hub.clock.now() - PAST_DUE
    late = sorted(
        (d for d in await _all_due(view) if d.due_at < limit and d.endpoint in served),
        key=lambda d: d.due_at,
    )
    if not late:
        return down
    age = hub.clock.now() - late[0].due_at
    nothing_sends = wrong(
        "",
        f"{'1 webhook is' if len(late) == 1 else f'{len(late)} webhooks are'} past due, the oldest ({late[0].id}) for"
        f" {age.total_seconds() / 60:.0f} min.",
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


async def _all_due(view: View) -> Sequence[Delivery]:
    return await view.deliveries(MOST, DeliveryFilter(state=DeliveryState.DUE))
