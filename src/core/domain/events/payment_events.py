"""Events of payments, made from what they are about."""

from __future__ import annotations

from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.payments import MismatchPayload, PaymentPayload, RefundPayload
from core.domain.events.catalogue.plans import PlanPayload
from core.domain.payments.payment import Payment, Refund
from core.domain.payments.payment_plan import PaymentPlan, Standing
from core.domain.payments.settlement import Mismatch


def payment_event(name: str, payment: Payment) -> EventDraft:
    payload = PaymentPayload(
        payment=payment.id,
        booking=payment.booking,
        state=payment.state,
        amount=payment.amount,
        paid_at=payment.paid_at,
        plan=payment.plan,
        refusal=payment.refusal.code if payment.refusal else None,
        charged_back=payment.charged_back,
    )
    return draft(name, payment.id, payload, payment.partner)


def refund_event(name: str, refund: Refund) -> EventDraft:
    payload = RefundPayload(
        refund=refund.id,
        payment=refund.payment,
        booking=refund.booking,
        state=refund.state,
        amount=refund.amount,
        refusal=refund.refusal.code if refund.refusal else None,
    )
    return draft(name, refund.id, payload, refund.partner)


def plan_event(name: str, plan: PaymentPlan, instalment: Standing | None = None) -> EventDraft:
    payload = PlanPayload(
        plan=plan.id,
        booking=plan.booking,
        reference=plan.reference,
        state=plan.state,
        price=plan.price,
        received=plan.received,
        due_back=plan.due_back,
        instalment=instalment.number if instalment else None,
        due_on=instalment.due_on if instalment else None,
        open=instalment.open if instalment else None,
    )
    return draft(name, plan.id, payload, plan.partner)


def mismatch_event(connection: str, found: Mismatch) -> EventDraft:
    payload = MismatchPayload(
        connection, found.subject, found.difference, found.detail, found.ours, found.theirs
    )
    return draft("reconciliation.mismatch", found.subject, payload)
