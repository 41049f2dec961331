"""A payment for a booking, its refunds, and every move they may make.

starting ──► open ──► succeeded            submitting ──► pending ──► succeeded
    │          ├──► expired                    │             └──► failed | needs_operator
    │          └──► cancelled                  ├──► succeeded | failed
    ├──► failed                                └──► needs_operator
    └──► needs_operator
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.booking import IllegalMove, Refusal
from core.domain.money import Money
from core.domain.submission import Submission


class PaymentState(enum.StrEnum):
    STARTING = "starting"
    OPEN = "open"
    SUCCEEDED = "succeeded"
    EXPIRED = "expired"
    FAILED = "failed"
    NEEDS_OPERATOR = "needs_operator"


class RefundState(enum.StrEnum):
    SUBMITTING = "submitting"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NEEDS_OPERATOR = "needs_operator"


_P, _R = PaymentState, RefundState
PAYMENT_MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    _P.STARTING: frozenset(
        {_P.STARTING, _P.OPEN, _P.SUCCEEDED, _P.FAILED, _P.EXPIRED, _P.NEEDS_OPERATOR}
    ),
    _P.OPEN: frozenset({_P.OPEN, _P.SUCCEEDED, _P.EXPIRED, _P.FAILED}),
    # The gateway may take the money after all: a late success always wins.
    _P.EXPIRED: frozenset({_P.SUCCEEDED}),
    _P.FAILED: frozenset({_P.SUCCEEDED}),
    _P.NEEDS_OPERATOR: frozenset({_P.OPEN, _P.SUCCEEDED, _P.FAILED, _P.EXPIRED}),
    _P.SUCCEEDED: frozenset(),
}
REFUND_MOVES: dict[RefundState, frozenset[RefundState]] = {
    _R.SUBMITTING: frozenset(
        {_R.SUBMITTING, _R.PENDING, _R.SUCCEEDED, _R.FAILED, _R.NEEDS_OPERATOR}
    ),
    _R.PENDING: frozenset({_R.PENDING, _R.SUCCEEDED, _R.FAILED, _R.NEEDS_OPERATOR}),
    _R.NEEDS_OPERATOR: frozenset({_R.SUCCEEDED, _R.FAILED}),
    # A refund that succeeded may still fail at the bank (Stripe: refund.failed).
    _R.SUCCEEDED: frozenset({_R.FAILED}),
    _R.FAILED: frozenset(),
}


class Payment(msgspec.Struct, frozen=True):
    """gateway_reference: theirs (the checkout). charge_reference: theirs, what is refunded.

    url: where the customer pays; shown only while open. paid_at: when the gateway took it.
    """

    id: str
    booking: str
    entity: str
    connection: str
    amount: Money
    description: str
    created_at: datetime
    updated_at: datetime
    state: PaymentState = PaymentState.STARTING
    submission: Submission | None = None
    gateway_reference: str | None = None
    charge_reference: str | None = None
    url: str | None = None
    expires_at: datetime | None = None
    paid_at: datetime | None = None
    partner: str | None = None
    return_url: str | None = None
    refusal: Refusal | None = None

    @property
    def check_at(self) -> datetime | None:
        open_ = self.state in (PaymentState.STARTING, PaymentState.OPEN)
        return self.submission.check_at if self.submission and open_ else None


class Refund(msgspec.Struct, frozen=True):
    id: str
    payment: str
    booking: str
    amount: Money
    reason: str
    created_at: datetime
    updated_at: datetime
    state: RefundState = RefundState.SUBMITTING
    submission: Submission | None = None
    gateway_reference: str | None = None
    partner: str | None = None
    refusal: Refusal | None = None

    @property
    def check_at(self) -> datetime | None:
        open_ = self.state in (RefundState.SUBMITTING, RefundState.PENDING)
        return self.submission.check_at if self.submission and open_ else None


def move_payment(payment: Payment, to: PaymentState, now: datetime) -> Payment:
    if to not in PAYMENT_MOVES[payment.state]:
        raise IllegalMove(f"a payment that is {payment.state} cannot become {to}")
    return msgspec.structs.replace(payment, state=to, updated_at=now)


def move_refund(refund: Refund, to: RefundState, now: datetime) -> Refund:
    if to not in REFUND_MOVES[refund.state]:
        raise IllegalMove(f"a refund that is {refund.state} cannot become {to}")
    return msgspec.structs.replace(refund, state=to, updated_at=now)


class CheckoutState(enum.StrEnum):
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"


class Checkout(msgspec.Struct, frozen=True):
    """A payment as the gateway tells it. reference: ours, as they hold it."""

    gateway_reference: str
    reference: str
    state: CheckoutState
    amount: Money
    url: str | None = None
    expires_at: datetime | None = None
    charge_reference: str | None = None


class RefundFactState(enum.StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundFact(msgspec.Struct, frozen=True):
    """A refund as the gateway tells it. reference: ours, as they hold it."""

    gateway_reference: str
    reference: str
    state: RefundFactState
    amount: Money
    vendor_code: str | None = None


def mismatch(payment: Payment, fact: Checkout) -> str | None:
    """What in the gateway's word differs from what we intended; None when all agrees."""
    if fact.reference != payment.id:
        return f"reference is {fact.reference!r}, not {payment.id!r}"
    if fact.amount != payment.amount:
        return f"amount is {fact.amount}, not {payment.amount}"
    if payment.gateway_reference and fact.gateway_reference != payment.gateway_reference:
        return f"checkout is {fact.gateway_reference!r}, not {payment.gateway_reference!r}"
    return None


def refund_mismatch(refund: Refund, fact: RefundFact) -> str | None:
    if fact.reference != refund.id:
        return f"reference is {fact.reference!r}, not {refund.id!r}"
    if fact.amount != refund.amount:
        return f"amount is {fact.amount}, not {refund.amount}"
    return None


def told(payment: Payment, fact: Checkout, now: datetime) -> Payment:
    """The payment after the gateway's word, which must have no mismatch.

    A word that changes nothing, or comes after success, returns the payment as it was.
    """
    to = {
        CheckoutState.OPEN: PaymentState.OPEN,
        CheckoutState.PAID: PaymentState.SUCCEEDED,
        CheckoutState.EXPIRED: PaymentState.EXPIRED,
    }[fact.state]
    if to is payment.state or to not in PAYMENT_MOVES[payment.state]:
        return payment
    paid = to is PaymentState.SUCCEEDED
    return msgspec.structs.replace(
        move_payment(payment, to, now),
        gateway_reference=fact.gateway_reference,
        charge_reference=fact.charge_reference or payment.charge_reference,
        url=fact.url if to is PaymentState.OPEN else None,
        expires_at=fact.expires_at or payment.expires_at,
        paid_at=now if paid else None,
        submission=payment.submission if to is PaymentState.OPEN else None,
        refusal=None,
    )


def told_refund(refund: Refund, fact: RefundFact, now: datetime) -> Refund:
    to = {
        RefundFactState.PENDING: RefundState.PENDING,
        RefundFactState.SUCCEEDED: RefundState.SUCCEEDED,
        RefundFactState.FAILED: RefundState.FAILED,
    }[fact.state]
    if to is refund.state or to not in REFUND_MOVES[refund.state]:
        return refund
    after = msgspec.structs.replace(
        move_refund(refund, to, now), gateway_reference=fact.gateway_reference, refusal=None
    )
    if to is RefundState.FAILED:
        why = Refusal("vendor_failed", "the gateway could not refund", fact.vendor_code)
        after = msgspec.structs.replace(after, refusal=why)
    return after if to is RefundState.PENDING else msgspec.structs.replace(after, submission=None)
