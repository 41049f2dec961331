"""PNRs: made, found again, read, ticketed, voided, refunded, cancelled."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from adapters._kit.http import Answer, broken, decode
from adapters.sabre.client.host import VENDOR
from adapters.sabre.client.queues import Queues
from adapters.sabre.client.rest import Rest
from adapters.sabre.config import SabreConfig
from adapters.sabre.mapping import booking, change, faults, order
from adapters.sabre.mapping.wire_booking import Booking, Created, Done, Error
from core.domain.bookings.pnr import Pnr, Ticket
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from ports.errors import BrokenContract, OutcomeUnknown, Refused, VendorError
from ports.gds import PnrOrder, RefundQuote

# They name waits of 25 s inside one call. What is asked before and after an order is short, so
# that the whole of it keeps DEADLINE_S.
DEADLINE_S = 90.0
CREATE_S = 60.0
TICKET_S = 55.0
CHANGE_S = 45.0
READ_S = 15.0
ORDERS = "/v1/trip/orders"
LOOKED_AT = 60
AT_ONCE = 4
LOCATOR = re.compile(r"[A-Z]{6}")


class Bookings:
    def __init__(self, rest: Rest, queues: Queues, config: SabreConfig) -> None:
        self._rest = rest
        self._queues = queues
        self._config = config
        self._zone = ZoneInfo(config.timezone)

    async def create(
        self, asked: PnrOrder, key: str
    ) -> Pnr | SoldOut | PriceChanged | OfferExpired:
        try:
            content = order.booking(asked, key, self._config)
        except ValueError as e:
            raise Refused(str(e), vendor=VENDOR, operation="create_pnr") from None
        try:
            answer = await self._order("createBooking", content, "create_pnr", CREATE_S)
            created = decode(answer, Created)
            self._judge_created(answer, created)
        except Refused as e:
            known = faults.business(e.vendor_code)
            if known is None:
                raise
            return known
        if created.booking is not None and created.booking.flights:
            return self._told(answer, created.booking, created.confirmation_id)
        return await self._made(created.confirmation_id)

    def _judge_created(self, answer: Answer, created: Created) -> None:
        errors = (*created.errors, *(created.booking.errors if created.booking else ()))
        error = faults.error(answer, errors)
        if error is not None and created.confirmation_id:
            raise _unknown("a PNR was made, and something of it failed", "create_pnr", error)
        if error is not None:
            raise error
        if not LOCATOR.fullmatch(created.confirmation_id):
            raise broken(answer, "no locator in it")

    async def _made(self, locator: str) -> Pnr:
        """It is made: not being able to read it is no reason to say anything else."""
        try:
            return await self.retrieve(locator)
        except VendorError as e:
            error = _unknown("made, and not yet to be read", "create_pnr", e)
        raise error

    async def find(self, key: str) -> Pnr | None:
        """Newest first: what is looked for was made a moment ago."""
        waiting = await self._queues.ours()
        locators = list(dict.fromkeys(w.locator for w in reversed(waiting)))[:LOOKED_AT]
        slots = asyncio.Semaphore(AT_ONCE)
        holding = await asyncio.gather(*(self._holds(one, key, slots) for one in locators))
        found = [
            await self._retrieve(locator, "find")
            for locator, holds in zip(locators, holding, strict=True)
            if holds
        ]
        live = [pnr for pnr in found if not pnr.cancelled]
        if len(live) > 1:
            raise BrokenContract(
                "several PNRs under one reference: cancel all but one",
                vendor=VENDOR,
                operation="find",
            )
        return next(iter(live or found), None)

    async def _holds(self, locator: str, key: str, slots: asyncio.Semaphore) -> bool:
        async with slots:
            try:
                _, held = await self._read(locator, "find", booking.remarks_query(locator))
            except Refused:  # gone since the queue was read
                return False
            return booking.holds(held, key)

    async def retrieve(self, locator: str) -> Pnr:
        return await self._retrieve(locator, "retrieve")

    async def _retrieve(self, locator: str, operation: str) -> Pnr:
        answer, held = await self._read(locator, operation)
        return self._told(answer, held, locator)

    async def _read(
        self, locator: str, operation: str, query: bytes | None = None
    ) -> tuple[Answer, Booking]:
        if not LOCATOR.fullmatch(locator):
            raise Refused("no locator", vendor=VENDOR, operation=operation)
        answer = await self._ask("getBooking", query or booking.query(locator), operation)
        held = decode(answer, Booking)
        self._judge(answer, held.errors)
        return answer, held

    async def ticket(self, locator: str) -> Sequence[Ticket]:
        answer, held = await self._read(locator, "ticket")
        pnr = self._told(answer, held, locator)
        if self._whole(pnr, held):
            return pnr.tickets
        if pnr.ticketed:
            raise OutcomeUnknown(
                "some of its tickets are issued: a person must look",
                vendor=VENDOR,
                operation="ticket",
            )
        fares = booking.active_fares(held)
        if pnr.cancelled or not fares:
            raise Refused("nothing to be ticketed", vendor=VENDOR, operation="ticket")
        content = change.fulfilment(locator, fares, self._config)
        try:
            await self._change("fulfillFlightTickets", content, "ticket", TICKET_S)
        except Refused as e:
            refused: VendorError = await self._unless_begun(locator, pnr, "ticket", e)
        else:
            return await self._issued(locator)
        raise refused

    async def _unless_begun(
        self, locator: str, before: Pnr, operation: str, refused: Refused
    ) -> VendorError:
        """The no to an order of several documents, if none of it was done: Sabre halts where it
        fails, and leaves done what came before."""
        try:
            after = await self._retrieve(locator, operation)
        except VendorError:
            return _unknown("refused, and not to be read", operation, refused)
        if _live(after) != _live(before):
            return _unknown("refused, and some of it was done", operation, refused)
        return refused

    async def _issued(self, locator: str) -> Sequence[Ticket]:
        try:
            answer, held = await self._read(locator, "ticket")
        except VendorError as e:
            raise _unknown("issued, and not yet to be read", "ticket", e) from None
        pnr = self._told(answer, held, locator)
        if not self._whole(pnr, held):
            raise OutcomeUnknown("not every ticket shows", vendor=VENDOR, operation="ticket")
        return pnr.tickets

    @staticmethod
    def _whole(pnr: Pnr, held: Booking) -> bool:
        ticketed = {t.passenger for t in pnr.tickets if t.live}
        return pnr.ticketed and ticketed >= set(range(1, len(held.travelers) + 1))

    async def void(self, locator: str) -> Pnr:
        pnr = await self._retrieve(locator, "void")
        numbers = sorted(_live(pnr))
        if not numbers:
            return pnr
        checked = (await self._checked(locator, "void")).tickets
        voidable = {t.number for t in checked if t.is_voidable}
        if not voidable >= set(numbers):
            raise Refused("the void window is over", vendor=VENDOR, operation="void")
        return await self._end("voidFlightTickets", change.voiding(numbers), locator, pnr, "void")

    async def _end(self, name: str, content: bytes, locator: str, pnr: Pnr, operation: str) -> Pnr:
        try:
            await self._change(name, content, operation)
        except Refused as e:
            refused: VendorError = await self._unless_begun(locator, pnr, operation, e)
        else:
            return await self._gone(locator, operation)
        raise refused

    async def quote(self, locator: str) -> RefundQuote | None:
        """None: the carrier has to be asked."""
        pnr = await self._retrieve(locator, "refund_quote")
        live = _live(pnr)
        if not live:
            raise Refused("no ticket to refund", vendor=VENDOR, operation="refund_quote")
        return await self._quoted(locator, live, "refund_quote")

    async def _quoted(self, locator: str, live: set[str], operation: str) -> RefundQuote | None:
        done = await self._checked(locator, operation)
        try:
            return change.quote([t for t in done.tickets if t.number in live])
        except (ValueError, ArithmeticError):
            error = BrokenContract(
                "its parts do not fit together", vendor=VENDOR, operation=operation
            )
        raise error

    async def refund(self, locator: str) -> Pnr:
        pnr = await self._retrieve(locator, "refund")
        numbers = sorted(_live(pnr))
        if not numbers:
            return pnr
        if await self._quoted(locator, set(numbers), "refund") is None:
            raise Refused("not to be refunded here", vendor=VENDOR, operation="refund")
        content = change.refunding(numbers)
        return await self._end("refundFlightTickets", content, locator, pnr, "refund")

    async def _gone(self, locator: str, operation: str) -> Pnr:
        try:
            pnr = await self._retrieve(locator, operation)
        except VendorError as e:
            raise _unknown("done, and not yet to be read", operation, e) from None
        if any(ticket.live for ticket in pnr.tickets):
            raise OutcomeUnknown("a ticket still stands", vendor=VENDOR, operation=operation)
        return pnr

    async def _checked(self, locator: str, operation: str) -> Done:
        answer = await self._ask("checkFlightTickets", change.checking(locator), operation)
        done = decode(answer, Done)
        self._judge(answer, done.errors)
        return done

    async def cancel(self, locator: str) -> Pnr:
        pnr = await self._retrieve(locator, "cancel")
        if pnr.cancelled:
            return pnr
        if any(ticket.live for ticket in pnr.tickets):
            raise Refused(
                "it has tickets: void or refund them first", vendor=VENDOR, operation="cancel"
            )
        try:
            await self._change("cancelBooking", change.cancelling(locator), "cancel")
        except Refused as refused:
            after = await self._retrieve(locator, "cancel")
            if not after.cancelled:
                raise refused from None
            return after
        return await self._cancelled(locator)

    async def _cancelled(self, locator: str) -> Pnr:
        try:
            pnr = await self._retrieve(locator, "cancel")
        except VendorError as e:
            raise _unknown("sent, and not yet to be read", "cancel", e) from None
        if not pnr.cancelled:
            raise OutcomeUnknown("answered, and not cancelled", vendor=VENDOR, operation="cancel")
        return pnr

    async def _change(
        self, name: str, content: bytes, operation: str, deadline_s: float = CHANGE_S
    ) -> None:
        answer = await self._order(name, content, operation, deadline_s)
        done = decode(answer, Done)
        self._judge(answer, (*done.errors, *done.warnings))

    async def _ask(self, name: str, content: bytes, operation: str) -> Answer:
        return await self._rest.post(
            f"{ORDERS}/{name}", content, operation=operation, deadline_s=READ_S
        )

    async def _order(self, name: str, content: bytes, operation: str, deadline_s: float) -> Answer:
        return await self._rest.post(
            f"{ORDERS}/{name}",
            content,
            operation=operation,
            repeatable=False,
            deadline_s=deadline_s,
        )

    @staticmethod
    def _judge(answer: Answer, errors: Sequence[Error]) -> None:
        error = faults.error(answer, errors)
        if error is not None:
            raise error

    def _told(self, answer: Answer, held: Booking, locator: str) -> Pnr:
        try:
            return booking.told(held, locator, self._zone)
        except (ValueError, LookupError, ArithmeticError, msgspec.MsgspecError):
            error = broken(answer, "its parts do not fit together")
        raise error


def _live(pnr: Pnr) -> set[str]:
    return {t.number for t in pnr.tickets if t.live}


def _unknown(words: str, operation: str, cause: VendorError) -> OutcomeUnknown:
    return OutcomeUnknown(
        words,
        vendor=VENDOR,
        operation=operation,
        vendor_code=cause.vendor_code,
        request_id=cause.request_id,
    )
