"""Write what a gateway says about a payment or a refund, once, with its event."""

from __future__ import annotations

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.catalogue import payment_event, refund_event
from core.domain.payment import (
    Checkout,
    Payment,
    PaymentState,
    Refund,
    RefundFact,
    RefundState,
    told,
    told_refund,
)
from core.domain.submission import waiting
from ports.jobs import Bell
from ports.store import Tx

TOLD = {
    PaymentState.OPEN: "payment.opened",
    PaymentState.SUCCEEDED: "payment.succeeded",
    PaymentState.EXPIRED: "payment.expired",
    PaymentState.FAILED: "payment.failed",
    PaymentState.NEEDS_OPERATOR: "payment.needs_operator",
}
REFUND_TOLD = {
    RefundState.PENDING: "refund.pending",
    RefundState.SUCCEEDED: "refund.succeeded",
    RefundState.FAILED: "refund.failed",
    RefundState.NEEDS_OPERATOR: "refund.needs_operator",
}


async def write_payment(hub: Hub, tx: Tx, asking: Asking, before: Payment, after: Payment) -> None:
    """*after* in place of *before*, with the event if its state has changed."""
    if after is before:
        return
    await tx.put_payment(after)
    if after.state is not before.state:
        await tx.record(payment_event(TOLD[after.state], after), hub.clock.now())
        await write_audit(hub, tx, asking, "payment.settled", after.id, before=before, after=after)


async def write_refund(hub: Hub, tx: Tx, asking: Asking, before: Refund, after: Refund) -> None:
    if after is before:
        return
    await tx.put_refund(after)
    if after.state is not before.state:
        await tx.record(refund_event(REFUND_TOLD[after.state], after), hub.clock.now())
        await write_audit(hub, tx, asking, "refund.settled", after.id, before=before, after=after)


async def ring_money(hub: Hub) -> None:
    await hub.jobs.ring(Bell.DELIVERIES)


def after_checkout(hub: Hub, payment: Payment, fact: Checkout) -> Payment:
    """*payment* after the gateway's word; an open one is asked about again later, for the
    webhook that closes it may be lost."""
    now = hub.clock.now()
    after = told(payment, fact, now)
    if after.state is not PaymentState.OPEN or after.submission is None:
        return after
    return msgspec.structs.replace(after, submission=waiting(after.submission, now))


def after_refund(hub: Hub, refund: Refund, fact: RefundFact) -> Refund:
    now = hub.clock.now()
    after = told_refund(refund, fact, now)
    if after.state is not RefundState.PENDING or after.submission is None:
        return after
    return msgspec.structs.replace(after, submission=waiting(after.submission, now))
