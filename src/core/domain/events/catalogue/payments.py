"""Payments, refunds, and what the gateways' ledgers say of them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.domain.events.catalogue.event_type import (
    BOOKING,
    CONNECTION,
    EXAMPLES_AT,
    PAYMENT,
    SELL,
    EventType,
)
from core.domain.money import Money, zero
from core.domain.payments.payment import PaymentState, RefundState
from core.domain.payments.settlement import Difference


class PaymentPayload(msgspec.Struct, frozen=True):
    """booking, plan: what was paid for; one of them at least.

    charged_back: what the payer's bank took back of *amount*, 0 of nothing; null: a part, and
    the gateway does not say how much.
    """

    payment: str
    booking: str | None
    state: PaymentState
    amount: Money
    paid_at: datetime | None
    refusal: str | None
    plan: str | None = None
    charged_back: Money | None = None


class RefundPayload(msgspec.Struct, frozen=True):
    refund: str
    payment: str
    booking: str | None
    state: RefundState
    amount: Money
    refusal: str | None


class MismatchPayload(msgspec.Struct, frozen=True):
    """A gateway's ledger and ours differ. about: our payment or refund, or the ledger's line."""

    connection: str
    about: str
    difference: Difference
    detail: str
    ours: Money | None
    theirs: Money | None


_PAYMENT = PaymentPayload(
    payment=PAYMENT,
    booking=BOOKING,
    state=PaymentState.SUCCEEDED,
    amount=SELL,
    paid_at=EXAMPLES_AT,
    refusal=None,
)
_REFUND = RefundPayload(
    refund="rfd_06f3m9a2c4e6g8j1k3m5n7p9qr",
    payment=PAYMENT,
    booking=BOOKING,
    state=RefundState.SUCCEEDED,
    amount=Money(330000, "SAR"),
    refusal=None,
)


def _payment(name: str, state: PaymentState, means: str, refusal: str | None = None) -> EventType:
    taken = (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
    paid_at = _PAYMENT.paid_at if state in taken else None
    back = _PAYMENT.amount if state is PaymentState.CHARGED_BACK else zero(_PAYMENT.amount.currency)
    example = msgspec.structs.replace(
        _PAYMENT, state=state, paid_at=paid_at, refusal=refusal, charged_back=back
    )
    return EventType(f"payment.{name}", "payment/1", means, example)


def _refund(name: str, state: RefundState, means: str, refusal: str | None = None) -> EventType:
    example = msgspec.structs.replace(_REFUND, state=state, refusal=refusal)
    return EventType(f"refund.{name}", "refund/1", means, example)


_P, _R = PaymentState, RefundState
TYPES = (
    _payment("opened", _P.OPEN, "There is a link where the customer can pay."),
    _payment("succeeded", _P.SUCCEEDED, "The gateway took the money."),
    _payment(
        "charged_back",
        _P.CHARGED_BACK,
        "The payer's bank took the money back, or a part of it: `charged_back`."
        " Answer the dispute at the gateway.",
    ),
    _payment("expired", _P.EXPIRED, "Nobody paid in time; the link is closed."),
    _payment("failed", _P.FAILED, "The gateway refused to start it.", refusal="vendor_refused"),
    _payment("needs_operator", _P.NEEDS_OPERATOR, "Whether a link exists is not known.", "unknown"),
    _refund("pending", _R.PENDING, "The gateway is giving the money back."),
    _refund("succeeded", _R.SUCCEEDED, "The money was given back."),
    _refund("failed", _R.FAILED, "The money was not given back.", "vendor_failed"),
    _refund(
        "needs_operator", _R.NEEDS_OPERATOR, "Whether it was refunded is not known.", "unknown"
    ),
    EventType(
        "reconciliation.mismatch",
        "reconciliation/1",
        "The gateway's ledger and the hub's payments differ; a person has to look.",
        MismatchPayload(
            connection=CONNECTION,
            about=PAYMENT,
            difference=Difference.AMOUNT,
            detail="the ledger says SAR 41.25, and here it is SAR 4,125.00",
            ours=SELL,
            theirs=Money(4125, "SAR"),
        ),
    ),
)
