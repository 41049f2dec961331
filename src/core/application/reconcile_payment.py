"""Ask the gateway what became of a payment or a refund, until it is known."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from core.application.add_connection import connection_parts
from core.application.hub import Hub, by_itself
from core.application.refund_payment import send_refund, settle_refund
from core.application.settle_payment import after_checkout, ring_money, write_payment
from core.application.start_payment import send_payment
from core.domain.booking import Refusal
from core.domain.payment import (
    Payment,
    PaymentState,
    Refund,
    RefundFact,
    RefundState,
    mismatch,
    move_payment,
)
from core.domain.submission import Absent, Submission, asked, on_absence, send, waiting
from core.domain.tenancy import Scope
from ports.errors import VendorError
from ports.manifest import Manifest
from ports.payment_gateway import PaymentGateway


async def reconcile_payment(hub: Hub, scope: Scope, id: str) -> Payment:
    """`starting`: repeated under its own key while the gateway still knows that key, else
    a person is called. `open`: the gateway is asked, in case its webhook was lost."""
    async with hub.store.read(scope) as view:
        payment = await view.payment(id)
        if payment is None:
            raise LookupError(id)
        connection, account, manifest = await connection_parts(hub, view, payment.connection)
    if payment.check_at is None or hub.clock.now() < payment.check_at:
        return payment
    if payment.state is PaymentState.STARTING:
        return await _start_again(hub, scope, payment, manifest)
    try:
        gateway = await hub.vendors.payment_gateway(scope, connection, account)
        found = await gateway.find(payment.gateway_reference or "")
    except VendorError:
        found = None
    if found is None or mismatch(payment, found) is not None:
        return await _payment_later(hub, scope, payment, "the gateway could not be asked")
    async with hub.store.begin(scope) as tx:
        current = await tx.payment(id)
        if current is None or current != payment:
            return current or payment
        after = after_checkout(hub, current, found)
        await write_payment(hub, tx, by_itself(scope), current, after)
    await ring_money(hub)
    return after


async def _start_again(hub: Hub, scope: Scope, payment: Payment, manifest: Manifest) -> Payment:
    if not _key_is_known(payment.created_at, manifest, hub.clock.now()):
        why = "the gateway's answer was lost, and it no longer knows our key"
        return await _payment_needs_operator(hub, scope, payment, why)
    again = await _payment_later(hub, scope, payment, "the gateway gives no clear answer")
    if again.state is not PaymentState.STARTING:
        return again
    return await send_payment(hub, by_itself(scope), again)


def _key_is_known(sent_at: datetime, manifest: Manifest, now: datetime) -> bool:
    kept = manifest.repeatable_for_s
    return kept is not None and now < sent_at + timedelta(seconds=kept)


async def _payment_later(hub: Hub, scope: Scope, payment: Payment, why: str) -> Payment:
    open_ = payment.state is PaymentState.OPEN
    next_ = _next(payment.submission, hub.clock.now(), open_=open_)
    if next_ is None:
        return await _payment_needs_operator(hub, scope, payment, why)
    async with hub.store.begin(scope) as tx:
        current = await tx.payment(payment.id)
        if current is None or current.state is not payment.state:
            return current or payment
        after = msgspec.structs.replace(current, submission=next_)
        await tx.put_payment(after)
    return after


def _next(submission: Submission | None, now: datetime, *, open_: bool) -> Submission | None:
    if submission is None:
        return None
    return waiting(submission, now) if open_ else asked(submission, now)


async def _payment_needs_operator(hub: Hub, scope: Scope, payment: Payment, why: str) -> Payment:
    async with hub.store.begin(scope) as tx:
        current = await tx.payment(payment.id)
        if current is None or current.state is not payment.state:
            return current or payment
        after = msgspec.structs.replace(
            move_payment(current, PaymentState.NEEDS_OPERATOR, hub.clock.now()),
            refusal=Refusal("unknown", why),
            submission=None,
        )
        await write_payment(hub, tx, by_itself(scope), current, after)
    await ring_money(hub)
    return after


async def reconcile_refund(hub: Hub, scope: Scope, id: str) -> Refund:
    """Find it by our reference; if it is certainly not there, send it once more."""
    async with hub.store.read(scope) as view:
        refund = await view.refund(id)
        payment = await view.payment(refund.payment) if refund else None
        if refund is None or payment is None:
            raise LookupError(id)
        connection, account, manifest = await connection_parts(hub, view, payment.connection)
    if refund.check_at is None or hub.clock.now() < refund.check_at:
        return refund
    try:
        gateway = await hub.vendors.payment_gateway(scope, connection, account)
        found = await _find(gateway, refund, payment)
    except VendorError:
        return await _refund_later(hub, scope, refund)
    if found is not None:
        return await settle_refund(hub, by_itself(scope), refund, found)
    return await _absent(hub, scope, refund, manifest)


async def _find(gateway: PaymentGateway, refund: Refund, payment: Payment) -> RefundFact | None:
    return await gateway.find_refund(refund.id, payment.charge_reference or "")


async def _absent(hub: Hub, scope: Scope, refund: Refund, manifest: Manifest) -> Refund:
    submission = refund.submission
    if submission is None or refund.state is not RefundState.SUBMITTING:
        return await _refund_later(hub, scope, refund)
    absent = on_absence(
        submission,
        hub.clock.now(),
        absence_certain_after_s=manifest.absence_certain_after_s,
        may_send_again=_key_is_known(refund.created_at, manifest, hub.clock.now()),
    )
    match absent:
        case Absent.WAIT:
            return await _refund_later(hub, scope, refund)
        case Absent.ASK_PERSON:
            unknown = Refusal("unknown", "the gateway cannot prove that it is not there")
            return await settle_refund(hub, by_itself(scope), refund, unknown)
        case Absent.FAIL:
            gone = Refusal("absent", "the gateway has no such refund; nothing was given back")
            return await settle_refund(hub, by_itself(scope), refund, gone)
        case Absent.SEND_AGAIN:
            again = send(hub.clock.now(), manifest.deadline_s, submission)
            sent = await _put_submission(hub, scope, refund, again)
            return await send_refund(hub, by_itself(scope), sent) if sent else refund


async def _refund_later(hub: Hub, scope: Scope, refund: Refund) -> Refund:
    open_ = refund.state is RefundState.PENDING
    next_ = _next(refund.submission, hub.clock.now(), open_=open_)
    if next_ is None:
        why = Refusal("unknown", "the gateway gives no clear answer")
        return await settle_refund(hub, by_itself(scope), refund, why)
    return await _put_submission(hub, scope, refund, next_) or refund


async def _put_submission(
    hub: Hub, scope: Scope, refund: Refund, submission: Submission
) -> Refund | None:
    """None: somebody else has settled or sent it meanwhile."""
    async with hub.store.begin(scope) as tx:
        current = await tx.refund(refund.id)
        if current is None or current != refund:
            return None
        after = msgspec.structs.replace(current, submission=submission)
        await tx.put_refund(after)
    return after
