"""The only place that knows Xendit's words: bodies out, JSON in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from adapters._kit.http import Answer, Fault
from adapters._kit.unreadable import Unreadable
from adapters._kit.verdict import Kind
from adapters.xendit.amounts import TABLE, AmountNotTaken, from_xendit, to_xendit
from core.domain.payments.payment import Checkout, CheckoutState, RefundFact, RefundFactState
from core.domain.payments.settlement import LineKind, SettlementLine
from ports.errors import BrokenContract, OutcomeUnknown, Unavailable
from ports.payment_gateway import CheckoutOrder, RefundOrder

INVOICES = "/v2/invoices"
REFUNDS = "/refunds"
TRANSACTIONS = "/transactions"
SENT = {"content-type": "application/json"}
PAGE = 100
LONGEST_METADATA = 500
OUR_REASON = "serai_reason"
LONGEST_WAIT_S = 3600.0

ShortText = Annotated[str, Meta(min_length=1, max_length=255)]


class Invoice(msgspec.Struct, frozen=True):
    id: ShortText
    external_id: str
    status: Literal["PENDING", "PAID", "SETTLED", "EXPIRED"]
    amount: Decimal
    expiry_date: str
    invoice_url: str
    user_id: str | None = None
    currency: str | None = None
    description: str | None = None
    paid_amount: Decimal | None = None
    created: str = ""


class Refund(msgspec.Struct, frozen=True):
    id: ShortText
    amount: Decimal
    currency: str
    status: Literal["PENDING", "SUCCEEDED", "FAILED", "CANCELLED"]
    reference_id: str | None = None
    invoice_id: str | None = None
    failure_code: str | None = None


class RefundList(msgspec.Struct, frozen=True):
    data: list[Refund]
    has_more: bool = False


class Fee(msgspec.Struct, frozen=True):
    xendit_fee: Decimal = Decimal(0)
    value_added_tax: Decimal = Decimal(0)
    xendit_withholding_tax: Decimal = Decimal(0)
    third_party_withholding_tax: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        withheld = self.xendit_withholding_tax + self.third_party_withholding_tax
        return self.xendit_fee + self.value_added_tax + withheld


class Transaction(msgspec.Struct, frozen=True):
    """A line of their ledger. product_id: the invoice or refund it is of."""

    id: ShortText
    type: str
    status: str
    amount: Decimal
    currency: str
    created: str
    reference_id: str | None = None
    product_id: str | None = None
    settlement_status: str | None = None
    fee: Fee = Fee()


class TransactionList(msgspec.Struct, frozen=True):
    data: list[Transaction]
    has_more: bool = False


class ErrorBody(msgspec.Struct, frozen=True):
    error_code: ShortText
    message: str = ""


def invoice_request(order: CheckoutOrder, now: datetime) -> bytes:
    """AmountNotTaken: Xendit cannot say the amount.

    Xendit sends nothing to the customer by itself: a second copy of a link invites to pay twice.
    """
    body: dict[str, Any] = {
        "external_id": order.reference,
        "amount": to_xendit(order.amount),
        "currency": order.amount.currency,
        "description": order.description,
        "invoice_duration": int((order.expires_at - now).total_seconds()),
        "should_send_email": False,
        "success_redirect_url": order.return_url,
        "failure_redirect_url": order.return_url,
    }
    if order.email:
        body["payer_email"] = order.email
    return msgspec.json.encode(body)


def refund_request(order: RefundOrder) -> bytes:
    """AmountNotTaken: Xendit cannot say the amount. Its reasons are five; ours is kept beside."""
    body: dict[str, Any] = {
        "invoice_id": order.charge_reference,
        "reference_id": order.reference,
        "amount": to_xendit(order.amount),
        "currency": order.amount.currency,
        "reason": "REQUESTED_BY_CUSTOMER",
    }
    if order.reason:
        body["metadata"] = {OUR_REASON: order.reason[:LONGEST_METADATA]}
    return msgspec.json.encode(body)


def invoices_query(reference: str) -> dict[str, str]:
    return {"external_id": reference, "limit": str(PAGE)}


def refunds_query(charge_reference: str, after: str | None) -> dict[str, str]:
    query = {"invoice_id": charge_reference, "limit": str(PAGE)}
    return query if after is None else {**query, "after_id": after}


def checkout(found: Invoice, business: str) -> Checkout:
    """Unreadable: of another business, or an amount or instant that cannot be.

    What was paid counts where Xendit tells it: it may differ from what was asked.
    """
    if business and found.user_id not in (None, business):
        raise Unreadable("of another business")
    state = {"PENDING": CheckoutState.OPEN, "EXPIRED": CheckoutState.EXPIRED}.get(
        found.status, CheckoutState.PAID
    )
    paid = state is CheckoutState.PAID
    counts = found.paid_amount if paid and found.paid_amount is not None else found.amount
    try:
        amount = from_xendit(counts, found.currency or "IDR")
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    return Checkout(
        gateway_reference=found.id,
        reference=found.external_id,
        state=state,
        amount=amount,
        url=found.invoice_url if state is CheckoutState.OPEN else None,
        expires_at=_instant(found.expiry_date),
        charge_reference=found.id if paid else None,
    )


_BEST_INVOICE = ("EXPIRED", "PENDING", "SETTLED", "PAID")


def ours_among(invoices: Iterable[Invoice], reference: str) -> Invoice | None:
    """The invoice under our *reference*: one that was paid before one that was not, and the
    first made of several."""
    found = sorted((i for i in invoices if i.external_id == reference), key=lambda i: i.created)
    return max(found, key=lambda i: _BEST_INVOICE.index(i.status), default=None)


def differs(found: Invoice, order: CheckoutOrder) -> bool:
    """Whether an earlier sending under this reference asked for something else."""
    try:
        amount = from_xendit(found.amount, found.currency or "IDR")
    except AmountNotTaken:
        return True
    return amount != order.amount or (found.description or "") != order.description


def refund(found: Refund) -> RefundFact:
    """Unreadable: an amount that cannot be."""
    try:
        amount = from_xendit(found.amount, found.currency)
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    state = {
        "SUCCEEDED": RefundFactState.SUCCEEDED,
        "FAILED": RefundFactState.FAILED,
        "CANCELLED": RefundFactState.FAILED,
    }.get(found.status, RefundFactState.PENDING)
    return RefundFact(
        gateway_reference=found.id,
        reference=found.reference_id or "",
        state=state,
        amount=amount,
        vendor_code=found.failure_code,
    )


_BEST = (RefundFactState.FAILED, RefundFactState.PENDING, RefundFactState.SUCCEEDED)


def refund_among(refunds: Iterable[Refund], reference: str) -> RefundFact | None:
    """The refund under our *reference*; of several the one that gave most back."""
    facts = [refund(r) for r in refunds if r.reference_id == reference]
    return max(facts, key=lambda fact: _BEST.index(fact.state), default=None)


def transactions_query(since: datetime, until: datetime, after: str | None) -> dict[str, str]:
    query = {
        "created[gte]": _written(since),
        "created[lte]": _written(until),
        "limit": str(PAGE),
    }
    return query if after is None else {**query, "after_id": after}


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_LINES = {
    "PAYMENT": LineKind.PAYMENT,
    "REFUND": LineKind.REFUND,
    "CHARGEBACK": LineKind.DISPUTE,
    "DISBURSEMENT": LineKind.PAYOUT,
    "WITHDRAWAL": LineKind.PAYOUT,
}


def settlements(
    found: Iterable[Transaction], since: datetime, until: datetime
) -> tuple[SettlementLine, ...]:
    """What was done, in currencies that invoices may be in, oldest first.

    A transfer that failed or still waits moved nothing. Unreadable: an amount that cannot be.
    """
    lines = [_line(t) for t in found if t.status == "SUCCESS" and TABLE.takes(t.currency)]
    return tuple(sorted((x for x in lines if since <= x.at < until), key=lambda x: (x.at, x.id)))


def _line(found: Transaction) -> SettlementLine:
    try:
        amount = from_xendit(abs(found.amount), found.currency)
        fee = from_xendit(abs(found.fee.total), found.currency)
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    return SettlementLine(
        id=found.id,
        kind=_LINES.get(found.type, LineKind.OTHER),
        at=_instant(found.created),
        amount=amount,
        fee=fee,
        reference=found.reference_id or "",
        charge_reference=found.product_id,
        settled=found.settlement_status in ("SETTLED", "EARLY_SETTLED"),
    )


def idempotent(key: str) -> Mapping[str, str]:
    return {**SENT, "idempotency-key": key}


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("an instant that is none") from None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


# What a code of theirs asks us to do next, where the status does not say it.
_KINDS: dict[str, Kind] = {
    "REFUND_IN_PROGRESS": Unavailable,  # another one is under way: nothing was done
    "DUPLICATE_ERROR": OutcomeUnknown,
    "IDEMPOTENCY_ERROR": OutcomeUnknown,  # the key was at work with other parameters
}


def read_fault(answer: Answer) -> Fault:
    """What Xendit's error says. A 4xx that is not in its words (a proxy's page) is no no."""
    later = _reset(answer) if answer.status == 429 else None
    try:
        code = msgspec.json.decode(answer.body, type=ErrorBody).error_code
    except (msgspec.MsgspecError, ValueError, RecursionError):
        clear = answer.status >= 500 or answer.status in (401, 403, 408, 429)
        unclear = BrokenContract if answer.repeatable else OutcomeUnknown
        return Fault(kind=None if clear else unclear, retry_after_s=later)
    return Fault(code=code, kind=_KINDS.get(code), retry_after_s=later)


def _reset(answer: Answer) -> float | None:
    """Seconds with a fraction, in a header of their own."""
    try:
        seconds = float(answer.headers.get("rate-limit-reset", ""))
    except ValueError:
        return None
    return min(seconds, LONGEST_WAIT_S) if seconds >= 0 else None


def is_absent(answer: Answer) -> bool:
    """Xendit's own word that there is no such object; a proxy's 404 is not one."""
    if answer.status != 404:
        return False
    try:
        return bool(msgspec.json.decode(answer.body, type=ErrorBody).error_code)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
