"""The calls. What they say and what comes back is `mapping`'s."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from adapters._kit.http import Answer, Budget, VendorHttp, broken, decode, open_client
from adapters._kit.wiring import Wiring
from adapters.hotelbeds.config import BASE_URL, HotelbedsConfig
from adapters.hotelbeds.mapping import (
    booking,
    change,
    check,
    faults,
    offers,
    order,
    search,
    wire,
)
from adapters.hotelbeds.probing import probe
from adapters.hotelbeds.signing import Signing
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.hotel import HotelCodes, HotelOffer, HotelSearch
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.money import Money
from ports.errors import BrokenContract, NotSupported, OutcomeUnknown, Refused, Unavailable
from ports.hotel_supplier import AmendOrder, BookingOrder
from ports.limiter import Rate
from ports.probe import Probe

VENDOR = "hotelbeds"
DEADLINE_S = 65.0  # they give a booking 60 s
CHECK_S = 20.0  # they give a check 15 s
READ_S = 30.0
PAGES = 20
DAY_S = 86_400.0

log = logging.getLogger(__name__)
W = TypeVar("W", wire.AvailabilityRS, wire.CheckRateRS, wire.BookingRS, wire.BookingListRS)
M = TypeVar("M")
T = TypeVar("T")


class HotelbedsHotelSupplier:
    def __init__(self, http: VendorHttp, config: HotelbedsConfig, wiring: Wiring) -> None:
        self._http = http
        self._config = config
        self._connection = wiring.connection
        self._clock = wiring.clock

    async def search(self, request: HotelSearch, *, deadline_s: float) -> Sequence[HotelOffer]:
        codes: Sequence[str] = ()
        if isinstance(request.destination, HotelCodes):
            codes = request.destination.codes.get(self._connection, ())
            if not codes:
                return ()
        language, market = self._config.language, self._config.source_market
        try:
            content = search.availability(request, codes, language=language, market=market)
        except ValueError as e:
            raise Refused(str(e), vendor=VENDOR, operation="search") from None
        answer = await self._send(
            "POST", "/hotels", "search", content=content, deadline_s=deadline_s
        )
        rs = _decoded(answer, wire.AvailabilityRS)
        found, unreadable = offers.offers(rs, request, self._connection, self._clock.now())
        if unreadable:
            log.warning("hotelbeds.hotels-unreadable", extra={"count": unreadable})
        if unreadable and not found:
            raise broken(answer, "no hotel of the answer can be read")
        return found

    async def check(self, offer: HotelOffer) -> HotelOffer | SoldOut | OfferExpired:
        """One rate key a call: several together fail together, and mixed kinds always."""
        found: list[check.Checked] = []
        ends = self._clock.monotonic() + READ_S
        for key in check.keys(offer):
            content = check.request(key, language=self._config.language)
            left = min(CHECK_S, ends - self._clock.monotonic())
            try:
                answer = await self._send(
                    "POST", "/checkrates", "check", content=content, deadline_s=left
                )
            except Refused as e:
                match faults.business(e.vendor_code):
                    case SoldOut() | OfferExpired() as known:
                        return known
                raise
            one = _built(answer, check.checked, _decoded(answer, wire.CheckRateRS))
            if one is None:
                return SoldOut()
            if one[2]:
                raise NotSupported(
                    "the hotel wants the guest's card, which is not sent from here",
                    vendor=VENDOR,
                    operation="check",
                )
            found.append(one)
        return _built(answer, partial(check.as_it_stands, offer, now=self._clock.now()), found)

    async def book(
        self, order_: BookingOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        content = order.booking(order_, key, language=self._config.language)
        try:
            answer = await self._send(
                "POST", "/bookings", "book", repeatable=False, content=content
            )
        except Refused as e:
            known = faults.business(e.vendor_code)
            if known is None:
                raise
            return known
        return self._ours(answer, key)

    async def find(self, key: str) -> SupplierBooking | None:
        listed: list[wire.Listed] = []
        for page in range(PAGES):
            query = booking.list_query(key, self._clock.now(), page)
            answer = await self._read("/bookings", "find", query)
            rs = _decoded(answer, wire.BookingListRS)
            rows = rs.bookings.bookings if rs.bookings else ()
            listed += booking.under(key, rows)
            if len(rows) < booking.PAGE:
                break
        else:
            raise broken(answer, "pages without end")
        one = _built(answer, booking.chosen, listed)
        if one is None:
            return None
        return self._ours(await self._detail(one.reference, "find"), key)

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        answer = await self._send(
            "DELETE",
            _path(supplier_reference),
            "cancellation_fee",
            params=booking.cancel_query(really=False),
        )
        return _built(answer, booking.fee, _booking(answer))

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        """What they say to a second cancellation is not documented: a refusal is looked into."""
        try:
            answer = await self._send(
                "DELETE",
                _path(supplier_reference),
                "cancel",
                repeatable=False,
                params=booking.cancel_query(really=True),
            )
        except Refused as refused:
            answer = await self._detail(supplier_reference, "cancel")
            told = self._told(answer)
            if told.state is not SupplierState.CANCELLED:
                raise refused from None
            return told
        cancelled = self._told(answer)
        if cancelled.state is not SupplierState.CANCELLED:
            raise OutcomeUnknown("answered, and not cancelled", vendor=VENDOR, operation="cancel")
        return cancelled

    async def amend(self, supplier_reference: str, order_: AmendOrder) -> SupplierBooking:
        detail = await self._detail(supplier_reference, "amend")
        _booking(detail)
        try:
            content = change.change(detail.body, order_, language=self._config.language)
        except change.NotAllowed as e:
            raise Refused(str(e), vendor=VENDOR, operation="amend") from None
        except ValueError:
            raise broken(detail, "unreadable booking") from None
        path = _path(supplier_reference)
        answer = await self._send("PUT", path, "amend", repeatable=False, content=content)
        return self._told(answer)

    async def probe(self) -> Probe:
        return await probe(self._http, self._clock)

    async def _detail(self, reference: str, operation: str) -> Answer:
        return await self._read(_path(reference), operation, {"language": self._config.language})

    async def _read(self, path: str, operation: str, query: dict[str, str]) -> Answer:
        """A question that is refused was asked wrongly: the booking itself was refused nothing."""
        try:
            return await self._send("GET", path, operation, params=query, deadline_s=READ_S)
        except Refused as e:
            error = BrokenContract(
                f"a question was refused: {e.message}",
                vendor=VENDOR,
                operation=operation,
                vendor_code=e.vendor_code,
                request_id=e.request_id,
            )
        raise error

    async def _send(
        self,
        method: str,
        path: str,
        operation: str,
        *,
        repeatable: bool = True,
        content: bytes | None = None,
        params: dict[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> Answer:
        if deadline_s <= 0:
            raise Unavailable("not sent: no time left", vendor=VENDOR, operation=operation)
        return await self._http.call(
            method,
            path,
            operation=operation,
            repeatable=repeatable,
            content=content,
            params=params,
            headers={"Content-Type": "application/json"} if content is not None else None,
            deadline_s=deadline_s,
        )

    def _ours(self, answer: Answer, key: str) -> SupplierBooking:
        told = self._told(answer)
        if told.vendor_reference != key:
            raise broken(answer, "another booking than the one that was asked for")
        return told

    def _told(self, answer: Answer) -> SupplierBooking:
        """Only an explicit yes is a yes; a status we do not know is not a no."""
        told = _built(answer, booking.told, _booking(answer))
        if told is None:
            raise OutcomeUnknown(
                "a status that is neither confirmed nor cancelled",
                vendor=VENDOR,
                operation=answer.operation,
                request_id=answer.request_id,
            )
        return told


def _path(reference: str) -> str:
    return f"/bookings/{quote(reference, safe='')}"


def _decoded(answer: Answer, type_: type[W]) -> W:
    rs = decode(answer, type_)
    if rs.error is not None:
        raise broken(answer, "an error under a good status")
    return rs


def _booking(answer: Answer) -> wire.Booking:
    found = _decoded(answer, wire.BookingRS).booking
    if found is None:
        raise broken(answer, "no booking in it")
    return found


def _built(answer: Answer, build: Callable[[M], T], message: M) -> T:
    """What *build* makes of a message that decoded; it may still contradict itself."""
    try:
        return build(message)
    except (ValueError, ArithmeticError):
        error = broken(answer, "its parts do not fit together")
    raise error


@asynccontextmanager
async def open_hotelbeds(
    config: HotelbedsConfig, wiring: Wiring
) -> AsyncIterator[HotelbedsHotelSupplier]:
    async with open_client(
        config.base_url or BASE_URL[wiring.environment],
        transport=wiring.transport,
        headers={"Accept": "application/json"},
        auth=Signing(config.api_key, config.secret, wiring.clock),
    ) as client:
        http = VendorHttp(
            client,
            vendor=VENDOR,
            clock=wiring.clock,
            deadline_s=DEADLINE_S,
            limiter=wiring.limiter,
            budgets=_budgets(config, wiring.budget),
            read_fault=faults.read_fault,
        )
        yield HotelbedsHotelSupplier(http, config, wiring)


def _budgets(config: HotelbedsConfig, account: str) -> tuple[Budget, ...]:
    """The day's first: it refuses for longest."""
    second = Budget(f"{account}:second", Rate(config.per_second, 1.0))
    if config.per_day is None:
        return (second,)
    return (Budget(f"{account}:day", Rate(config.per_day, DAY_S)), second)
