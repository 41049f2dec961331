"""A person settles a payment or refund that no machine can know, and says why."""

from __future__ import annotations

import enum

import msgspec

from core.application.hub import Asking, Hub
from core.application.payments.settle_payment import write_payment, write_refund
from core.domain.money import Money
from core.domain.payments.payment import Payment, PaymentState, Refund, RefundState
from core.domain.payments.payment_moves import (
    payment_charged_back,
    payment_failed,
    payment_succeeded,
    refund_failed,
    refund_succeeded,
)
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.refusal import Refusal
from core.domain.tenancy import Permission
from ports.jobs import Bell

BY_OPERATOR = Refusal("operator", "settled by an operator")


class MoneyOutcome(enum.StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CHARGED_BACK = "charged_back"


class ResolveMoney(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """charge_reference: theirs, needed for a payment that succeeded, so that it can be refunded.

    charged_back: what the payer's bank took, needed for a payment that was charged back.
    """

    outcome: MoneyOutcome
    reason: str
    charge_reference: str | None = None
    charged_back: Money | None = None


async def resolve_payment(hub: Hub, asking: Asking, id: str, resolve: ResolveMoney) -> Payment:
    """A chargeback that was won back succeeded after all; of one that succeeded, or whose
    chargeback is not told right, a person may say what the payer's bank took.

    Conflict: the payment does not need an operator.
    """
    asking = _reasoned(asking, resolve)
    if resolve.outcome is MoneyOutcome.CHARGED_BACK:
        return await _charge_back(hub, asking, id, resolve.charged_back)
    won = resolve.outcome is MoneyOutcome.SUCCEEDED
    if won and not resolve.charge_reference:
        raise Invalid(Fault("/charge_reference", "is needed: it is what would be refunded"))
    async with hub.store.begin(asking.scope) as tx:
        payment = await tx.payment(id)
        if payment is None:
            raise NotFound("payment", id)
        disputed = payment.state is PaymentState.CHARGED_BACK and won
        if payment.state is not PaymentState.NEEDS_OPERATOR and not disputed:
            raise Conflict("not_resolvable", f"the payment is {payment.state}; nothing is open")
        now = hub.clock.now()
        if won:
            after = payment_succeeded(payment, resolve.charge_reference, now)
        else:
            after = payment_failed(payment, BY_OPERATOR, now)
        await write_payment(hub, tx, asking, payment, after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after


async def _charge_back(hub: Hub, asking: Asking, id: str, taken: Money | None) -> Payment:
    async with hub.store.begin(asking.scope) as tx:
        payment = await tx.payment(id)
        if payment is None:
            raise NotFound("payment", id)
        if payment.state not in (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK):
            raise Conflict("not_resolvable", f"the payment is {payment.state}; nothing was paid")
        amount = _taken(taken, payment)
        after = payment_charged_back(payment, amount, hub.clock.now())
        await write_payment(hub, tx, asking, payment, after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after


def _taken(taken: Money | None, payment: Payment) -> Money:
    whole = payment.amount
    if taken is None:
        raise Invalid(Fault("/charged_back", "is needed: what the payer's bank took"))
    if taken.currency != whole.currency:
        raise Invalid(Fault("/charged_back/currency", f"the payment was in {whole.currency}"))
    if not 0 < taken.minor <= whole.minor:
        said = f"must be above 0 and at most {whole.minor}: {whole} was paid"
        raise Invalid(Fault("/charged_back/minor", said))
    return taken


async def resolve_refund(hub: Hub, asking: Asking, id: str, resolve: ResolveMoney) -> Refund:
    """Conflict: the refund does not need an operator."""
    asking = _reasoned(asking, resolve)
    if resolve.outcome is MoneyOutcome.CHARGED_BACK:
        raise Invalid(Fault("/outcome", "a payment is charged back, not its refund"))
    won = resolve.outcome is MoneyOutcome.SUCCEEDED
    async with hub.store.begin(asking.scope) as tx:
        refund = await tx.refund(id)
        if refund is None:
            raise NotFound("refund", id)
        if refund.state is not RefundState.NEEDS_OPERATOR:
            raise Conflict("not_resolvable", f"the refund is {refund.state}; nothing is open")
        now = hub.clock.now()
        after = refund_succeeded(refund, now) if won else refund_failed(refund, BY_OPERATOR, now)
        await write_refund(hub, tx, asking, refund, after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after


def _reasoned(asking: Asking, resolve: ResolveMoney) -> Asking:
    asking.need(Permission.PAYMENTS_WRITE)
    if not resolve.reason.strip():
        raise Invalid(Fault("/reason", "say how you know"))
    return msgspec.structs.replace(asking, reason=resolve.reason)
