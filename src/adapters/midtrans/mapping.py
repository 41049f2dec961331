"""The only place that knows Midtrans' words: bodies out, JSON in.

A Core answer carries its outcome in the body's `status_code`; the HTTP status says little.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from adapters._kit.http import Answer, Fault
from adapters._kit.unreadable import Unreadable
from adapters._kit.verdict import Kind
from adapters.midtrans.amounts import AmountNotTaken, from_midtrans, to_midtrans
from core.domain.money import Money
from core.domain.payments.payment import (
    Checkout,
    CheckoutState,
    Dispute,
    RefundFact,
    RefundFactState,
)
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Refused, Unavailable
from ports.payment_gateway import CheckoutOrder, RefundOrder

PAGES = "/snap/v1/transactions"
WIB = timezone(timedelta(hours=7))  # Western Indonesia, which never changes its clocks
LONGEST_KEY, LONGEST_NAME, LONGEST_REASON = 46, 50, 255
SENT = {"content-type": "application/json"}
ORDER_TAKEN = "order_id_taken"
_TAKEN = re.compile(r"order_id.{0,40}(taken|digunakan|utilized|already)", re.IGNORECASE)
_FIELD = re.compile(r"[a-z_]+(\.[a-z_]+)*")

ShortText = Annotated[str, Meta(min_length=1, max_length=255)]
Code = Annotated[str, Meta(pattern=r"^[0-9]{3}$")]


class Page(msgspec.Struct, frozen=True):
    """A Snap page, as it is answered."""

    token: ShortText
    redirect_url: ShortText


class SnapError(msgspec.Struct, frozen=True):
    error_messages: list[str]


class Given(msgspec.Struct, frozen=True):
    """One refund of a transaction. bank_confirmed_at: there once the bank confirmed it."""

    refund_amount: str
    refund_key: str | None = None
    refund_chargeback_id: int | str | None = None
    bank_confirmed_at: str | None = None


class Transaction(msgspec.Struct, frozen=True):
    """Any Core answer. transaction_status: absent when it is about no transaction."""

    status_code: Code
    status_message: str = ""
    transaction_id: str | None = None
    order_id: str | None = None
    gross_amount: str | None = None
    currency: str | None = None
    merchant_id: str | None = None
    transaction_status: str | None = None
    fraud_status: str | None = None
    expiry_time: str | None = None
    refund_key: str | None = None
    refund_chargeback_id: int | str | None = None
    refunds: list[Given] = []

    @property
    def code(self) -> int:
        return int(self.status_code)

    @property
    def state(self) -> str:
        """In lower case: DANA and ShopeePay are told in capitals."""
        return (self.transaction_status or "").lower()


def page_request(order: CheckoutOrder, now: datetime) -> bytes:
    """AmountNotTaken: Midtrans cannot say the amount.

    The expiry covers the page and every means of payment; it is said as a start and whole
    minutes, so the start is moved back until it ends when we want it to.
    """
    amount = to_midtrans(order.amount)
    minutes = -(-int((order.expires_at - now).total_seconds()) // 60)
    start = (order.expires_at - timedelta(minutes=minutes)).astimezone(WIB)
    item = {
        "id": order.reference,
        "price": amount,
        "quantity": 1,
        "name": order.description[:LONGEST_NAME],
    }
    body: dict[str, Any] = {
        "transaction_details": {"order_id": order.reference, "gross_amount": amount},
        "item_details": [item],
        "credit_card": {"secure": True},
        "expiry": {
            "start_time": start.strftime("%Y-%m-%d %H:%M:%S %z"),
            "unit": "minutes",
            "duration": minutes,
        },
        "callbacks": {"finish": order.return_url},
    }
    if order.email:
        body["customer_details"] = {"email": order.email}
    return msgspec.json.encode(body)


def refund_request(order: RefundOrder) -> bytes:
    """AmountNotTaken: Midtrans cannot say the amount."""
    body: dict[str, Any] = {
        "refund_key": order.reference,
        "amount": to_midtrans(order.amount),
        "reason": order.reason[:LONGEST_REASON],
    }
    return msgspec.json.encode({k: v for k, v in body.items() if v != ""})


def idempotent(key: str, notification_url: str = "") -> Mapping[str, str]:
    """A longer key would be passed over in silence, so a long one is told by its digest."""
    if len(key) > LONGEST_KEY:
        key = hashlib.sha256(key.encode("utf-8")).hexdigest()[:LONGEST_KEY]
    headers = {**SENT, "idempotency-key": key}
    return {**headers, "x-override-notification": notification_url} if notification_url else headers


def checkout_of(page: Page, order: CheckoutOrder) -> Checkout:
    return Checkout(
        gateway_reference=page.token,
        reference=order.reference,
        state=CheckoutState.OPEN,
        amount=order.amount,
        url=page.redirect_url,
        expires_at=order.expires_at,
    )


def unused(known: Checkout, now: datetime) -> Checkout:
    """The checkout when there is no transaction: nobody has chosen how to pay yet.

    Midtrans does not say whether the page was closed or has run out, so we have to know.
    """
    over = known.expires_at is not None and known.expires_at <= now
    if over and known.state is CheckoutState.OPEN:
        return closed(known)
    return known


def closed(known: Checkout) -> Checkout:
    return msgspec.structs.replace(known, state=CheckoutState.EXPIRED, url=None)


def checkout(found: Transaction, known: Checkout, merchant: str, now: datetime) -> Checkout:
    """Unreadable: not a transaction, of another merchant, or without an amount."""
    if not (found.transaction_id and found.order_id and found.gross_amount):
        raise Unreadable("not a transaction")
    if merchant and found.merchant_id not in (None, merchant):
        raise Unreadable("of another merchant")
    try:
        amount = from_midtrans(found.gross_amount, found.currency)
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    ends = _instant(found.expiry_time) or known.expires_at
    state, may_choose = _state(found, known, now)
    return Checkout(
        gateway_reference=known.gateway_reference or found.order_id,
        reference=found.order_id,
        state=state,
        amount=amount,
        url=known.url if state is CheckoutState.OPEN and may_choose else None,
        expires_at=ends,
        charge_reference=found.transaction_id,
        disputes=_disputes(found, amount),
    )


def _disputes(found: Transaction, whole: Money) -> tuple[Dispute, ...]:
    """Of a part that is taken back, no field of Midtrans' is known to say how much it is."""
    match found.state:
        case "chargeback":
            return (Dispute("", whole),)
        case "partial_chargeback":
            return (Dispute("", None),)
        case _:
            return ()


# The customer may try again on the page: another transaction of the same order.
TRIED_IN_VAIN = ("deny", "failure")
# The state, and whether the customer may still choose how to pay on the page.
_STATES: Mapping[str, tuple[CheckoutState, bool]] = {
    "settlement": (CheckoutState.PAID, False),
    "refund": (CheckoutState.PAID, False),
    "partial_refund": (CheckoutState.PAID, False),
    "chargeback": (CheckoutState.CHARGED_BACK, False),
    "partial_chargeback": (CheckoutState.CHARGED_BACK, False),
    "pending": (CheckoutState.OPEN, True),
    "authorize": (CheckoutState.OPEN, False),
    "capture": (CheckoutState.OPEN, False),
    "cancel": (CheckoutState.EXPIRED, False),
    "expire": (CheckoutState.EXPIRED, False),
}


def _state(found: Transaction, known: Checkout, now: datetime) -> tuple[CheckoutState, bool]:
    """Paid is said by three fields together. A card that was denied may be tried again."""
    if found.state in TRIED_IN_VAIN:
        after = unused(msgspec.structs.replace(known, state=CheckoutState.OPEN), now)
        return after.state, True
    if found.state not in _STATES:
        raise Unreadable("a transaction_status that is not known")
    state, may_choose = _STATES[found.state]
    accepted = found.code == 200 and (found.fraud_status or "accept").lower() == "accept"
    if found.state == "capture" and accepted:
        return CheckoutState.PAID, False
    if found.state == "settlement" and not accepted:
        return CheckoutState.OPEN, False
    return state, may_choose


def refund_among(found: Transaction, reference: str) -> RefundFact | None:
    """The refund under our key. It has succeeded once the bank confirmed it, and not before."""
    given = next((g for g in found.refunds if g.refund_key == reference), None)
    if given is None:
        return None
    try:
        amount = from_midtrans(given.refund_amount, found.currency)
    except AmountNotTaken as e:
        raise Unreadable(str(e)) from None
    sure = given.bank_confirmed_at is not None
    return RefundFact(
        gateway_reference=str(given.refund_chargeback_id or reference),
        reference=reference,
        state=RefundFactState.SUCCEEDED if sure else RefundFactState.PENDING,
        amount=amount,
    )


def refund_taken(found: Transaction, order: RefundOrder) -> RefundFact:
    """The answer to our refund. Its `refund_amount` counts all refunds together, so ours is
    compared when it is asked about; until then it is pending, or was denied.
    """
    if found.refund_key != order.reference or found.transaction_id != order.charge_reference:
        raise Unreadable("the refund of something else")
    denied = found.code == 202
    return RefundFact(
        gateway_reference=str(found.refund_chargeback_id or order.reference),
        reference=order.reference,
        state=RefundFactState.FAILED if denied else RefundFactState.PENDING,
        amount=order.amount,
        vendor_code=found.status_code if denied else None,
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=WIB)
    except ValueError:
        raise Unreadable("an expiry_time that is no time") from None
    return local.astimezone(UTC)


def kind_of(code: int, *, repeatable: bool) -> Kind:
    """What a Core `status_code` of 400 and more asks us to do next."""
    if code in (401, 402, 403):
        return Misconfigured
    if code == 429:
        return Unavailable
    if code >= 500:
        return Unavailable if repeatable else OutcomeUnknown
    return Refused


def read_fault(answer: Answer) -> Fault:
    """What a Snap or a Core error says. A 4xx in neither's words (a proxy's page) is no no."""
    try:
        return _snap_fault(msgspec.json.decode(answer.body, type=SnapError))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        code = msgspec.json.decode(answer.body, type=Transaction).code
    except (msgspec.MsgspecError, ValueError, RecursionError):
        clear = answer.status >= 500 or answer.status in (401, 403, 408, 429)
        unclear = BrokenContract if answer.repeatable else OutcomeUnknown
        return Fault(kind=None if clear else unclear)
    kind = kind_of(code, repeatable=answer.repeatable) if code >= 400 else None
    return Fault(code=str(code), kind=kind)


def _snap_fault(error: SnapError) -> Fault:
    """The field it blames. That the order exists says that an earlier sending arrived."""
    said = " ".join(error.error_messages)
    if _TAKEN.search(said):
        return Fault(code=ORDER_TAKEN, kind=OutcomeUnknown)
    field = _FIELD.match(said)
    return Fault(code=field[0] if field else None)
