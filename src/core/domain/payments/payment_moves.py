"""Every move a payment and a refund may make.

starting ──► open ──► succeeded            submitting ──► pending ──► succeeded | failed
    │          └──► expired | failed           │             └──► needs_operator
    ├──► succeeded | expired | failed          ├──► succeeded | failed
    └──► needs_operator                        └──► needs_operator

A late success wins over expired and failed; a refund that succeeded may still fail.
The payer's bank may take any of it back (charged_back), in parts too; a person says how much where
the gateway does not, and one who won the dispute sets it right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from core.domain.money import Money, zero
from core.domain.payments.payment import (
    Checkout,
    CheckoutState,
    Dispute,
    Payment,
    PaymentState,
    Refund,
    RefundFact,
    RefundFactState,
    RefundState,
    mismatch,
    refund_mismatch,
)
from core.domain.refusal import IllegalMove, Refusal
from core.domain.submission import asked, sent_again, waiting

_P, _R = PaymentState, RefundState
PAYMENT_MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    _P.STARTING: frozenset(
        {
            _P.STARTING,
            _P.OPEN,
            _P.SUCCEEDED,
            _P.CHARGED_BACK,
            _P.FAILED,
            _P.EXPIRED,
            _P.NEEDS_OPERATOR,
        }
    ),
    _P.OPEN: frozenset({_P.OPEN, _P.SUCCEEDED, _P.CHARGED_BACK, _P.EXPIRED, _P.FAILED}),
    # The gateway may take the money after all: a late success always wins.
    _P.EXPIRED: frozenset({_P.SUCCEEDED, _P.CHARGED_BACK}),
    _P.FAILED: frozenset({_P.SUCCEEDED, _P.CHARGED_BACK}),
    _P.NEEDS_OPERATOR: frozenset({_P.OPEN, _P.SUCCEEDED, _P.CHARGED_BACK, _P.FAILED, _P.EXPIRED}),
    _P.SUCCEEDED: frozenset({_P.CHARGED_BACK}),
    # Only a person who won the dispute says so: a gateway's late "paid" is an old word.
    _P.CHARGED_BACK: frozenset({_P.SUCCEEDED}),
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


def move_payment(payment: Payment, to: PaymentState, now: datetime) -> Payment:
    if to not in PAYMENT_MOVES[payment.state]:
        raise IllegalMove(f"a payment that is {payment.state} cannot become {to}")
    return msgspec.structs.replace(payment, state=to, updated_at=now)


def move_refund(refund: Refund, to: RefundState, now: datetime) -> Refund:
    if to not in REFUND_MOVES[refund.state]:
        raise IllegalMove(f"a refund that is {refund.state} cannot become {to}")
    return msgspec.structs.replace(refund, state=to, updated_at=now)


def told(payment: Payment, fact: Checkout, now: datetime) -> Payment:
    """The payment after the gateway's word, which must have no mismatch.

    A word that changes nothing, or comes after success or a chargeback, returns the payment as
    it was; but a chargeback may grow, or be told in more detail.
    """
    to = {
        CheckoutState.OPEN: PaymentState.OPEN,
        CheckoutState.PAID: PaymentState.SUCCEEDED,
        CheckoutState.CHARGED_BACK: PaymentState.CHARGED_BACK,
        CheckoutState.EXPIRED: PaymentState.EXPIRED,
    }[fact.state]
    named = fact.charge_reference if payment.charge_reference is None else None
    if to is payment.state is PaymentState.OPEN and named:
        return msgspec.structs.replace(payment, charge_reference=named)
    if to is payment.state is PaymentState.CHARGED_BACK:
        return disputed(payment, fact.disputes, now)
    if payment.state is PaymentState.CHARGED_BACK or to is payment.state:
        return payment
    if to not in PAYMENT_MOVES[payment.state]:
        return payment
    # What the bank takes back was paid, though nobody told us of that.
    paid = to in (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
    moved = move_payment(payment, to, now)
    if to is PaymentState.CHARGED_BACK:
        moved = disputed(moved, fact.disputes, now)
        if moved.disputes == payment.disputes:
            return payment  # an old word of what a person has won
    return msgspec.structs.replace(
        moved,
        gateway_reference=fact.gateway_reference,
        charge_reference=fact.charge_reference or payment.charge_reference,
        url=fact.url if to is PaymentState.OPEN else None,
        expires_at=fact.expires_at or payment.expires_at,
        paid_at=payment.paid_at or (now if paid else None),
        submission=payment.submission if to is PaymentState.OPEN else None,
        refusal=None,
    )


def disputed(payment: Payment, disputes: Iterable[Dispute], now: datetime) -> Payment:
    """*payment* with *disputes* beside those it has; none stands for all of its amount.

    A dispute is known by its reference and counted once, with the amount it had first: a person
    may have set it right, or won it: then it is 0. One without a reference says what is taken in
    all, until there are some with one, and again after it was won. An amount in another currency says nothing of how much it is.
    """
    all_ = {d.reference: d.amount for d in payment.disputes}
    for dispute in tuple(disputes) or (Dispute("", payment.amount),):
        amount, known = dispute.amount, all_.get(dispute.reference)
        if amount is not None and amount.currency != payment.amount.currency:
            amount = None
        unnamed = not dispute.reference and (amount is not None or not known or not known.minor)
        if known is None or unnamed:
            all_[dispute.reference] = amount
    if any(all_):
        all_.pop("", None)
    after = tuple(Dispute(reference, amount) for reference, amount in all_.items())
    if after == payment.disputes:
        return payment
    return msgspec.structs.replace(payment, disputes=after, updated_at=now)


def won_since(payment: Payment, fact: Checkout, asked_at: datetime) -> bool:
    """Whether a person has won, since *asked_at*, what *fact* says was taken: whoever asks by an
    older message hears of the old dispute. One with a reference is known by that instead."""
    taken = fact.state is CheckoutState.CHARGED_BACK and not any(d.reference for d in fact.disputes)
    won = payment.state is PaymentState.SUCCEEDED and bool(payment.disputes)
    return taken and won and asked_at < payment.updated_at


def payment_charged_back(payment: Payment, amount: Money, now: datetime) -> Payment:
    """A person says how much the bank took in all, whatever was told before."""
    before = payment
    if payment.state is not PaymentState.CHARGED_BACK:
        before = move_payment(payment, PaymentState.CHARGED_BACK, now)
    first, *others = payment.disputes or (Dispute("", None),)
    nothing = zero(amount.currency)
    disputes = (Dispute(first.reference, amount), *(Dispute(d.reference, nothing) for d in others))
    return msgspec.structs.replace(before, disputes=disputes, updated_at=now)


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


def after_checkout(payment: Payment, fact: Checkout, now: datetime) -> Payment:
    """*payment* after the gateway's word; an open one is asked about again later, for the
    webhook that closes it may be lost."""
    after = told(payment, fact, now)
    if after.state is not PaymentState.OPEN or after.submission is None:
        return after
    return msgspec.structs.replace(after, submission=waiting(after.submission, now))


def after_refund(refund: Refund, fact: RefundFact, now: datetime) -> Refund:
    """*refund* after the gateway's word; a pending one is asked about again later."""
    after = told_refund(refund, fact, now)
    if after.state is not RefundState.PENDING or after.submission is None:
        return after
    return msgspec.structs.replace(after, submission=waiting(after.submission, now))


def payment_started(payment: Payment, fact: Checkout, now: datetime) -> Payment:
    """The answer to our own call: if it is about something else, a person is called."""
    wrong = mismatch(payment, fact)
    if wrong is not None:
        return payment_needs_operator(payment, Refusal("mismatch", wrong), now)
    return after_checkout(payment, fact, now)


def refund_answered(refund: Refund, fact: RefundFact, now: datetime) -> Refund:
    """The answer to our own call: if it is about something else, a person is called."""
    wrong = refund_mismatch(refund, fact)
    if wrong is not None:
        return refund_needs_operator(refund, Refusal("mismatch", wrong), now)
    return after_refund(refund, fact, now)


def payment_unanswered(payment: Payment, why: str, now: datetime) -> Payment:
    """One question later: when to ask again, or a person is called. An open one may be paid
    for as long as it is open, and is asked about as long."""
    before, open_ = payment.submission, payment.state is PaymentState.OPEN
    after = (waiting(before, now) if open_ else asked(before, now)) if before else None
    if after is None:
        return payment_needs_operator(payment, Refusal("unknown", why), now)
    return msgspec.structs.replace(payment, submission=after)


def payment_sent_again(payment: Payment, why: str, now: datetime, deadline_s: float) -> Payment:
    """To be committed before it is repeated under its own key; or a person is called."""
    before = payment.submission
    after = sent_again(before, now, deadline_s) if before else None
    if after is None:
        return payment_needs_operator(payment, Refusal("unknown", why), now)
    return msgspec.structs.replace(payment, submission=after)


def refund_unanswered(refund: Refund, why: str, now: datetime) -> Refund:
    """One question later: when to ask again, or a person is called. A pending one waits for
    a bank, and is asked about as long."""
    before, pending = refund.submission, refund.state is RefundState.PENDING
    after = (waiting(before, now) if pending else asked(before, now)) if before else None
    if after is None:
        return refund_needs_operator(refund, Refusal("unknown", why), now)
    return msgspec.structs.replace(refund, submission=after)


def payment_succeeded(payment: Payment, charge_reference: str | None, now: datetime) -> Payment:
    """Also of one whose disputes a person has won: they stay known, with nothing taken, so that
    an old word of them takes nothing again."""
    nothing = zero(payment.amount.currency)
    return msgspec.structs.replace(
        move_payment(payment, PaymentState.SUCCEEDED, now),
        charge_reference=charge_reference,
        paid_at=payment.paid_at or now,
        refusal=None,
        submission=None,
        disputes=tuple(Dispute(d.reference, nothing) for d in payment.disputes),
    )


def payment_failed(payment: Payment, refusal: Refusal, now: datetime) -> Payment:
    return msgspec.structs.replace(
        move_payment(payment, PaymentState.FAILED, now), refusal=refusal, submission=None
    )


def payment_needs_operator(payment: Payment, refusal: Refusal, now: datetime) -> Payment:
    return msgspec.structs.replace(
        move_payment(payment, PaymentState.NEEDS_OPERATOR, now), refusal=refusal, submission=None
    )


def refund_succeeded(refund: Refund, now: datetime) -> Refund:
    return msgspec.structs.replace(
        move_refund(refund, RefundState.SUCCEEDED, now), refusal=None, submission=None
    )


def refund_failed(refund: Refund, refusal: Refusal, now: datetime) -> Refund:
    return msgspec.structs.replace(
        move_refund(refund, RefundState.FAILED, now), refusal=refusal, submission=None
    )


def refund_needs_operator(refund: Refund, refusal: Refusal, now: datetime) -> Refund:
    return msgspec.structs.replace(
        move_refund(refund, RefundState.NEEDS_OPERATOR, now), refusal=refusal, submission=None
    )
