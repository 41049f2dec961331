"""Write what a gateway says about a payment or a refund, once, with its event."""

from __future__ import annotations

from collections.abc import Callable

from core.application.hub import Asking, Hub, ring_after, write_audit
from core.application.payments.settle_plan import settle_plan
from core.domain.events.payment_events import payment_event, refund_event
from core.domain.payments.payment import Payment, PaymentState, Refund, RefundState
from ports.jobs import Bell
from ports.store import Tx

TOLD = {
    PaymentState.OPEN: "payment.opened",
    PaymentState.SUCCEEDED: "payment.succeeded",
    PaymentState.CHARGED_BACK: "payment.charged_back",
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
    """*after* in place of *before*, with the event if its state has changed, or what of it the
    payer's bank took back."""
    if after is before:
        return
    await tx.put_payment(after)
    if after.state is not before.state or after.disputes != before.disputes:
        await tx.record(payment_event(TOLD[after.state], after), hub.clock.now())
        await write_audit(hub, tx, asking, "payment.settled", after.id, before=before, after=after)
        if after.plan is not None:
            await settle_plan(hub, tx, asking.scope, after.plan)


async def write_refund(hub: Hub, tx: Tx, asking: Asking, before: Refund, after: Refund) -> None:
    if after is before:
        return
    await tx.put_refund(after)
    if after.state is not before.state:
        await tx.record(refund_event(REFUND_TOLD[after.state], after), hub.clock.now())
        await write_audit(hub, tx, asking, "refund.settled", after.id, before=before, after=after)
        await plan_of_refund(hub, tx, asking, after)


async def plan_of_refund(hub: Hub, tx: Tx, asking: Asking, refund: Refund) -> None:
    """What a refund takes from the plan its payment belongs to, once it is written in *tx*."""
    payment = await tx.payment(refund.payment)
    if payment is not None and payment.plan is not None:
        await settle_plan(hub, tx, asking.scope, payment.plan, refunded=True)


async def settle_payment(
    hub: Hub, asking: Asking, asked: Payment, decide: Callable[[Payment], Payment]
) -> Payment:
    """Apply *decide* to *asked* as stored now.

    *asked* is the payment as it was when the gateway was called. If it has left that state
    since, nothing is written and the stored payment is returned.
    """
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.payment(asked.id)
        if current is None:
            raise LookupError(asked.id)
        if current.state is not asked.state:
            return current
        after = decide(current)
        await write_payment(hub, tx, asking, current, after)
    told = after.state is not current.state
    await ring_after(hub, Bell.PAYMENTS, after.check_at, told=told)
    return after


async def settle_refund(
    hub: Hub, asking: Asking, asked: Refund, decide: Callable[[Refund], Refund]
) -> Refund:
    """The same for a refund."""
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.refund(asked.id)
        if current is None:
            raise LookupError(asked.id)
        if current.state is not asked.state:
            return current
        after = decide(current)
        await write_refund(hub, tx, asking, current, after)
    told = after.state is not current.state
    await ring_after(hub, Bell.REFUNDS, after.check_at, told=told)
    return after
