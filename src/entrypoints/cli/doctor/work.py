"""Connections and stuck work, once the hub itself can be opened."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec

from core.application.connections.probe_connection import probe_connection
from core.application.hub import Hub
from core.domain.agreements.agreement import AgreementState
from core.domain.bookings.booking import BookingState
from core.domain.bookings.kept_pnr import PnrState
from core.domain.connections.connection import Connection, ConnectionState, ConnectionTest, Verdict
from core.domain.payments.payment import PaymentState, RefundState
from core.domain.tenancy import Environment, Scope
from entrypoints.cli.doctor.every import every
from entrypoints.cli.doctor.finding import Finding, wrong
from entrypoints.cli.doctor.receivers import receiver_findings
from entrypoints.cli.doctor.vendors import vendor_findings
from entrypoints.first_run import at_the_desk
from ports.store import AgreementFilter, BookingFilter, PaymentFilter, PnrFilter, RefundFilter, View

SKEW_S = 30


async def scopes_of(hub: Hub) -> list[Scope]:
    return [Scope(t.id, e) for t in await hub.store.tenants() for e in Environment]


async def connection_findings(hub: Hub, scope: Scope) -> list[Finding]:
    """Each active connection, tested now, all at once."""
    async with hub.store.read(scope) as view:
        found = await every(view.connections)
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
    """What waits for a person, or for somebody outside."""
    async with hub.store.read(scope) as view:
        found = [
            *await _bookings(view),
            *await _pnrs(view),
            *await _money(view),
            *await _agreements(view),
            *await vendor_findings(hub, view),
            *await receiver_findings(view),
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
        for b in await every(partial(view.bookings, where=where))
    ]


async def _pnrs(view: View) -> list[Finding]:
    where = PnrFilter(state=PnrState.NEEDS_OPERATOR)
    return [
        wrong(
            "",
            f"The PNR {p.id} needs an operator: {p.refusal.message if p.refusal else '?'}.",
            f"Look {p.locator} up in the GDS, then serai pnrs resolve {p.id} --outcome …",
        )
        for p in await every(partial(view.pnrs, where=where))
    ]


async def _agreements(view: View) -> list[Finding]:
    where = AgreementFilter(state=AgreementState.NEEDS_OPERATOR)
    return [
        wrong(
            "",
            f"The agreement {a.id} needs an operator: {a.refusal.message if a.refusal else '?'}.",
            "Look in the vendor's dashboard whether its signers were asked, then"
            f" serai agreements resolve {a.id} --outcome … --reason …",
        )
        for a in await every(partial(view.agreements, where=where))
    ]


async def _money(view: View) -> list[Finding]:
    stuck = PaymentFilter(state=PaymentState.NEEDS_OPERATOR)
    taken = PaymentFilter(state=PaymentState.CHARGED_BACK)
    refunds = await view.refunds(RefundFilter(state=RefundState.NEEDS_OPERATOR))
    return [
        *[_needs("payment", p.id) for p in await every(partial(view.payments, where=stuck))],
        *[
            _taken_in_part(p.id)
            for p in await every(partial(view.payments, where=taken))
            if p.charged_back is None
        ],
        *[_needs("refund", refund.id) for refund in refunds],
    ]


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
