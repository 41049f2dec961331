"""Xendit invoices and refunds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from weakref import WeakValueDictionary

from adapters._kit.amounts import sayable
from adapters._kit.answer import understood
from adapters._kit.http import Answer, VendorHttp, broken, decode
from adapters._kit.pages import read_pages
from adapters._kit.probing import evidence_of
from adapters.xendit import mapping
from adapters.xendit.mapping import SENT
from core.domain.connections.connection import Verdict
from core.domain.payments.payment import Checkout, CheckoutState, RefundFact
from core.domain.payments.settlement import SettlementLine
from ports.clock import Clock
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

VENDOR = "xendit"
MOST_PAGES = 20
MOST_LEDGER_PAGES = 200


class XenditGateway:
    """One Xendit account.

    business: whose answers are believed, "" any. callbacks_ready: whether the verification
    token is there, for the probe.
    """

    def __init__(
        self, http: VendorHttp, *, clock: Clock, business: str, callbacks_ready: bool
    ) -> None:
        self._http = http
        self._clock = clock
        self._business = business
        self._callbacks_ready = callbacks_ready
        self._starting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """Nothing guards an invoice, so ours is looked for before it is made.

        Two at once in this process wait for each other; elsewhere the hub sends no second one
        before the first has had its time. OutcomeUnknown also when our reference holds
        something else.
        """
        body = sayable(
            VENDOR, "start_checkout", lambda: mapping.invoice_request(order, self._clock.now())
        )
        lock = self._starting.setdefault(order.reference, asyncio.Lock())
        async with lock:
            answer, found = await self._ours("start_checkout", order.reference)
            if found is not None:
                if mapping.differs(found, order):
                    raise OutcomeUnknown(
                        "our reference holds another invoice",
                        vendor=VENDOR,
                        operation="start_checkout",
                        request_id=answer.request_id,
                    )
                return self._checkout(answer, found)
            answer = await self._http.call(
                "POST",
                mapping.INVOICES,
                operation="start_checkout",
                repeatable=False,
                content=body,
                headers=SENT,
            )
        return self._checkout(answer, decode(answer, mapping.Invoice))

    async def find(self, known: Checkout) -> Checkout | None:
        if not known.gateway_reference:
            answer, found = await self._ours("find", known.reference)
            return None if found is None else self._checkout(answer, found)
        answer = await self._invoice("find", known.gateway_reference)
        if _is_absent(answer):
            return None
        return self._checkout(answer, decode(answer, mapping.Invoice))

    async def find_reference(self, charge_reference: str) -> str:
        answer = await self._invoice("find_reference", charge_reference)
        return "" if _is_absent(answer) else decode(answer, mapping.Invoice).external_id

    async def _invoice(self, operation: str, id: str) -> Answer:
        return await self._http.call(
            "GET",
            f"{mapping.INVOICES}/{quote(id, safe='')}",
            operation=operation,
            repeatable=True,
            accept=(404,),
        )

    async def expire(self, known: Checkout) -> Checkout:
        """Xendit refuses to close what is not open; the state it has is the answer then."""
        try:
            answer = await self._http.call(
                "POST",
                f"/invoices/{quote(known.gateway_reference, safe='')}/expire!",
                operation="expire",
                repeatable=True,
                headers=SENT,
            )
        except Refused:
            found = await self.find(known)
            if found is None or found.state is CheckoutState.OPEN:
                raise
            return found
        return self._checkout(answer, decode(answer, mapping.Invoice))

    async def refund(self, order: RefundOrder, *, key: str) -> RefundFact:
        body = sayable(VENDOR, "refund", lambda: mapping.refund_request(order))
        answer = await self._http.call(
            "POST",
            mapping.REFUNDS,
            operation="refund",
            repeatable=False,
            content=body,
            headers=mapping.idempotent(key),
        )
        return understood(answer, lambda: mapping.refund(decode(answer, mapping.Refund)))

    async def find_refund(self, reference: str, charge_reference: str) -> RefundFact | None:
        async def ask(after: str | None) -> Answer:
            return await self._http.call(
                "GET",
                mapping.REFUNDS,
                operation="find_refund",
                repeatable=True,
                params=mapping.refunds_query(charge_reference, after),
                accept=(404,),
            )

        beyond = OutcomeUnknown(
            "more refunds than are read", vendor=VENDOR, operation="find_refund"
        )
        answer, refunds = await read_pages(
            ask, mapping.RefundList, most=MOST_PAGES, beyond=beyond, absent=_is_absent
        )
        return understood(answer, lambda: mapping.refund_among(refunds, reference))

    async def list_settlements(self, since: datetime, until: datetime) -> Sequence[SettlementLine]:
        """Their transactions; money of the account that is not of payments is `other`."""

        async def ask(after: str | None) -> Answer:
            return await self._http.call(
                "GET",
                mapping.TRANSACTIONS,
                operation="list_settlements",
                repeatable=True,
                params=mapping.transactions_query(since, until, after),
            )

        beyond = BrokenContract(
            "more lines than are read", vendor=VENDOR, operation="list_settlements"
        )
        answer, lines = await read_pages(
            ask, mapping.TransactionList, most=MOST_LEDGER_PAGES, beyond=beyond
        )
        return understood(answer, lambda: mapping.settlements(lines, since, until))

    async def probe(self) -> Probe:
        """Lists one invoice: the key is known, and may do what it is here for."""
        asked = {"endpoint": f"GET {mapping.INVOICES}"}
        try:
            answer = await self._http.call(
                "GET",
                mapping.INVOICES,
                operation="probe",
                repeatable=True,
                params={"limit": "1"},
                accept=(401, 403),
            )
            return self._probed(answer, asked)
        except (Unavailable, Misconfigured) as e:  # 401 and 403 are accepted above
            remedy = "Try again; if it lasts, check the network and status.xendit.co."
            return Probe(Verdict.UNREACHABLE, {**asked, **evidence_of(e)}, remedy)
        except VendorError as e:
            remedy = "What answered does not speak as Xendit does: check the base address."
            return Probe(Verdict.CANNOT_TEST, {**asked, **evidence_of(e)}, remedy)

    def _probed(self, answer: Answer, asked: dict[str, str]) -> Probe:
        facts = {**asked, "status": str(answer.status), "request_id": answer.request_id or ""}
        if answer.status == 401:
            return Probe(Verdict.REJECTED, facts, "Xendit does not know this key: enter it again.")
        if answer.status == 403:
            remedy = "The key may not read invoices: give it Money-in permissions."
            return Probe(Verdict.REJECTED, facts, remedy)
        others = {
            i.user_id for i in decode(answer, list[mapping.Invoice]) if i.user_id is not None
        } - {self._business}
        if self._business and others:
            return Probe(Verdict.REJECTED, facts, "The key is another business': check its id.")
        if self._callbacks_ready:
            facts["callbacks"] = "a verification token is set; only a callback proves it"
            return Probe(Verdict.VERIFIED, facts)
        facts["callbacks"] = "no verification token is set"
        remedy = "Enter the webhook verification token, and the inbound address at Xendit."
        return Probe(Verdict.VERIFIED, facts, remedy)

    async def _ours(self, operation: str, reference: str) -> tuple[Answer, mapping.Invoice | None]:
        answer = await self._http.call(
            "GET",
            mapping.INVOICES,
            operation=operation,
            repeatable=True,
            params=mapping.invoices_query(reference),
        )
        found = decode(answer, list[mapping.Invoice])
        return answer, mapping.ours_among(found, reference)

    def _checkout(self, answer: Answer, found: mapping.Invoice) -> Checkout:
        return understood(answer, lambda: mapping.checkout(found, self._business))


def _is_absent(answer: Answer) -> bool:
    if answer.status == 404 and not mapping.is_absent(answer):
        raise broken(answer, "not found, and not in Xendit's words")
    return answer.status == 404
