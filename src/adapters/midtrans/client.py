"""Midtrans Snap pages and refunds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec

from adapters._kit.amounts import sayable
from adapters._kit.answer import understood
from adapters._kit.http import Answer, VendorHttp, broken, decode
from adapters._kit.probing import evidence_of
from adapters.midtrans import mapping
from adapters.midtrans.mapping import SENT, Transaction
from core.domain.connections.connection import Verdict
from core.domain.payments.payment import Checkout, CheckoutState, RefundFact
from core.domain.payments.settlement import SettlementLine
from ports.clock import Clock
from ports.errors import Misconfigured, NotSupported, Refused, Unavailable, VendorError
from ports.payment_gateway import CheckoutOrder, RefundOrder
from ports.probe import Probe

VENDOR = "midtrans"
NOBODY = "serai-connection-test"
# The page's errors come with any of these, and are told apart by their words.
PAGE_NO = (400, 404, 405, 406, 409, 412)


class MidtransGateway:
    """One Midtrans account.

    snap, core: its two hosts. merchant: whose answers are believed, "" any. notification_url:
    where Midtrans is asked to notify of each checkout, "" where its dashboard says.
    """

    def __init__(
        self,
        snap: VendorHttp,
        core: VendorHttp,
        *,
        clock: Clock,
        merchant: str,
        notification_url: str,
    ) -> None:
        self._snap = snap
        self._core = core
        self._clock = clock
        self._merchant = merchant
        self._notification_url = notification_url

    async def start_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A repeat within five minutes gets the first page, whatever else it says.

        Later the order is known and its page is not told again: OutcomeUnknown. Nobody has its
        address, so nobody can pay it. Refused also when expires_at is not 5 minutes to 7 days
        ahead, by Midtrans.
        """
        body = sayable(
            VENDOR, "start_checkout", lambda: mapping.page_request(order, self._clock.now())
        )
        answer = await self._snap.call(
            "POST",
            mapping.PAGES,
            operation="start_checkout",
            repeatable=False,
            content=body,
            headers=mapping.idempotent(key, self._notification_url),
        )
        return mapping.checkout_of(decode(answer, mapping.Page), order)

    async def find(self, known: Checkout) -> Checkout | None:
        """Until the customer has chosen how to pay, Midtrans knows no transaction and this
        answers from *known*; so it is never None.

        DANA and BI-SNAP payments are found by charge_reference alone, which a notification
        brings first.
        """
        answer, found = await self._status("find", known)
        if found is None:
            return mapping.unused(known, self._clock.now())
        now = self._clock.now()
        return understood(answer, lambda: mapping.checkout(found, known, self._merchant, now))

    async def expire(self, known: Checkout) -> Checkout:
        """The page is closed first, so that nobody can choose any more; then what was chosen."""
        page_gone = await self._close_page(known)
        _, found = await self._status("expire", known)
        if found is None:
            if page_gone or known.state is CheckoutState.EXPIRED:
                return mapping.closed(known)
            raise _refused("expire", "token_not_found", "there is no such page")
        if found.state == "pending":
            await self._core.call(
                "POST",
                _core_path(found.transaction_id or known.reference, "expire"),
                operation="expire",
                repeatable=True,
                headers=SENT,
                accept=PAGE_NO,
            )
        after = await self.find(
            msgspec.structs.replace(known, charge_reference=found.transaction_id)
        )
        assert after is not None
        if after.state is CheckoutState.OPEN and page_gone and found.state in mapping.TRIED_IN_VAIN:
            return mapping.closed(after)
        return after

    async def _close_page(self, known: Checkout) -> bool:
        """Whether it is certainly closed."""
        if known.gateway_reference in ("", known.reference):
            return False  # only a notification told of it, and no token
        answer = await self._snap.call(
            "POST",
            f"{mapping.PAGES}/{quote(known.gateway_reference, safe='')}/cancel",
            operation="expire",
            repeatable=True,
            headers=SENT,
            accept=PAGE_NO,
        )
        if answer.status < 300:
            return True
        said = " ".join(decode(answer, mapping.SnapError).error_messages).lower()
        return "already canceled" in said

    async def refund(self, order: RefundOrder, *, key: str) -> RefundFact:
        """Pending until the bank confirms; find_refund tells. Failed: the bank denied it."""
        body = sayable(VENDOR, "refund", lambda: mapping.refund_request(order))
        answer = await self._core.call(
            "POST",
            _core_path(order.charge_reference, "refund"),
            operation="refund",
            repeatable=False,
            content=body,
            headers=mapping.idempotent(key),
        )
        found = decode(answer, Transaction)
        if found.code == 406:  # it came through before
            given = await self.find_refund(order.reference, order.charge_reference)
            if given is None or given.amount != order.amount:
                raise broken(answer, "the refund exists, and not as we know it")
            return given
        _judge(answer, found)
        return understood(answer, lambda: mapping.refund_taken(found, order))

    async def find_reference(self, charge_reference: str) -> str:
        _, found = await self._transaction("find_reference", charge_reference)
        return "" if found is None else found.order_id or ""

    async def list_settlements(self, since: datetime, until: datetime) -> Sequence[SettlementLine]:
        """Its settlements come as files from its dashboard alone."""
        raise NotSupported(
            "Midtrans lists settlements in its dashboard alone",
            vendor=VENDOR,
            operation="list_settlements",
        )

    async def find_refund(self, reference: str, charge_reference: str) -> RefundFact | None:
        answer, found = await self._transaction("find_refund", charge_reference)
        if found is None:
            return None
        return understood(answer, lambda: mapping.refund_among(found, reference))

    async def probe(self) -> Probe:
        """Asks about an order nobody made: "not found" is said only to a key that is known."""
        asked = {"endpoint": "GET /v2/{order_id}/status"}
        try:
            _, found = await self._transaction("probe", NOBODY)
        except Misconfigured as e:
            remedy = "Midtrans does not know this key: enter it again, of this mode."
            return Probe(Verdict.REJECTED, {**asked, **evidence_of(e)}, remedy)
        except Unavailable as e:
            remedy = "Try again; if it lasts, check the network and status.midtrans.com."
            return Probe(Verdict.UNREACHABLE, {**asked, **evidence_of(e)}, remedy)
        except VendorError as e:
            remedy = "What answered does not speak as Midtrans does: check the base address."
            return Probe(Verdict.CANNOT_TEST, {**asked, **evidence_of(e)}, remedy)
        facts = {**asked, "status_code": "404" if found is None else found.status_code}
        facts["notifications"] = self._notification_url or "as the dashboard says"
        return Probe(Verdict.VERIFIED, facts)

    async def _status(self, operation: str, known: Checkout) -> tuple[Answer, Transaction | None]:
        """By what they call it, if we know that; else by our order, which may have been tried
        again as another transaction after the one we know was denied."""
        if not known.charge_reference:
            return await self._transaction(operation, known.reference)
        answer, found = await self._transaction(operation, known.charge_reference)
        if found is not None and found.state not in mapping.TRIED_IN_VAIN:
            return answer, found
        by_order = await self._transaction(operation, known.reference)
        return (answer, found) if by_order[1] is None and found is not None else by_order

    async def _transaction(self, operation: str, id: str) -> tuple[Answer, Transaction | None]:
        """None: there is no transaction under *id*."""
        answer = await self._core.call(
            "GET", _core_path(id, "status"), operation=operation, repeatable=True, accept=(404,)
        )
        found = decode(answer, Transaction)
        if found.transaction_status is not None:
            return answer, found
        if found.code == 404:
            return answer, None
        _judge(answer, found)
        raise broken(answer, "neither a transaction nor an error")


def _judge(answer: Answer, found: Transaction) -> None:
    """Raises what a body that is about no transaction asks us to do next."""
    if found.code < 400:
        return
    kind = mapping.kind_of(found.code, repeatable=answer.repeatable)
    raise kind(
        f"status_code {found.code}",
        vendor=VENDOR,
        operation=answer.operation,
        vendor_code=found.status_code,
        request_id=answer.request_id,
    )


def _refused(operation: str, code: str, message: str) -> Refused:
    return Refused(message, vendor=VENDOR, operation=operation, vendor_code=code)


def _core_path(id: str, verb: str) -> str:
    return f"/v2/{quote(id, safe='')}/{verb}"
