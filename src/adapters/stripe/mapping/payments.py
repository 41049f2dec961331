"""Checkouts and refunds: what we send, what comes back, and what each of it means in ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from adapters._kit.answer import Answer
from adapters._kit.unreadable import Unreadable
from adapters._kit.verdict import Fault, Kind
from adapters.stripe.amounts import AmountNotTaken, from_stripe, to_stripe
from adapters.stripe.form import Field, encode
from core.domain.payments.payment import (
    Checkout,
    CheckoutState,
    DisputeFact,
    RefundFact,
    RefundFactState,
)
from ports.errors import BrokenContract, OutcomeUnknown, Unavailable
from ports.payment_gateway import CheckoutOrder, RefundOrder

OUR_PAYMENT = "serai_payment"
OUR_REFUND = "serai_refund"
OUR_REASON = "serai_reason"
LONGEST_METADATA = 500
SESSIONS = "/v1/checkout/sessions"
REFUNDS = "/v1/refunds"
BALANCE = "/v1/balance"
EXPAND = {"expand[0]": "payment_intent"}
PAGE = 100

UnixTime = Annotated[int, Meta(ge=0, le=253_402_300_799)]
ShortText = Annotated[str, Meta(min_length=1, max_length=255)]


class PaymentIntent(msgspec.Struct, frozen=True):
    id: ShortText
    status: str


class Session(msgspec.Struct, frozen=True):
    object: Literal["checkout.session"]
    id: ShortText
    mode: str
    livemode: bool
    status: Literal["open", "complete", "expired"]
    payment_status: Literal["paid", "unpaid", "no_payment_required"]
    amount_total: int | None
    currency: str | None
    client_reference_id: str | None
    payment_intent: str | PaymentIntent | None
    expires_at: UnixTime
    url: str | None = None


class Refund(msgspec.Struct, frozen=True):
    object: Literal["refund"]
    id: ShortText
    amount: int
    currency: str
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"] | None
    metadata: dict[str, str] | None = None
    failure_reason: str | None = None


class RefundList(msgspec.Struct, frozen=True):
    object: Literal["list"]
    data: list[Refund]
    has_more: bool = False


class Charge(msgspec.Struct, frozen=True):
    object: Literal["charge"]
    refunds: RefundList | None = None


class Dispute(msgspec.Struct, frozen=True):
    object: Literal["dispute"]
    id: ShortText
    amount: int
    currency: str
    status: str
    payment_intent: str | None = None


class Balance(msgspec.Struct, frozen=True):
    object: Literal["balance"]
    livemode: bool


class ErrorDetail(msgspec.Struct, frozen=True):
    type: str
    code: str | None = None
    decline_code: str | None = None
    param: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    error: ErrorDetail


def checkout_form(order: CheckoutOrder) -> bytes:
    """AmountNotTaken: Stripe cannot say the amount.

    Neither payment_method_types nor ui_mode: their values changed between versions, and the
    defaults do. Adaptive pricing is off: the customer pays the amount and currency we asked.
    Only what the order says goes in, so that a repeat is the same to the letter.
    """
    ours: dict[str, Field] = {OUR_PAYMENT: order.reference}
    price: dict[str, Field] = {
        "currency": order.amount.currency.lower(),
        "unit_amount": to_stripe(order.amount),
        "product_data": {"name": order.description},
    }
    return encode(
        {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "adaptive_pricing": {"enabled": False},
            "client_reference_id": order.reference,
            "customer_email": order.email,
            "metadata": ours,
            "payment_intent_data": {"metadata": ours},
            "expires_at": int(order.expires_at.timestamp()),
            "success_url": order.return_url,
            "cancel_url": order.return_url,
        }
    )


def refund_form(order: RefundOrder) -> bytes:
    """AmountNotTaken: Stripe cannot say the amount."""
    return encode(
        {
            "payment_intent": order.charge_reference,
            "amount": to_stripe(order.amount),
            "metadata": {
                OUR_REFUND: order.reference,
                OUR_REASON: order.reason[:LONGEST_METADATA] or None,
            },
        }
    )


def refunds_query(charge_reference: str, after: str | None) -> dict[str, str]:
    query = {"payment_intent": charge_reference, "limit": str(PAGE)}
    return query if after is None else {**query, "starting_after": after}


def checkout(session: Session, *, live: bool) -> Checkout:
    """Unreadable: of the other mode, not a payment, or without amount."""
    if session.livemode != live:
        raise Unreadable("livemode is not that of this connection")
    if session.mode != "payment" or session.amount_total is None or session.currency is None:
        raise Unreadable("not a checkout of a payment with an amount")
    state = _state(session)
    is_open = state is CheckoutState.OPEN and session.status == "open"
    try:
        amount = from_stripe(session.amount_total, session.currency)
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    return Checkout(
        gateway_reference=session.id,
        reference=session.client_reference_id or "",
        state=state,
        amount=amount,
        url=session.url if is_open else None,
        expires_at=datetime.fromtimestamp(session.expires_at, UTC),
        charge_reference=_intent(session),
    )


def _state(session: Session) -> CheckoutState:
    """A complete session is paid only when it says so: a bank debit may settle days later."""
    if session.status == "expired":
        return CheckoutState.EXPIRED
    if session.payment_status == "no_payment_required":
        raise Unreadable("complete without a payment")
    if session.status == "complete" and session.payment_status == "paid":
        if _intent(session) is None:
            raise Unreadable("paid without a payment intent")
        return CheckoutState.PAID
    intent = session.payment_intent
    if session.status == "complete" and isinstance(intent, PaymentIntent):
        over = intent.status in ("requires_payment_method", "canceled")
        return CheckoutState.EXPIRED if over else CheckoutState.OPEN
    return CheckoutState.OPEN


def _intent(session: Session) -> str | None:
    intent = session.payment_intent
    return intent.id if isinstance(intent, PaymentIntent) else intent


def refund(found: Refund) -> RefundFact:
    """Unreadable: an amount that cannot be."""
    try:
        amount = from_stripe(found.amount, found.currency)
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    state = {
        "succeeded": RefundFactState.SUCCEEDED,
        "failed": RefundFactState.FAILED,
        "canceled": RefundFactState.FAILED,
    }.get(found.status or "", RefundFactState.PENDING)
    return RefundFact(
        gateway_reference=found.id,
        reference=(found.metadata or {}).get(OUR_REFUND, ""),
        state=state,
        amount=amount,
        vendor_code=found.failure_reason,
    )


def dispute(found: Dispute) -> DisputeFact | None:
    """None: of a charge without a payment intent, which none of ours is. Unreadable: an amount
    that cannot be."""
    if found.payment_intent is None:
        return None
    try:
        amount = from_stripe(found.amount, found.currency)
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    return DisputeFact(found.payment_intent, found.id, amount)


_BEST = (RefundFactState.FAILED, RefundFactState.PENDING, RefundFactState.SUCCEEDED)


def ours_among(refunds: Iterable[Refund], reference: str) -> RefundFact | None:
    """The refund under our *reference*; of several the one that gave most back."""
    facts = [refund(r) for r in refunds if (r.metadata or {}).get(OUR_REFUND) == reference]
    return max(facts, key=lambda fact: _BEST.index(fact.state), default=None)


LATER_S = 60.0  # Stripe asks not to repeat: longer than any call of ours may take


def read_fault(answer: Answer) -> Fault:
    """What Stripe's error says, `stripe-should-retry` obeyed.

    A 4xx that is not Stripe's own (a proxy's page) is no refusal.
    """
    again = answer.headers.get("stripe-should-retry")
    later = LATER_S if again == "false" else None
    try:
        error = msgspec.json.decode(answer.body, type=ErrorBody).error
    except (msgspec.MsgspecError, ValueError, RecursionError):
        clear = answer.status >= 500 or answer.status in (401, 403, 408, 429)
        return Fault(kind=None if clear else _unclear(answer), retry_after_s=later)
    kind = _kind(answer, error, again == "true")
    return Fault(code=_code(error), kind=kind, retry_after_s=later)


def _kind(answer: Answer, error: ErrorDetail, again: bool) -> Kind | None:
    """None leaves it to the status. OutcomeUnknown: the key is, or was, at work elsewhere."""
    if error.code == "lock_timeout":
        return Unavailable
    if answer.status == 409 or error.type == "idempotency_error":
        return Unavailable if answer.repeatable else OutcomeUnknown
    return Unavailable if again and 400 <= answer.status < 500 else None


def _unclear(answer: Answer) -> Kind:
    return BrokenContract if answer.repeatable else OutcomeUnknown


def _code(error: ErrorDetail) -> str:
    """`card_declined:insufficient_funds`, `parameter_invalid_integer:expires_at`, …"""
    detail = error.decline_code or error.param
    return ":".join(part for part in (error.code or error.type, detail) if part)


def is_about_its_end(code: str | None) -> bool:
    """Whether a refusal's code (see _code) blames the checkout's end."""
    return code is not None and code.endswith(":expires_at")


def is_absent(answer: Answer) -> bool:
    """Stripe's own word that there is no such object; a proxy's 404 is not one."""
    if answer.status != 404:
        return False
    try:
        return msgspec.json.decode(answer.body, type=ErrorBody).error.code == "resource_missing"
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def idempotent(key: str | None) -> Mapping[str, str]:
    form = {"content-type": "application/x-www-form-urlencoded"}
    return form if key is None else {**form, "idempotency-key": key}
