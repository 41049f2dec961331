"""The simulated account: invoices, refunds and the ledger, and every move of theirs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from adapters.xendit.simulator import reading
from adapters.xendit.simulator.errors import ApiError, invalid, missing_invoice

Object = dict[str, Any]
Emit = Callable[[str, Object], None]
FEE = 4_500  # of a payment in rupiah by virtual account, before tax


class Books:
    """now: unix seconds. emit: called with a kind and a body, after the move.

    refunds_pend: refunds stay PENDING until they are settled here, as Xendit's always are at
    first; False: they succeed at once after the answer.
    """

    def __init__(self, now: Callable[[], float], business: str, emit: Emit) -> None:
        self._now = now
        self._business = business
        self._emit = emit
        self.invoices: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.transactions: list[Object] = []
        self.refunds_pend = True

    def invoices_of(self, reference: str) -> list[Object]:
        return [i for i in self.invoices.values() if i["external_id"] == reference]

    def refunds_of(self, reference: str) -> list[Object]:
        return [r for r in self.refunds.values() if r["reference_id"] == reference]

    def create_invoice(self, body: bytes, address: Callable[[str], str]) -> Object:
        """Nothing keeps the same external_id from being used again."""
        asked = reading.invoice_request(body)
        id = secrets.token_hex(12)
        duration = asked.get("invoice_duration", 86_400)
        invoice = {
            "id": id,
            "external_id": asked["external_id"],
            "user_id": self._business,
            "status": "PENDING",
            "merchant_name": "Serai Sandbox",
            "merchant_profile_picture_url": "https://sandbox.example/logo.png",
            "amount": asked["amount"],
            "currency": asked.get("currency", "IDR"),
            "description": asked.get("description"),
            "payer_email": asked.get("payer_email"),
            "expiry_date": self._instant(self._now() + duration),
            "invoice_url": address(id),
            "available_banks": [],
            "available_retail_outlets": [],
            "available_ewallets": [],
            "available_qr_codes": [],
            "available_direct_debits": [],
            "available_paylaters": [],
            "should_exclude_credit_card": False,
            "should_send_email": asked.get("should_send_email", False),
            "success_redirect_url": asked.get("success_redirect_url"),
            "failure_redirect_url": asked.get("failure_redirect_url"),
            "created": self._instant(self._now()),
            "updated": self._instant(self._now()),
        }
        self.invoices[id] = invoice
        return self.invoice(id)

    def invoice(self, id: str) -> Object:
        """As it stands now: one whose time is over expires when it is looked at."""
        invoice = self.invoices.get(id)
        if invoice is None:
            raise missing_invoice()
        ends = datetime.fromisoformat(invoice["expiry_date"]).timestamp()
        if invoice["status"] == "PENDING" and ends <= self._now():
            self._expire(invoice)
        return invoice

    def list_invoices(self, query: dict[str, str]) -> list[Object]:
        """Newest first."""
        unknown = set(query) - {"external_id", "limit"}
        if unknown:
            raise invalid(*(f"{name} is not allowed" for name in sorted(unknown)))
        wanted = query.get("external_id")
        found = [self.invoice(id) for id in reversed(self.invoices)]
        matching = [i for i in found if wanted in (None, i["external_id"])]
        return matching[: _limit(query)]

    def expire(self, id: str) -> Object:
        invoice = self.invoice(id)
        if invoice["status"] != "PENDING":
            raise ApiError(400, "INVALID_INVOICE_STATUS", "Only a pending invoice can expire")
        self._expire(invoice)
        return invoice

    def pay(self, id: str, amount: float | None = None) -> Object:
        """The customer pays. amount: what came, where it differs from what was asked."""
        invoice = self.invoice(id)
        if invoice["status"] != "PENDING":
            raise ApiError(400, "INVALID_INVOICE_STATUS", "The invoice cannot be paid")
        paid = invoice["amount"] if amount is None else amount
        invoice.update(
            status="PAID",
            paid_amount=paid,
            paid_at=self._instant(self._now()),
            payment_method="BANK_TRANSFER",
            payment_channel="BCA",
            payment_id=f"py-{secrets.token_hex(12)}",
            updated=self._instant(self._now()),
        )
        self._enter("PAYMENT", invoice["external_id"], invoice["id"], paid, invoice["currency"])
        self._emit("invoice", self._callback(invoice))
        return invoice

    def charge_back(self, id: str, amount: float | None = None) -> Object:
        """The payer's bank takes the money back, or *amount* of it: the ledger alone says so."""
        invoice = self.invoice(id)
        self._enter(
            "CHARGEBACK",
            invoice["external_id"],
            invoice["id"],
            invoice["amount"] if amount is None else amount,
            invoice["currency"],
        )
        return invoice

    def create_refund(self, body: bytes) -> Object:
        asked = reading.refund_request(body)
        invoice = self.invoices.get(asked["invoice_id"])
        if invoice is None:
            raise ApiError(404, "DATA_NOT_FOUND", "The transaction is not found")
        if invoice["status"] not in ("PAID", "SETTLED"):
            raise ApiError(400, "INELIGIBLE_TRANSACTION", "The transaction is not paid")
        if asked.get("currency", invoice["currency"]) != invoice["currency"]:
            raise invalid("currency is not that of the invoice")
        if self.refunds_of(asked.get("reference_id", "")):
            raise ApiError(409, "DUPLICATE_ERROR", "There is a refund under this reference_id")
        left = invoice["amount"] - self._given(invoice["id"])
        amount = asked.get("amount", left)
        reading.check_digits(amount, invoice["currency"])
        if amount > left:
            raise ApiError(400, "MAXIMUM_REFUND_AMOUNT_REACHED", "More than is left")
        refund = {
            "id": f"rfd-{secrets.token_hex(16)}",
            "payment_id": invoice["payment_id"],
            "invoice_id": invoice["id"],
            "amount": amount,
            "payment_method_type": "EWALLET",
            "channel_code": "OVO",
            "country": "ID",
            "currency": invoice["currency"],
            "status": "PENDING",
            "reason": asked["reason"],
            "reference_id": asked.get("reference_id"),
            "failure_code": None,
            "refund_fee_amount": None,
            "created": self._instant(self._now()),
            "updated": self._instant(self._now()),
            "metadata": asked.get("metadata"),
        }
        self.refunds[refund["id"]] = refund
        answer = dict(refund)
        if not self.refunds_pend:
            self.settle_refund(refund["id"])
        return answer

    def settle_refund(self, id: str, *, succeeds: bool = True) -> Object:
        """What the bank says."""
        refund = self.refunds.get(id)
        if refund is None:
            raise ApiError(404, "DATA_NOT_FOUND", "The refund is not found")
        if refund["status"] != "PENDING":
            raise ApiError(400, "INVALID_REFUND_STATUS", f"The refund is {refund['status']}")
        refund["status"] = "SUCCEEDED" if succeeds else "FAILED"
        refund["failure_code"] = None if succeeds else "REFUND_FAILED"
        refund["updated"] = self._instant(self._now())
        if succeeds:
            args = (refund["reference_id"], refund["id"], refund["amount"], refund["currency"])
            self._enter("REFUND", *args)
        event = "refund.succeeded" if succeeds else "refund.failed"
        self._emit(event, {"event": event, "business_id": self._business, **self._sent(refund)})
        return refund

    def refund(self, id: str) -> Object:
        if id not in self.refunds:
            raise ApiError(404, "DATA_NOT_FOUND", "The refund is not found")
        return self.refunds[id]

    def list_refunds(self, query: dict[str, str]) -> Object:
        """Newest first."""
        invoice, after = query.get("invoice_id"), query.get("after_id")
        rows = [r for r in self.refunds.values() if invoice in (None, r["invoice_id"])][::-1]
        if after is not None:
            rows = rows[[r["id"] for r in rows].index(self.refund(after)["id"]) + 1 :]
        limit = _limit(query)
        return {"data": rows[:limit], "has_more": len(rows) > limit}

    def list_transactions(self, query: dict[str, str]) -> Object:
        """Newest first, as the ledger has them."""
        since, until = query.get("created[gte]", ""), query.get("created[lte]", "~")
        after, limit = query.get("after_id"), _limit(query)
        rows = [t for t in self.transactions if since <= t["created"] <= until][::-1]
        if after is not None:
            rows = rows[[t["id"] for t in rows].index(after) + 1 :]
        return {"data": rows[:limit], "has_more": len(rows) > limit, "links": []}

    def _expire(self, invoice: Object) -> None:
        invoice.update(status="EXPIRED", updated=self._instant(self._now()))
        self._emit("invoice", self._callback(invoice))

    def _callback(self, invoice: Object) -> Object:
        fields = (
            "id external_id user_id status merchant_name amount currency created updated"
            " description payer_email paid_amount paid_at payment_method payment_channel"
        ).split()
        return {name: invoice[name] for name in fields if invoice.get(name) is not None}

    def _sent(self, refund: Object) -> Object:
        return {"created": self._instant(self._now()), "data": dict(refund)}

    def _given(self, invoice: str) -> float:
        counts = [r for r in self.refunds.values() if r["status"] != "FAILED"]
        return float(sum(r["amount"] for r in counts if r["invoice_id"] == invoice))

    def _enter(self, kind: str, reference: str, product: str, amount: float, currency: str) -> None:
        """A line of the ledger."""
        into = kind == "PAYMENT"
        fee = FEE if into and currency == "IDR" else 0
        tax = FEE * 11 // 100 if fee else 0
        now = self._instant(self._now())
        self.transactions.append(
            {
                "id": f"txn_{secrets.token_hex(16)}",
                "product_id": product,
                "type": kind,
                "status": "SUCCESS",
                "channel_category": "VIRTUAL_ACCOUNT",
                "channel_code": "BCA",
                "reference_id": reference,
                "account_identifier": None,
                "currency": currency,
                "amount": amount,
                "net_amount": amount - fee - tax,
                "net_amount_currency": currency,
                "cashflow": "MONEY_IN" if into else "MONEY_OUT",
                "settlement_status": "SETTLED" if into else None,
                "estimated_settlement_time": now if into else None,
                "business_id": self._business,
                "created": now,
                "updated": now,
                "fee": {
                    "xendit_fee": fee,
                    "value_added_tax": tax,
                    "xendit_withholding_tax": 0,
                    "third_party_withholding_tax": 0,
                    "status": "COMPLETED" if fee else "NOT_APPLICABLE",
                },
            }
        )

    def _instant(self, unix: float) -> str:
        at = datetime.fromtimestamp(unix, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _limit(query: dict[str, str]) -> int:
    try:
        limit = int(query.get("limit", "10"))
    except ValueError:
        limit = 0
    if not 1 <= limit <= 100:
        raise invalid("limit is from 1 to 100")
    return limit
