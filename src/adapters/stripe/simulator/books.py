"""The simulated account: sessions, payment intents, charges and refunds, and their moves."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from adapters.stripe.simulator.errors import invalid, missing, refused
from adapters.stripe.simulator.ledger import Ledger
from adapters.stripe.simulator.params import need

Object = dict[str, Any]
Emit = Callable[[str, Object], None]
# Smallest charge, in Stripe's units (docs.stripe.com/currencies); others: anything above zero.
MINIMUM = {"usd": 50, "eur": 50, "sgd": 50, "gbp": 30, "jpy": 50, "aed": 200, "myr": 200}
MINIMUM["huf"] = 17_500
LARGEST, LARGEST_IDR = 99_999_999, 999_999_999_999
LAST_DIGIT_ZERO = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
WHOLE_ONLY = frozenset({"isk", "ugx"})
FEE_PER_MILLE = 29
SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600


class Books:
    """now: unix seconds. emit: called with every event of Stripe's, after the move.

    refunds_pend: refunds stay pending until settled here, as bank refunds do.
    """

    def __init__(self, now: Callable[[], float], emit: Emit) -> None:
        self._now = now
        self._emit = emit
        self.sessions: dict[str, Object] = {}
        self.payment_intents: dict[str, Object] = {}
        self.charges: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.disputes: dict[str, Object] = {}
        self.payouts: dict[str, Object] = {}
        self.ledger = Ledger(now)
        self.refunds_pend = False
        self._intent_metadata: dict[str, dict[str, str]] = {}  # session → for its intent
        self._names: dict[str, str] = {}

    def sessions_of(self, reference: str) -> list[Object]:
        """Every session made under our *reference* (client_reference_id)."""
        return [s for s in self.sessions.values() if s["client_reference_id"] == reference]

    def refunds_of(self, reference: str) -> list[Object]:
        """Every refund whose metadata holds *reference*."""
        return [r for r in self.refunds.values() if reference in r["metadata"].values()]

    def create_session(self, params: Object, page: Callable[[str], str]) -> Object:
        created = int(self._now())
        line, total = self._priced(params)
        expires_at = params.get("expires_at", created + LONGEST_S)
        if not SHORTEST_S <= expires_at - created <= LONGEST_S:
            raise invalid("`expires_at` must be 30 minutes to 24 hours ahead", None, "expires_at")
        id = f"cs_test_{_random(29)}"
        session = {
            "id": id,
            "object": "checkout.session",
            "adaptive_pricing": params.get("adaptive_pricing", {"enabled": True}),
            "amount_subtotal": total,
            "amount_total": total,
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "created": created,
            "currency": line["currency"].lower(),
            "customer_email": params.get("customer_email"),
            "expires_at": expires_at,
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "mode": params["mode"],
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "success_url": params["success_url"],
            "url": page(id),
        }
        self.sessions[id] = session
        self._intent_metadata[id] = params.get("payment_intent_data", {}).get("metadata", {})
        self._names[id] = line["product_data"]["name"]
        return session

    def name_of(self, session_id: str) -> str:
        return self._names[session_id]

    def _priced(self, params: Object) -> tuple[Object, int]:
        need(params, "mode", "line_items", "success_url")
        prices = []
        for item in params["line_items"]:
            need(item, "price_data", "quantity")
            need(item["price_data"], "currency", "unit_amount", "product_data")
            need(item["price_data"]["product_data"], "name")
            prices.append(item["price_data"])
        total = sum(i["price_data"]["unit_amount"] * i["quantity"] for i in params["line_items"])
        currencies = {p["currency"].lower() for p in prices}
        if len(currencies) != 1:
            raise invalid("All prices need one currency", None, "line_items")
        check_amount(total, currencies.pop())
        return prices[0], total

    def session(self, id: str) -> Object:
        """As it stands now: one whose time is over expires when it is looked at."""
        session = self.sessions.get(id)
        if session is None:
            raise missing("checkout.session", id)
        if session["status"] == "open" and session["expires_at"] <= self._now():
            self._expire(session)
        return session

    def expire(self, id: str) -> Object:
        session = self.session(id)
        if session["status"] != "open":
            raise refused(f"This Session is {session['status']}: only an open one can be expired")
        self._expire(session)
        return session

    def _expire(self, session: Object) -> None:
        session.update(status="expired", url=None)
        self._emit("checkout.session.expired", session)

    def pay(self, id: str, *, settles: bool = True) -> Object:
        """The customer pays. settles=False: by a means that takes days (see settle)."""
        session = self.session(id)
        if session["status"] != "open":
            raise refused(f"This Session is {session['status']} and cannot be paid")
        intent = {
            "id": f"pi_{_random(12)}",
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_received": 0,
            "currency": session["currency"],
            "latest_charge": None,
            "livemode": False,
            "metadata": self._intent_metadata[id],
            "status": "processing",
        }
        self.payment_intents[intent["id"]] = intent
        session.update(status="complete", payment_intent=intent["id"], url=None)
        if settles:
            self._take(session, intent)
        self._emit("checkout.session.completed", session)
        return session

    def settle(self, id: str, *, paid: bool = True) -> Object:
        """What the bank says, days later, of a payment that did not settle at once."""
        session = self.session(id)
        intent = self.payment_intents.get(session["payment_intent"] or "")
        if intent is None or intent["status"] != "processing":
            raise refused("Nothing is waiting to be settled")
        if paid:
            self._take(session, intent)
            self._emit("checkout.session.async_payment_succeeded", session)
        else:
            intent["status"] = "requires_payment_method"
            self._emit("checkout.session.async_payment_failed", session)
        return session

    def _take(self, session: Object, intent: Object) -> None:
        charge = {
            "id": f"ch_{_random(12)}",
            "object": "charge",
            "amount": intent["amount"],
            "amount_refunded": 0,
            "currency": intent["currency"],
            "livemode": False,
            "metadata": intent["metadata"],  # copied when the charge is made
            "payment_intent": intent["id"],
            "refunded": False,
            "status": "succeeded",
        }
        self.charges[charge["id"]] = charge
        fee = charge["amount"] * FEE_PER_MILLE // 1000
        self.ledger.enter("charge", charge["amount"], charge["currency"], charge["id"], fee)
        intent.update(status="succeeded", amount_received=intent["amount"])
        intent["latest_charge"] = charge["id"]
        session["payment_status"] = "paid"

    def create_refund(self, params: Object) -> Object:
        charge = self._charge_to_refund(params)
        left = charge["amount"] - charge["amount_refunded"]
        amount = params.get("amount", left)
        if left == 0:
            raise refused("This charge has already been refunded", "charge_already_refunded")
        if amount <= 0:
            raise invalid("Invalid positive integer", "parameter_invalid_integer", "amount")
        _check_digits(amount, charge["currency"], "amount")
        if amount > left:
            raise refused("Refund amount is greater than the unrefunded amount", None, "amount")
        refund = {
            "id": f"re_{_random(12)}",
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": int(self._now()),
            "currency": charge["currency"],
            "metadata": params.get("metadata", {}),
            "payment_intent": charge["payment_intent"],
            "reason": params.get("reason"),
            "status": "pending" if self.refunds_pend else "succeeded",
        }
        self.refunds[refund["id"]] = refund
        self.ledger.enter("refund", -amount, refund["currency"], refund["id"])
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._emit("refund.created", refund)
        self._emit("charge.refunded", charge)
        return refund

    def _charge_to_refund(self, params: Object) -> Object:
        id = params.get("payment_intent")
        if id is None:
            need(params, "charge")
            if params["charge"] not in self.charges:
                raise missing("charge", params["charge"], "charge")
            return self.charges[params["charge"]]
        intent = self.payment_intents.get(id)
        if intent is None:
            raise missing("payment_intent", id, "payment_intent")
        if intent["latest_charge"] is None:
            raise refused("This PaymentIntent has no successful charge", None, "payment_intent")
        return self.charges[intent["latest_charge"]]

    def refund(self, id: str) -> Object:
        if id not in self.refunds:
            raise missing("refund", id)
        return self.refunds[id]

    def settle_refund(self, id: str, *, succeeds: bool = True) -> Object:
        """The bank's word. A refund that succeeded may fail later, as at Stripe."""
        refund = self.refund(id)
        if refund["status"] == "failed" or (succeeds and refund["status"] == "succeeded"):
            raise refused(f"This refund is {refund['status']}")
        if succeeds:
            refund["status"] = "succeeded"
            self._emit("refund.updated", refund)
            return refund
        refund.update(status="failed", failure_reason="expired_or_canceled_card")
        self.ledger.enter("refund_failure", refund["amount"], refund["currency"], refund["id"])
        charge = self.charges[refund["charge"]]
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        self._emit("refund.failed", refund)
        return refund

    def charge_back(self, session_id: str, amount: int | None = None) -> Object:
        """The payer's bank takes all of a paid session back, or *amount* of it."""
        session = self.session(session_id)
        intent = self.payment_intents.get(session["payment_intent"] or "")
        if intent is None or intent["latest_charge"] is None:
            raise refused("Nothing was paid")
        taken = intent["amount"] if amount is None else amount
        dispute: Object = {
            "id": f"du_{_random(12)}",
            "object": "dispute",
            "amount": taken,
            "charge": intent["latest_charge"],
            "created": int(self._now()),
            "currency": intent["currency"],
            "livemode": False,
            "metadata": {},
            "payment_intent": intent["id"],
            "reason": "fraudulent",
            "status": "needs_response",
        }
        self.disputes[dispute["id"]] = dispute
        self.ledger.enter("dispute", -taken, dispute["currency"], dispute["id"])
        self._emit("charge.dispute.created", dispute)
        self._emit("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def win(self, dispute_id: str) -> Object:
        """The bank gives it back."""
        dispute = self.disputes.get(dispute_id)
        if dispute is None or dispute["status"] != "needs_response":
            raise missing("dispute", dispute_id)
        dispute["status"] = "won"
        self.ledger.enter("dispute_reversal", dispute["amount"], dispute["currency"], dispute_id)
        self._emit("charge.dispute.funds_reinstated", dispute)
        self._emit("charge.dispute.closed", dispute)
        return dispute

    def pay_out(self, amount: int, currency: str) -> Object:
        payout: Object = {
            "id": f"po_{_random(12)}",
            "object": "payout",
            "amount": amount,
            "currency": currency,
            "metadata": {},
            "status": "paid",
        }
        self.payouts[payout["id"]] = payout
        self.ledger.enter("payout", -amount, currency, payout["id"])
        return payout

    def intent(self, id: str) -> Object:
        if id not in self.payment_intents:
            raise missing("payment_intent", id, "intent")
        return self.payment_intents[id]

    def moved_by(self, id: str | None) -> Object | None:
        """What a balance transaction's source is."""
        for things in (self.charges, self.refunds, self.disputes, self.payouts):
            if id is not None and id in things:
                return things[id]
        return None

    def list_refunds(self, params: Object) -> Object:
        """Newest first, as every list of Stripe's."""
        intent = params.get("payment_intent")
        if intent is not None and intent not in self.payment_intents:
            raise missing("payment_intent", intent, "payment_intent")
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise invalid("limit is from 1 to 100", "parameter_invalid_integer", "limit")
        rows = [r for r in self.refunds.values() if intent in (None, r["payment_intent"])][::-1]
        after = params.get("starting_after")
        if after is not None:
            rows = rows[[r["id"] for r in rows].index(self.refund(after)["id"]) + 1 :]
        page, more = rows[:limit], len(rows) > limit
        return {"object": "list", "data": page, "has_more": more, "url": "/v1/refunds"}


def check_amount(amount: int, currency: str) -> None:
    if len(currency) != 3 or not currency.isalpha():
        raise invalid(f"Invalid currency: {currency}", None, "currency")
    largest = LARGEST_IDR if currency == "idr" else LARGEST
    if amount > largest:
        raise invalid("Amount is too large", "amount_too_large", "unit_amount")
    if amount < MINIMUM.get(currency, 1):
        raise invalid("Amount is too small", "amount_too_small", "unit_amount")
    _check_digits(amount, currency, "unit_amount")


def _check_digits(amount: int, currency: str, param: str) -> None:
    if currency in LAST_DIGIT_ZERO and amount % 10:
        raise invalid("The last digit has to be 0", "parameter_invalid_integer", param)
    if currency in WHOLE_ONLY and amount % 100:
        code = "invalid_charge_amount_no_decimal_compatible"
        raise invalid("The amount has to be divisible by 100", code, param)


def _random(bytes_: int) -> str:
    return secrets.token_hex(bytes_)
