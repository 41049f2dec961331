"""Ask the gateway what became of a payment or a refund, until it is known."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Hub, by_itself
from core.application.payments.refund_payment import send_refund
from core.application.payments.settle_payment import settle_payment, settle_refund
from core.application.payments.start_payment import send_payment
from core.domain.payments.payment import (
    Payment,
    PaymentState,
    Refund,
    RefundState,
    known_checkout,
    mismatch,
)
from core.domain.payments.payment_moves import (
    after_checkout,
    payment_needs_operator,
    payment_sent_again,
    payment_unanswered,
    refund_answered,
    refund_failed,
    refund_needs_operator,
    refund_unanswered,
)
from core.domain.refusal import Refusal
from core.domain.submission import Absent, on_absence, send
from core.domain.tenancy import Scope
from ports.errors import VendorError
from ports.manifest import Manifest


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
        found = await gateway.find(known_checkout(payment))
    except VendorError:
        found = None
    if found is None or mismatch(payment, found) is not None:
        return await _payment_later(hub, scope, payment, "the gateway could not be asked")
    return await settle_payment(
        hub, by_itself(scope), payment, lambda p: after_checkout(p, found, hub.clock.now())
    )


async def _start_again(hub: Hub, scope: Scope, payment: Payment, manifest: Manifest) -> Payment:
    if not _key_is_known(payment.created_at, manifest, hub.clock.now()):
        lost = Refusal("unknown", "the gateway's answer was lost, and it no longer knows our key")
        return await settle_payment(
            hub,
            by_itself(scope),
            payment,
            lambda p: payment_needs_operator(p, lost, hub.clock.now()),
        )
    why = "the gateway gives no clear answer"
    again = await settle_payment(
        hub,
        by_itself(scope),
        payment,
        lambda p: (
            payment_sent_again(p, why, hub.clock.now(), manifest.deadline_s)
            if p.submission == payment.submission
            else p  # somebody else is repeating it just now
        ),
    )
    if again.state is not PaymentState.STARTING or again.submission == payment.submission:
        return again
    return await send_payment(hub, by_itself(scope), again)


def _key_is_known(sent_at: datetime, manifest: Manifest, now: datetime) -> bool:
    kept = manifest.repeatable_for_s
    return kept is not None and now < sent_at + timedelta(seconds=kept)


async def _payment_later(hub: Hub, scope: Scope, payment: Payment, why: str) -> Payment:
    return await settle_payment(
        hub, by_itself(scope), payment, lambda p: payment_unanswered(p, why, hub.clock.now())
    )


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
        found = await gateway.find_refund(refund.id, payment.charge_reference or "")
    except VendorError:
        return await _refund_later(hub, scope, refund)
    if found is not None:
        return await settle_refund(
            hub, by_itself(scope), refund, lambda r: refund_answered(r, found, hub.clock.now())
        )
    return await _absent(hub, scope, refund, manifest)


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
            return await settle_refund(
                hub,
                by_itself(scope),
                refund,
                lambda r: refund_needs_operator(r, unknown, hub.clock.now()),
            )
        case Absent.FAIL:
            gone = Refusal("absent", "the gateway has no such refund; nothing was given back")
            return await settle_refund(
                hub, by_itself(scope), refund, lambda r: refund_failed(r, gone, hub.clock.now())
            )
        case Absent.SEND_AGAIN:
            again = await _send_again(hub, scope, refund, manifest)
            return await send_refund(hub, by_itself(scope), again) if again else refund


async def _refund_later(hub: Hub, scope: Scope, refund: Refund) -> Refund:
    why = "the gateway gives no clear answer"
    return await settle_refund(
        hub, by_itself(scope), refund, lambda r: refund_unanswered(r, why, hub.clock.now())
    )


async def _send_again(hub: Hub, scope: Scope, refund: Refund, manifest: Manifest) -> Refund | None:
    """Commit that it is sent a second time; None: somebody else settled or sent it meanwhile."""
    async with hub.store.begin(scope) as tx:
        current = await tx.refund(refund.id)
        if current is None or current != refund:
            return None
        submission = send(hub.clock.now(), manifest.deadline_s, refund.submission)
        after = msgspec.structs.replace(current, submission=submission)
        await tx.put_refund(after)
    return after
