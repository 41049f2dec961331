"""Give money back, at most once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.add_connection import connection_parts
from core.application.hub import Asking, Hub, write_audit
from core.application.settle_payment import after_refund, ring_money, write_refund
from core.application.vendor_problem import refusal_of
from core.domain.booking import Booking, Refusal, refund_due
from core.domain.money import Money, zero
from core.domain.payment import (
    Payment,
    PaymentState,
    Refund,
    RefundFact,
    RefundState,
    move_refund,
    refund_mismatch,
)
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.errors import BrokenContract, OutcomeUnknown, VendorError
from ports.jobs import Bell
from ports.payment_gateway import RefundOrder
from ports.store import Page, Tx


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """amount: None gives back what is due: all that is left of the payment, less the fee
    of a cancelled booking, which is kept once from all its payments together."""

    amount: Money | None = None
    reason: str = ""


async def refund_payment(hub: Hub, asking: Asking, payment: str, new: NewRefund) -> Refund:
    """The refund after the gateway's answer; `submitting` while that is not clear.

    Conflict: nothing was paid, nothing is due, or the cancellation's fee is not known yet.
    Invalid: more than is left.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        paid = await tx.payment(payment)
        if paid is None:
            raise NotFound("payment", payment)
        refund = await _intent(hub, tx, paid, new)
        await tx.put_refund(refund)
        if asking.key is not None:
            await tx.link_key(asking.who.id, asking.key, refund.id)
        await write_audit(hub, tx, asking, "refund.submitted", refund.id, after=refund)
    if refund.check_at is not None:
        await hub.jobs.ring_at(Bell.REFUNDS, refund.check_at)
    return await send_refund(hub, asking, refund)


async def _intent(hub: Hub, tx: Tx, payment: Payment, new: NewRefund) -> Refund:
    if payment.state is not PaymentState.SUCCEEDED:
        raise Conflict("not_refundable", f"the payment is {payment.state}; nothing was paid")
    if payment.charge_reference is None:
        raise Conflict("not_refundable", "the gateway has not named the charge to refund")
    # Every use case locks the booking before the connection; the other order would deadlock.
    booking = await tx.booking(payment.booking)
    _, _, manifest = await connection_parts(hub, tx, payment.connection)
    left = payment.amount - await _given(tx, payment)
    due = await _due(tx, booking, left) if booking and new.amount is None else left
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


async def _given(tx: Tx, payment: Payment) -> Money:
    given = zero(payment.amount.currency)
    for other in await tx.refunds(payment=payment.id):
        if other.state is not RefundState.FAILED:
            given = given + other.amount
    return given


async def _due(tx: Tx, booking: Booking, left: Money) -> Money:
    """What is due of the booking's payments together, at most what is *left* of this one."""
    if booking.cancellation is not None and booking.cancellation.fee is None:
        raise Conflict("fee_unknown", "the fee of the cancellation is not known yet")
    paid = given = zero(left.currency)
    for other in await tx.payments(Page(limit=200), booking=booking.id):
        if other.state is PaymentState.SUCCEEDED:
            paid = paid + other.amount
            given = given + await _given(tx, other)
    due = refund_due(booking, paid, given)
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
    answer: RefundFact | VendorError
    try:
        answer = await _ask(hub, asking, refund)
    except (OutcomeUnknown, BrokenContract):
        return refund
    except VendorError as e:
        answer = e
    return await settle_refund(hub, asking, refund, answer)


async def settle_refund(
    hub: Hub, asking: Asking, refund: Refund, answer: RefundFact | VendorError | Refusal
) -> Refund:
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.refund(refund.id)
        if current is None or current.state is not refund.state:
            return current or refund
        after = _after(hub, current, answer)
        await write_refund(hub, tx, asking, current, after)
    await ring_money(hub)
    return after


def _after(hub: Hub, refund: Refund, answer: RefundFact | VendorError | Refusal) -> Refund:
    now = hub.clock.now()
    if isinstance(answer, RefundFact):
        wrong = refund_mismatch(refund, answer)
        if wrong is None:
            return after_refund(hub, refund, answer)
        to, why = RefundState.NEEDS_OPERATOR, Refusal("mismatch", wrong)
    else:
        to = RefundState.FAILED
        why = answer if isinstance(answer, Refusal) else refusal_of(answer)
        if why.code == "unknown":
            to = RefundState.NEEDS_OPERATOR
    return msgspec.structs.replace(move_refund(refund, to, now), refusal=why, submission=None)


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
    return await gateway.refund(order, key=refund.id)


async def list_refunds(hub: Hub, asking: Asking, payment: str) -> Sequence[Refund]:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        if await view.payment(payment) is None:
            raise NotFound("payment", payment)
        return await view.refunds(payment=payment)


async def read_refund(hub: Hub, asking: Asking, id: str) -> Refund:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        refund = await view.refund(id)
    if refund is None:
        raise NotFound("refund", id)
    return refund
