"""What a booking, payment or refund is as an HTTP answer, so that nobody wonders what happened."""

from __future__ import annotations

from typing import Any

import msgspec

from core.domain.agreements.agreement import Agreement, AgreementState
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.kept_pnr import IN_FLIGHT, KeptPnr, PnrState
from core.domain.idempotency import Answer
from core.domain.payments.payment import Payment, PaymentState, Refund, RefundState
from core.domain.refusal import Refusal
from entrypoints.http import problems
from entrypoints.http.call import Call
from entrypoints.http.wire import agreement as agreements
from entrypoints.http.wire import booking as bookings
from entrypoints.http.wire import payment as payments
from entrypoints.http.wire import pnr as pnrs

A, B, P, R = AgreementState, BookingState, PaymentState, RefundState
# 202: it is under way, or a person has to settle it; the id tells where to look.
UNDER_WAY = frozenset(
    {B.SUBMITTING, B.PENDING_SUPPLIER, B.AMENDING, B.CANCELLING, B.NEEDS_OPERATOR}
)
OF_PAYMENT = {P.STARTING: 202, P.NEEDS_OPERATOR: 202}
OF_REFUND = {R.SUBMITTING: 202, R.PENDING: 202, R.NEEDS_OPERATOR: 202}
OF_REFUSAL = {"vendor_unavailable": 503, "absent": 503, "vendor_misconfigured": 502}


def given(value: Any, status: int) -> Answer:
    return Answer(status, msgspec.json.encode(value))


def _refused(call: Call, refusal: Refusal | None, **subject: str) -> Answer:
    why = refusal or Refusal("vendor_refused", "the vendor said no")
    status = OF_REFUSAL.get(why.code, 409)
    body = problems.body_of(
        call.request, status, why.code, why.message, vendor_code=why.vendor_code, **subject
    )
    return Answer(status, body, problems.MEDIA_TYPE)


def of_booking(call: Call, booking: Booking) -> Answer:
    """201 booked · 202 under way · 409, 502 or 503 with the booking's id, and why."""
    call.metrics.booking(booking.state)
    if booking.state in (B.REFUSED, B.FAILED):
        return _refused(call, booking.refusal, booking=booking.id)
    status = 202 if booking.state in UNDER_WAY else 201
    return given(bookings.booking(booking, net=call.shows_net), status)


def of_change(call: Call, booking: Booking, *, done: bool) -> Answer:
    """done: the wish was granted. 200 · 202 under way · a problem if it stays as it was."""
    call.metrics.booking(booking.state)
    if not done and booking.state not in UNDER_WAY:
        return _refused(call, booking.refusal, booking=booking.id)
    status = 202 if booking.state in UNDER_WAY and not done else 200
    return given(bookings.booking(booking, net=call.shows_net), status)


def of_cancellation(call: Call, booking: Booking) -> Answer:
    refused = booking.state is B.PENDING_SUPPLIER and booking.refusal is not None
    if refused:
        return _refused(call, booking.refusal, booking=booking.id)
    return of_change(call, booking, done=booking.state is B.CANCELLED)


def of_amendment(call: Call, booking: Booking) -> Answer:
    done = booking.state is B.CONFIRMED and booking.refusal is None
    return of_change(call, booking, done=done)


def of_pnr(call: Call, kept: KeptPnr, granted: PnrState) -> Answer:
    """200 granted · 202 under way, or a person has to look · a problem if it stays as it was."""
    if kept.state is granted and kept.refusal is None:
        return given(pnrs.pnr(kept), 200)
    if kept.state in IN_FLIGHT or kept.state is PnrState.NEEDS_OPERATOR:
        return given(pnrs.pnr(kept), 202)
    return _refused(call, kept.refusal, pnr=kept.id, booking=kept.booking)


def of_payment(call: Call, payment: Payment) -> Answer:
    if payment.state is P.FAILED:
        about = {"booking": payment.booking, "plan": payment.plan}
        subject = {name: id for name, id in about.items() if id is not None}
        return _refused(call, payment.refusal, payment=payment.id, **subject)
    return given(payments.payment(payment), OF_PAYMENT.get(payment.state, 201))


def of_agreement(call: Call, agreement: Agreement) -> Answer:
    """200 sent, or further · 202 not clear yet · a problem: nobody was asked."""
    if agreement.state is A.FAILED:
        return _refused(call, agreement.refusal, resource=agreement.id)
    status = 202 if agreement.state in (A.SENDING, A.NEEDS_OPERATOR) else 200
    return given(agreements.agreement(agreement), status)


def of_refund(call: Call, refund: Refund) -> Answer:
    if refund.state is R.FAILED:
        return _refused(call, refund.refusal, refund=refund.id, payment=refund.payment)
    return given(payments.refund(refund), OF_REFUND.get(refund.state, 201))
