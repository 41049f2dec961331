"""A hint in a vendor's webhook: what it names is asked of its gateway, and only that counts."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Hub
from core.domain.inbound.inbox import InboxMessage
from core.domain.payments.payment import Checkout, Payment, Refund, RefundFact, known_checkout
from core.domain.tenancy import Scope
from ports.inbound_webhook import Hint
from ports.payment_gateway import PaymentGateway
from ports.store import RefundFilter, View

Fact = Checkout | RefundFact


class Led(msgspec.Struct, frozen=True):
    """facts: the gateway's own. difference: why it was not even asked, else None."""

    facts: tuple[Fact, ...] = ()
    difference: str | None = None


async def follow_hint(hub: Hub, scope: Scope, message: InboxMessage, hint: Hint) -> Led:
    """Nothing for what is not ours: another program's payment on the same account.

    VendorError: the gateway could not be asked; ask again later.
    """
    async with hub.store.read(scope) as view:
        payment, refunds = await _meant(view, hint)
        if payment is None:
            return Led()
        wrong = _difference(message, hint, payment, refunds)
        if wrong is not None:
            return Led(difference=wrong)
        connection, account, _ = await connection_parts(hub, view, payment.connection)
    gateway = await hub.vendors.payment_gateway(scope, connection, account)
    return Led(await _told(gateway, hint, payment, refunds))


async def _meant(view: View, hint: Hint) -> tuple[Payment | None, Sequence[Refund]]:
    """The payment, and those of its refunds whose end is not known."""
    refund = await view.refund(hint.reference)
    if refund is not None:
        return await view.payment(refund.payment), [refund]
    payment = await view.payment(hint.reference)
    if payment is None:
        return None, []
    return payment, [r for r in await view.refunds(RefundFilter(payment.id)) if not r.is_over]


def _difference(
    message: InboxMessage, hint: Hint, payment: Payment, refunds: Sequence[Refund]
) -> str | None:
    if payment.connection != message.connection:
        return f"it came through {message.connection}, not {payment.connection}"
    ours = payment.amount if hint.reference == payment.id else refunds[0].amount
    if hint.amount is not None and hint.amount != ours:
        return f"amount is {hint.amount}, not {ours}"
    return None


async def _told(
    gateway: PaymentGateway, hint: Hint, payment: Payment, refunds: Sequence[Refund]
) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    known = known_checkout(payment, hint.charge_reference)
    if hint.reference == payment.id:
        found = await gateway.find(known)
        facts += [] if found is None else [found]
    for refund in refunds:
        given = await gateway.find_refund(refund.id, payment.charge_reference or "")
        facts += [] if given is None else [given]
    return tuple(facts)
