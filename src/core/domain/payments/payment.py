"""A payment for a booking or of a plan, and its refunds, as we hold them and as the gateway tells them."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.money import Money, zero
from core.domain.refusal import Refusal
from core.domain.submission import Submission


class PaymentState(enum.StrEnum):
    STARTING = "starting"
    OPEN = "open"
    SUCCEEDED = "succeeded"
    CHARGED_BACK = "charged_back"
    EXPIRED = "expired"
    FAILED = "failed"
    NEEDS_OPERATOR = "needs_operator"


class RefundState(enum.StrEnum):
    SUBMITTING = "submitting"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NEEDS_OPERATOR = "needs_operator"


class Dispute(msgspec.Struct, frozen=True):
    """What the payer's bank took back at one time. reference: theirs, "" where they name none.

    amount: None where the gateway says that it is a part of the payment, and not how much.
    """

    reference: str
    amount: Money | None


class Payment(msgspec.Struct, frozen=True):
    """booking, plan: what it is for; one of them at least, both where a plan is for one booking. gateway_reference: theirs (the checkout). charge_reference: theirs, what is refunded.

    url: where the customer pays; shown only while open. paid_at: when the gateway took it.
    """

    id: str
    booking: str | None
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
    plan: str | None = None
    return_url: str | None = None
    refusal: Refusal | None = None
    disputes: tuple[Dispute, ...] = ()

    @property
    def charged_back(self) -> Money | None:
        """What the payer's bank took back of it; None: a part, and nobody has said how much."""
        taken = zero(self.amount.currency)
        for dispute in self.disputes:
            if dispute.amount is None:
                return None
            taken = taken + dispute.amount
        return taken if taken < self.amount else self.amount

    @property
    def claim(self) -> Money:
        """What of its amount is paid, or still may be. A part that the bank took back counts
        from when somebody says how much it is: nobody is asked for money that he has paid."""
        if self.state is PaymentState.CHARGED_BACK:
            return self.amount - (self.charged_back or zero(self.amount.currency))
        counts = self.state in (PaymentState.STARTING, PaymentState.OPEN, PaymentState.SUCCEEDED)
        return self.amount if counts else zero(self.amount.currency)

    @property
    def is_refundable(self) -> bool:
        """It was paid, and how much of it the payer's bank left is known, and something."""
        paid = self.state in (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
        return paid and self.charged_back is not None and self.claim.minor > 0

    @property
    def check_at(self) -> datetime | None:
        open_ = self.state in (PaymentState.STARTING, PaymentState.OPEN)
        return self.submission.check_at if self.submission and open_ else None


class Refund(msgspec.Struct, frozen=True):
    id: str
    payment: str
    booking: str | None
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
    def counts(self) -> bool:
        """Its amount is given back, or still may be."""
        return self.state is not RefundState.FAILED

    @property
    def is_over(self) -> bool:
        """Nobody waits for a word of its gateway."""
        return self.state in (RefundState.SUCCEEDED, RefundState.FAILED)

    @property
    def check_at(self) -> datetime | None:
        open_ = self.state in (RefundState.SUBMITTING, RefundState.PENDING)
        return self.submission.check_at if self.submission and open_ else None


class CheckoutState(enum.StrEnum):
    """charged_back: it was paid, and the payer's bank took the money back, or a part of it."""

    OPEN = "open"
    PAID = "paid"
    CHARGED_BACK = "charged_back"
    EXPIRED = "expired"


class Checkout(msgspec.Struct, frozen=True):
    """A payment as the gateway tells it. reference: ours, as they hold it.

    disputes: what was taken back of one that is charged back; () stands for all of it.
    """

    gateway_reference: str
    reference: str
    state: CheckoutState
    amount: Money
    url: str | None = None
    expires_at: datetime | None = None
    charge_reference: str | None = None
    disputes: tuple[Dispute, ...] = ()


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


class DisputeFact(msgspec.Struct, frozen=True):
    """What a payer's bank took back, as the gateway tells it by itself. charge_reference: theirs,
    of what was paid; reference: theirs, of the dispute. payment: ours; "" until we know whose it
    is, or where it is none of ours."""

    charge_reference: str
    reference: str
    amount: Money
    payment: str = ""


def known_checkout(payment: Payment, charge_reference: str | None = None) -> Checkout:
    """The checkout of *payment* as its gateway told it last.

    charge_reference: what a hint named. It counts until the payment is paid: whoever was denied
    may have paid by another.
    """
    states = {
        PaymentState.SUCCEEDED: CheckoutState.PAID,
        PaymentState.CHARGED_BACK: CheckoutState.CHARGED_BACK,
        PaymentState.EXPIRED: CheckoutState.EXPIRED,
    }
    paid = payment.state in (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
    kept = payment.charge_reference if paid else None
    return Checkout(
        gateway_reference=payment.gateway_reference or "",
        reference=payment.id,
        state=states.get(payment.state, CheckoutState.OPEN),
        amount=payment.amount,
        url=payment.url,
        expires_at=payment.expires_at,
        charge_reference=kept or charge_reference or payment.charge_reference,
        disputes=payment.disputes,
    )


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
