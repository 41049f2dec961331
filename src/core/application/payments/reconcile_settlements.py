"""Hold a gateway's ledger against our payments and refunds, and name what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, by_itself
from core.application.payments.settle_payment import write_payment
from core.application.vendor_problem import problem_of
from core.domain.events.payment_events import mismatch_event
from core.domain.payments.payment import (
    CheckoutState,
    Dispute,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    known_checkout,
)
from core.domain.payments.payment_moves import told
from core.domain.payments.settlement import LineKind, Mismatch, SettlementLine, mismatches
from core.domain.problem import Fault, Invalid
from core.domain.tenancy import Permission
from ports.errors import VendorError
from ports.jobs import Bell
from ports.manifest import Role
from ports.store import Page, PaymentFilter, RefundFilter, Tx, View

LONGEST = timedelta(days=31)
# A ledger has a line some time after the money moved: what is younger is not missed yet.
IN_LEDGER_BY = timedelta(hours=24)
_MOST = 200


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one connection, lines made from *since* on and before *until*; at most 31 days."""

    connection: str
    since: datetime
    until: datetime


class Reconciled(msgspec.Struct, frozen=True):
    lines: tuple[SettlementLine, ...]
    mismatches: tuple[Mismatch, ...]


async def list_settlements(hub: Hub, asking: Asking, period: Period) -> Sequence[SettlementLine]:
    """The ledger as the gateway has it now. Conflict: this gateway lists none."""
    asking.need(Permission.PAYMENTS_READ)
    return await _lines(hub, asking, period)


async def reconcile_settlements(hub: Hub, asking: Asking, period: Period) -> Reconciled:
    """Every difference is told by an event, each time it is found.

    Only a dispute moves anything here: a payment that succeeded is `charged_back` then, for the
    ledger may be the only place that says so.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    lines = await _lines(hub, asking, period)
    came_in = {x.reference: x.at for x in lines if x.kind is LineKind.PAYMENT}
    async with hub.store.begin(asking.scope) as tx:
        for line in lines:
            if line.kind is LineKind.DISPUTE:
                await _charge_back(hub, tx, asking, period.connection, line, came_in)
        payments, refunds = await _ours(tx, period.connection, lines)
        expected = _expected(period, payments.values(), refunds.values(), hub.clock.now())
        found = mismatches(lines, payments, refunds, expected)
        for one in found:
            await tx.record(mismatch_event(period.connection, one), hub.clock.now())
    await hub.jobs.ring(Bell.DELIVERIES)
    return Reconciled(tuple(lines), found)


async def _lines(hub: Hub, asking: Asking, period: Period) -> Sequence[SettlementLine]:
    if not timedelta(0) < period.until - period.since <= LONGEST:
        raise Invalid(Fault("/until", "is after since, by at most 31 days"))
    async with hub.store.read(asking.scope) as view:
        connection, account, manifest = await connection_parts(hub, view, period.connection)
    if Role.PAYMENT_GATEWAY not in manifest.roles:
        raise Invalid(Fault("/connection", f"{manifest.title} is not a payment gateway"))
    try:
        gateway = await hub.vendors.payment_gateway(asking.scope, connection, account)
        return await gateway.list_settlements(period.since, period.until)
    except VendorError as e:
        raise problem_of(e) from e


async def _charge_back(
    hub: Hub,
    tx: Tx,
    asking: Asking,
    connection: str,
    line: SettlementLine,
    came_in: Mapping[str, datetime],
) -> None:
    """came_in: when, by our reference, of what the ledger has."""
    payment = await tx.payment(line.reference)
    if payment is None or payment.connection != connection:
        return
    if (
        payment.state is PaymentState.SUCCEEDED
        and payment.disputes
        and line.at < payment.updated_at
    ):
        return  # a person has won it since: its line stays in the ledger
    word = msgspec.structs.replace(
        known_checkout(payment, line.charge_reference),
        state=CheckoutState.CHARGED_BACK,
        disputes=(Dispute(line.dispute or line.id, line.amount),),
    )
    after = told(payment, word, hub.clock.now())
    if payment.paid_at is None and after is not payment:
        paid_at = came_in.get(payment.id, line.at)
        after = msgspec.structs.replace(after, paid_at=paid_at)
    await write_payment(hub, tx, by_itself(asking.scope), payment, after)


async def _ours(
    view: View, connection: str, lines: Sequence[SettlementLine]
) -> tuple[dict[str, Payment], dict[str, Refund]]:
    """Of this connection: what the lines name, and what is young enough to be missed."""
    payments: dict[str, Payment] = {}
    page = Page(limit=_MOST)
    while len(payments) < 20 * _MOST:
        some = await view.payments(page, PaymentFilter())
        payments |= {p.id: p for p in some if p.connection == connection}
        if len(some) < _MOST:
            break
        page = Page(after=some[-1].id, limit=_MOST)
    refunds = {r.id: r for p in payments.values() for r in await view.refunds(RefundFilter(p.id))}
    for line in lines:
        payment = await view.payment(line.reference)
        if payment is not None and payment.connection == connection:
            payments[payment.id] = payment
    return payments, refunds


def _expected(
    period: Period, payments: Iterable[Payment], refunds: Iterable[Refund], now: datetime
) -> list[str]:
    """What the ledger should have by now."""
    until = min(period.until, now - IN_LEDGER_BY)
    taken = (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
    done = [(p.id, p.paid_at) for p in payments if p.state in taken]
    done += [(r.id, r.updated_at) for r in refunds if r.state is RefundState.SUCCEEDED]
    return [id for id, at in done if at is not None and period.since <= at < until]
