"""Stripe Checkout and refunds. Every creation carries our key, so a repeat has one effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from adapters._kit.amounts import sayable
from adapters._kit.answer import understood
from adapters._kit.http import Answer, VendorHttp, broken, decode
from adapters._kit.pages import read_pages
from adapters.stripe.mapping import ledger, payments
from core.domain.connections.connection import Verdict
from core.domain.payments.payment import Checkout, CheckoutState, RefundFact
from core.domain.payments.settlement import SettlementLine
from ports.errors import (
    BrokenContract,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.payment_gateway import CheckoutOrder, RefundOrder
from ports.probe import Probe

VENDOR = "stripe"
EXPIRY_RULE = "a checkout lives from 30 minutes to 24 hours"
MOST_PAGES = 20
MOST_LEDGER_PAGES = 200


class StripeGateway:
    """One Stripe account. webhooks_ready: whether its signing secret is there, for the probe."""

    def __init__(self, http: VendorHttp, *, live: bool, webhooks_ready: bool) -> None:
        self._http = http
        self._live = live
        self._webhooks_ready = webhooks_ready

    async def start_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """Refused also when expires_at is not 30 minutes to 24 hours ahead.

        It is not moved into bounds, because a repeat would then differ from the first and be
        refused by its key; and it is Stripe that checks, because a repeat of what Stripe
        already took comes closer to its end.
        """
        form = sayable(VENDOR, "start_checkout", lambda: payments.checkout_form(order))
        try:
            answer = await self._post(payments.SESSIONS, "start_checkout", form, key)
        except Refused as e:
            if not payments.is_about_its_end(e.vendor_code):
                raise
            said = e
        else:
            return self._checkout(answer)
        raise _refused("start_checkout", said.vendor_code, EXPIRY_RULE, said.request_id)

    async def find(self, known: Checkout) -> Checkout | None:
        answer = await self._http.call(
            "GET",
            _session_path(known.gateway_reference),
            operation="find",
            repeatable=True,
            params=payments.EXPAND,
            accept=(404,),
        )
        return None if _is_absent(answer) else self._checkout(answer)

    async def expire(self, known: Checkout) -> Checkout:
        """Closing twice is closing once, so it needs no key and is repeated freely.

        Stripe refuses to close what is not open; the state it has is the answer then.
        """
        try:
            answer = await self._http.call(
                "POST",
                _session_path(known.gateway_reference) + "/expire",
                operation="expire",
                repeatable=True,
                headers=payments.idempotent(None),
            )
        except Refused:
            found = await self.find(known)
            if found is None or (found.state is CheckoutState.OPEN and found.url):
                raise
            return found
        return self._checkout(answer)

    async def refund(self, order: RefundOrder, *, key: str) -> RefundFact:
        form = sayable(VENDOR, "refund", lambda: payments.refund_form(order))
        answer = await self._post(payments.REFUNDS, "refund", form, key)
        return understood(answer, lambda: payments.refund(decode(answer, payments.Refund)))

    async def list_settlements(self, since: datetime, until: datetime) -> Sequence[SettlementLine]:
        """Its balance transactions; money of the account that is not of payments is `other`, and
        so is what came to nothing: a refund that failed, a dispute that was won."""

        async def ask(after: str | None) -> Answer:
            return await self._http.call(
                "GET",
                ledger.TRANSACTIONS,
                operation="list_settlements",
                repeatable=True,
                params=ledger.transactions_query(since, until, after),
            )

        beyond = BrokenContract(
            "more lines than are read", vendor=VENDOR, operation="list_settlements"
        )
        answer, found = await read_pages(
            ask, ledger.TransactionList, most=MOST_LEDGER_PAGES, beyond=beyond
        )
        intents = sorted(ledger.disputed(found))
        references = {i: await self._reference(i, "list_settlements") for i in intents}
        return understood(answer, lambda: ledger.settlements(found, references, since, until))

    async def find_reference(self, charge_reference: str) -> str:
        return await self._reference(charge_reference, "find_reference")

    async def _reference(self, intent: str, operation: str) -> str:
        """Ours, of what is disputed: "" where it is none of ours."""
        answer = await self._http.call(
            "GET",
            f"{ledger.INTENTS}/{quote(intent, safe='')}",
            operation=operation,
            repeatable=True,
            accept=(404,),
        )
        return "" if _is_absent(answer) else decode(answer, ledger.Intent).reference

    async def find_refund(self, reference: str, charge_reference: str) -> RefundFact | None:
        async def ask(after: str | None) -> Answer:
            return await self._http.call(
                "GET",
                payments.REFUNDS,
                operation="find_refund",
                repeatable=True,
                params=payments.refunds_query(charge_reference, after),
                accept=(404,),
            )

        beyond = OutcomeUnknown(
            "more refunds than are read", vendor=VENDOR, operation="find_refund"
        )
        answer, refunds = await read_pages(
            ask, payments.RefundList, most=MOST_PAGES, beyond=beyond, absent=_is_absent
        )
        return understood(answer, lambda: payments.ours_among(refunds, reference))

    async def probe(self) -> Probe:
        asked = {"endpoint": f"GET {payments.BALANCE}"}
        try:
            answer = await self._http.call(
                "GET", payments.BALANCE, operation="probe", repeatable=True, accept=(401, 403)
            )
            return self._probed(answer, asked)
        except (Unavailable, Misconfigured) as e:  # 401 and 403 are accepted above
            return Probe(
                Verdict.UNREACHABLE,
                {**asked, **_said(e)},
                "Try again; if it lasts, check the network and status.stripe.com.",
            )
        except VendorError as e:
            return Probe(
                Verdict.CANNOT_TEST,
                {**asked, **_said(e)},
                "What answered does not speak as Stripe does: check the base address.",
            )

    def _probed(self, answer: Answer, asked: dict[str, str]) -> Probe:
        facts = {**asked, "status": str(answer.status), "request_id": answer.request_id or ""}
        if answer.status == 401:
            return Probe(Verdict.REJECTED, facts, "Stripe does not know this key: enter it again.")
        if answer.status == 403:
            remedy = "The key may not read the balance: give it that permission."
            return Probe(Verdict.REJECTED, facts, remedy)
        live = decode(answer, payments.Balance).livemode
        facts["livemode"] = str(live).lower()
        if live != self._live:
            return Probe(Verdict.REJECTED, facts, "The account answers in the other mode.")
        if self._webhooks_ready:
            facts["webhooks"] = "a signing secret is set; only a webhook proves it"
            return Probe(Verdict.VERIFIED, facts)
        facts["webhooks"] = "no signing secret is set"
        remedy = "Register the webhook address at Stripe and enter its signing secret."
        return Probe(Verdict.VERIFIED, facts, remedy)

    async def _post(self, path: str, operation: str, form: bytes, key: str) -> Answer:
        """Never repeated from here: an answer that got lost is for the caller to reconcile."""
        return await self._http.call(
            "POST",
            path,
            operation=operation,
            repeatable=False,
            content=form,
            headers=payments.idempotent(key),
        )

    def _checkout(self, answer: Answer) -> Checkout:
        session = decode(answer, payments.Session)
        return understood(answer, lambda: payments.checkout(session, live=self._live))


def _is_absent(answer: Answer) -> bool:
    if answer.status == 404 and not payments.is_absent(answer):
        raise broken(answer, "not found, and not in Stripe's words")
    return answer.status == 404


def _refused(
    operation: str, code: str | None, message: str, request_id: str | None = None
) -> Refused:
    return Refused(
        message, vendor=VENDOR, operation=operation, vendor_code=code, request_id=request_id
    )


def _session_path(gateway_reference: str) -> str:
    return f"{payments.SESSIONS}/{quote(gateway_reference, safe='')}"


def _said(error: VendorError) -> dict[str, str]:
    said = {"error": error.message, "request_id": error.request_id or ""}
    return {k: v for k, v in said.items() if v}
