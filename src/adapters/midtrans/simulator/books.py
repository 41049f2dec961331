"""The simulated account: Snap pages, transactions and refunds, and every move of theirs."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from adapters.midtrans.simulator import reading
from adapters.midtrans.simulator.errors import core, duplicate, missing, snap

Object = dict[str, Any]
Emit = Callable[[Object, str], None]
WIB = timezone(timedelta(hours=7))
LOUD = frozenset({"dana", "shopeepay"})  # told in capitals
# Means of payment whose state is asked by transaction_id alone.
BY_TRANSACTION = frozenset({"dana"})


class Books:
    """now: unix seconds. emit: called with a transaction and its notification address.

    refunds_pend: what the bank has to confirm stays unconfirmed until it is settled here.
    """

    def __init__(self, now: Callable[[], float], merchant: str, emit: Emit) -> None:
        self._now = now
        self._merchant = merchant
        self._emit = emit
        self.pages: dict[str, Object] = {}
        self.transactions: dict[str, Object] = {}  # by transaction_id
        self.refunds_pend = True

    def pages_of(self, order: str) -> list[Object]:
        return [p for p in self.pages.values() if p["order_id"] == order]

    def refunds_of(self, key: str) -> list[Object]:
        found = [r for t in self.transactions.values() for r in t["refunds"]]
        return [r for r in found if r["refund_key"] == key]

    def create_page(self, body: bytes, notify: str, address: Callable[[str], str]) -> Object:
        asked = reading.page_request(body)
        details = asked["transaction_details"]
        if self.pages_of(details["order_id"]):
            raise snap(400, "transaction_details.order_id has already been taken")
        token = str(uuid.uuid4())
        self.pages[token] = {
            "token": token,
            "redirect_url": address(token),
            "order_id": details["order_id"],
            "gross_amount": details["gross_amount"],
            "name": (asked.get("item_details") or [{"name": details["order_id"]}])[0]["name"],
            "finish": asked.get("callbacks", {}).get("finish", ""),
            "ends_at": reading.ends_at(asked, self._now()),
            "canceled_at": None,
            "notify": notify,
        }
        return {k: self.pages[token][k] for k in ("token", "redirect_url")}

    def cancel_page(self, token: str) -> Object:
        page = self.pages.get(token)
        if page is None:
            raise snap(404, "token not found")
        if page["canceled_at"]:
            raise snap(400, "token already canceled")
        found = self._of_order(page["order_id"])
        if found is not None and found["transaction_status"] not in ("deny", "failure"):
            raise snap(400, "Transaction is on progress")
        page["canceled_at"] = datetime.fromtimestamp(self._now(), UTC).isoformat()
        return {"canceled_at": page["canceled_at"]}

    def choose(self, token: str, payment_type: str) -> Object:
        """The customer chooses how to pay: the transaction begins."""
        page = self.pages.get(token)
        if page is None:
            raise snap(404, "token not found")
        before = self._of_order(page["order_id"])
        if page["canceled_at"] or page["ends_at"] <= self._now():
            raise snap(400, "the page is closed")
        if before is not None and before["transaction_status"] not in ("deny", "failure"):
            raise snap(400, "the order is paid, or is being paid")
        made = {
            "transaction_id": str(uuid.uuid4()),
            "order_id": page["order_id"],
            "gross_amount": f"{page['gross_amount']}.00",
            "currency": "IDR",
            "payment_type": payment_type,
            "transaction_time": self._clock(self._now()),
            "transaction_status": "pending",
            "fraud_status": "accept",
            "merchant_id": self._merchant,
            "expiry_time": self._clock(page["ends_at"]),
            "refunds": [],
            "notify": page["notify"],
            "ends_at": page["ends_at"],
        }
        self.transactions[made["transaction_id"]] = made
        self._tell(made)
        return made

    def pay(self, token: str, payment_type: str = "bank_transfer") -> Object:
        """The customer chooses, and the money comes."""
        found = self.choose(token, payment_type)
        self._become(found, "capture" if payment_type == "credit_card" else "settlement")
        return found

    def challenge(self, token: str) -> Object:
        found = self.choose(token, "credit_card")
        found["fraud_status"] = "challenge"
        self._become(found, "capture")
        return found

    def deny(self, token: str) -> Object:
        found = self.choose(token, "credit_card")
        found["fraud_status"] = "deny"
        self._become(found, "deny")
        return found

    def settle(self, id: str) -> Object:
        """The money of a transaction that was pending, or challenged, comes."""
        found = self.transaction(id, any_type=True)
        if found["transaction_status"] not in ("pending", "capture"):
            raise core(412, "Transaction status cannot be updated.")
        found["fraud_status"] = "accept"
        self._become(found, "settlement")
        return found

    def charge_back(self, id: str, *, in_part: bool = False) -> Object:
        """The payer's bank takes the money back. How much a part is, nothing says."""
        found = self.transaction(id, any_type=True)
        if found["transaction_status"] not in ("settlement", "capture", "partial_chargeback"):
            raise core(412, "Transaction status cannot be updated.")
        self._become(found, "partial_chargeback" if in_part else "chargeback")
        return found

    def transaction(self, id: str, *, any_type: bool = False) -> Object:
        """By either id, as it stands now. Refusal 404: there is none, or it is asked wrongly."""
        by_order = id not in self.transactions
        found = self._of_order(id) if by_order else self.transactions[id]
        if found is None or (by_order and not any_type and found["payment_type"] in BY_TRANSACTION):
            raise missing()
        if found["transaction_status"] == "pending" and found["ends_at"] <= self._now():
            self._become(found, "expire")
        return found

    def expire(self, id: str) -> Object:
        found = self.transaction(id)
        if found["transaction_status"] != "pending":
            raise core(412, "Transaction status cannot be updated.")
        self._become(found, "expire")
        return found

    def refund(self, id: str, body: bytes) -> Object:
        asked, found = reading.refund_request(body), self.transaction(id)
        if found["transaction_status"] not in ("settlement", "partial_refund"):
            raise core(412, "Merchant cannot modify the status of the transaction")
        key = asked.get("refund_key") or str(uuid.uuid4())
        if self.refunds_of(key):
            raise duplicate()
        left = self._gross(found) - self._given(found)
        amount = asked.get("amount", left)
        if amount > left:
            raise core(414, "Refund request is rejected due to invalid amount")
        refund = {
            "refund_chargeback_id": secrets.randbelow(9_000_000) + 1_000_000,
            "refund_amount": f"{amount}.00",
            "created_at": self._clock(self._now()),
            "reason": asked.get("reason", ""),
            "refund_key": key,
        }
        found["refunds"].append(refund)
        self._become(found, "refund" if amount == left else "partial_refund")
        if not self.refunds_pend:
            self.confirm_refund(key)
        return {
            **_shown(found),
            "status_message": "Success, refund request is approved",
            "refund_chargeback_id": refund["refund_chargeback_id"],
            "refund_amount": f"{self._given(found)}.00",
            "refund_key": key,
        }

    def confirm_refund(self, key: str) -> Object:
        """The bank confirms; Midtrans notifies a second time."""
        for found in self.transactions.values():
            refund: Object | None = next(
                (r for r in found["refunds"] if r["refund_key"] == key), None
            )
            if refund is not None:
                refund["refund_method"] = "online"
                refund["bank_confirmed_at"] = self._clock(self._now())
                self._tell(found)
                return refund
        raise missing()

    def shown(self, id: str) -> Object:
        return {**_shown(self.transaction(id)), "status_message": "Success, transaction is found"}

    def _of_order(self, order: str) -> Object | None:
        found = [t for t in self.transactions.values() if t["order_id"] == order]
        return found[-1] if found else None

    def _become(self, found: Object, status: str) -> None:
        found["transaction_status"] = status
        if status in ("settlement", "capture"):
            found["settlement_time"] = self._clock(self._now())
        self._tell(found)

    def _tell(self, found: Object) -> None:
        self._emit(_shown(found), found["notify"])

    def _gross(self, found: Object) -> int:
        return int(found["gross_amount"].removesuffix(".00"))

    def _given(self, found: Object) -> int:
        return sum(int(r["refund_amount"].removesuffix(".00")) for r in found["refunds"])

    def _clock(self, unix: float) -> str:
        return datetime.fromtimestamp(unix, WIB).strftime("%Y-%m-%d %H:%M:%S")


_CODES = {"pending": "201", "deny": "202", "expire": "407", "challenge": "201"}


def _shown(found: Object) -> Object:
    """As the API and the notifications tell it."""
    status = found["transaction_status"]
    hidden = {"notify", "ends_at", *([] if found["refunds"] else ["refunds"])}
    shown = {k: v for k, v in found.items() if k not in hidden}
    if found["refunds"]:
        shown["refunds"] = [dict(r) for r in found["refunds"]]
    if found["payment_type"] in LOUD:
        shown["transaction_status"] = status.upper()
    challenged = found["fraud_status"] == "challenge"
    return {**shown, "status_code": _CODES.get("challenge" if challenged else status, "200")}
