"""Give money back, at most once."""

from __future__ import annotations

import msgspec

from core.application.clear_answer import clear_answer
from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.in_time import in_time
from core.application.payments.read_payment import (
    given_back,
    kept_of,
    need_known_takings,
    payments_of,
    payments_of_plan,
)
from core.application.payments.settle_payment import plan_of_refund, settle_refund
from core.domain.bookings.booking import Booking, refund_due
from core.domain.money import Money, zero
from core.domain.payments.payment import Payment, PaymentState, Refund, RefundFact
from core.domain.payments.payment_moves import refund_answered, refund_failed
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.refusal import Refusal
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.payment_gateway import RefundOrder
from ports.store import Tx


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """amount: None gives back what is due: all that is left of the payment, less the fee
    of a cancelled booking, which is kept once from all its payments together; of a plan's
    payment, what the plan owes its payer."""

    amount: Money | None = None
    reason: str = ""


async def refund_payment(hub: Hub, asking: Asking, payment: str, new: NewRefund) -> Refund:
    """The refund after the gateway's answer; `submitting` while that is not clear.

    Conflict: nothing was paid, nothing is due, or the cancellation's fee is not known yet, nor
    how much the bank took back of a payment that shares in what is due.
    Invalid: more than is left.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        paid = await tx.payment(payment)
        if paid is None:
            raise NotFound("payment", payment)
        refund = await _intent(hub, tx, paid, new)
        await tx.put_refund(refund)
        await write_intent(hub, tx, asking, "refund.submitted", refund.id, after=refund)
        await plan_of_refund(hub, tx, asking, refund)
    await ring_after(hub, Bell.REFUNDS, refund.check_at, told=False)
    return await send_refund(hub, asking, refund)


async def _intent(hub: Hub, tx: Tx, payment: Payment, new: NewRefund) -> Refund:
    need_known_takings([payment])
    if payment.state is PaymentState.CHARGED_BACK and payment.claim.minor == 0:
        raise Conflict("not_refundable", "the payer's bank has taken the money back already")
    if payment.state not in (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK):
        raise Conflict("not_refundable", f"the payment is {payment.state}; nothing was paid")
    if payment.charge_reference is None:
        raise Conflict("not_refundable", "the gateway has not named the charge to refund")
    # Every use case locks the booking before the connection; the other order would deadlock.
    booking = await tx.booking(payment.booking) if payment.booking else None
    _, _, manifest = await connection_parts(hub, tx, payment.connection)
    left = await kept_of(tx, payment)
    due = left
    if new.amount is None and payment.plan is not None:
        due = await _due_of_plan(tx, payment.plan, left)
    elif new.amount is None and booking is not None:
        due = await _due(tx, booking, left)
    now = hub.clock.now()
    return Refund(
        id=hub.mint.id("rfd"),
        payment=payment.id,
        booking=payment.booking,
        amount=_amount(new.amount, due, left),
        reason=new.reason,
        created_at=now,
        updated_at=now,
        submission=send(now, manifest.deadline_s),
        partner=payment.partner,
    )


async def _due_of_plan(tx: Tx, id: str, left: Money) -> Money:
    """What a plan owes its payer, at most what is *left* of this payment."""
    plan = await tx.plan(id)
    due = plan.due_back if plan else left
    if due.minor > 0:
        need_known_takings(await payments_of_plan(tx, id))
    return due if due < left else left


async def _due(tx: Tx, booking: Booking, left: Money) -> Money:
    """What is due of the booking's payments together, at most what is *left* of this one."""
    if booking.cancellation is not None and booking.cancellation.fee is None:
        raise Conflict("fee_unknown", "the fee of the cancellation is not known yet")
    came = (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
    payments = await payments_of(tx, booking.id)
    payments = [p for p in payments if p.plan is None and p.state in came]
    paid = given = zero(left.currency)
    for other in payments:
        paid = paid + other.claim
        given = given + await given_back(tx, other)
    due = refund_due(booking, paid, given)
    if due.minor > 0:
        need_known_takings(payments)
    return due if due < left else left


def _amount(wanted: Money | None, due: Money, left: Money) -> Money:
    if wanted is None:
        if due.minor <= 0:
            raise Conflict("nothing_due", f"nothing is due; {left} of the payment is left")
        return due
    if wanted.currency != left.currency:
        raise Invalid(Fault("/amount/currency", f"the payment was in {left.currency}"))
    if wanted.minor <= 0 or left < wanted:
        raise Invalid(Fault("/amount/minor", f"must be above 0 and at most {left.minor}"))
    return wanted


async def send_refund(hub: Hub, asking: Asking, refund: Refund) -> Refund:
    """Ask the gateway under the refund's own key; a repeat has one effect."""
    answer = await clear_answer(_ask(hub, asking, refund), refund.submission)
    if answer is None:
        return refund
    if isinstance(answer, Refusal):
        return await settle_refund(
            hub,
            asking,
            refund,
            lambda r: (
                refund_failed(r, answer, hub.clock.now())
                if r.submission == refund.submission
                else r  # it says nothing of a sending after it
            ),
        )
    return await settle_refund(
        hub, asking, refund, lambda r: refund_answered(r, answer, hub.clock.now())
    )


async def _ask(hub: Hub, asking: Asking, refund: Refund) -> RefundFact:
    async with hub.store.read(asking.scope) as view:
        payment = await view.payment(refund.payment)
        if payment is None or payment.charge_reference is None:
            raise LookupError(refund.payment)
        connection, account, _ = await connection_parts(hub, view, payment.connection)
    gateway = await hub.vendors.payment_gateway(asking.scope, connection, account)
    order = RefundOrder(
        reference=refund.id,
        charge_reference=payment.charge_reference,
        amount=refund.amount,
        reason=refund.reason,
    )
    async with in_time(hub, refund.submission):
        return await gateway.refund(order, key=refund.id)
