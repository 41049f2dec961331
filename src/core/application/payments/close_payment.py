"""Close a payment link, so that nobody pays it any more."""

from __future__ import annotations

import contextlib

from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, by_itself
from core.application.payments.read_payment import payments_of
from core.application.payments.settle_payment import write_payment
from core.application.vendor_problem import problem_of
from core.domain.payments.payment import Payment, PaymentState, known_checkout, mismatch
from core.domain.payments.payment_moves import after_checkout
from core.domain.problem import Conflict, NotFound, Problem
from core.domain.tenancy import Permission, Scope
from ports.errors import VendorError
from ports.jobs import Bell


async def close_links(hub: Hub, scope: Scope, booking: str) -> None:
    """Close what a cancelled booking could still be paid by. A gateway that does not answer is
    asked again by itself; money that comes all the same is told, and is due back."""
    async with hub.store.read(scope) as view:
        payments = await payments_of(view, booking)
    for payment in payments:
        if payment.state is PaymentState.OPEN:
            with contextlib.suppress(Problem):
                await close_payment(hub, by_itself(scope), payment.id)


async def close_payment(hub: Hub, asking: Asking, id: str) -> Payment:
    """The payment as the gateway then has it: `expired`, or `succeeded` if somebody was quicker.

    Closing a closed one returns it as it is. Conflict: there is no link to close.
    Failed: no answer came; it may be asked again, and the gateway is asked by itself too.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    async with hub.store.read(asking.scope) as view:
        payment = await view.payment(id)
        if payment is None:
            raise NotFound("payment", id)
        connection, account, _ = await connection_parts(hub, view, payment.connection)
    if payment.state is PaymentState.EXPIRED:
        return payment
    if payment.state is not PaymentState.OPEN or payment.gateway_reference is None:
        raise Conflict("not_closable", f"the payment is {payment.state}; there is no link to close")
    try:
        gateway = await hub.vendors.payment_gateway(asking.scope, connection, account)
        fact = await gateway.expire(known_checkout(payment))
    except VendorError as e:
        raise problem_of(e) from e
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.payment(id)
        if current is None or mismatch(current, fact) is not None:
            raise Conflict("mismatch", "the gateway's answer is not about this payment")
        after = after_checkout(current, fact, hub.clock.now())
        await write_payment(hub, tx, asking, current, after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after
