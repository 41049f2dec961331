"""Each call of OCTO once: where it goes, how long it may take, whether it may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import msgspec

from adapters._kit.http import Answer, VendorHttp, broken, decode
from adapters.octo.mapping import booking, faults, ids, order, wire
from core.domain.bookings.activity import ActivityOffer
from ports.activity_supplier import ActivityOrder
from ports.errors import BrokenContract, NotSupported, OutcomeUnknown, Refused, Unavailable

VENDOR = "octo"
READ_S = 20.0
HOLD_S = 20.0
CONFIRM_S = 30.0
RELEASE_S = 8.0
CANCEL_S = 30.0
ASKED_FOR = f"{wire.PRICING}, {wire.CONTENT}"
T = TypeVar("T")
M = TypeVar("M")


class Told(msgspec.Struct, frozen=True):
    """A booking, and the answer it stood in."""

    booking: wire.Booking
    answer: Answer

    @property
    def has_prices(self) -> bool:
        return wire.PRICING in granted(self.answer)


class Calls:
    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    async def products(self) -> tuple[Answer, tuple[msgspec.Raw, ...]]:
        """One by one, so that an unreadable one costs only itself."""
        answer = await self._get("/products/", "search")
        need_prices(answer)
        return answer, decode(answer, tuple[msgspec.Raw, ...])

    async def product(self, offer: ActivityOffer) -> wire.Product | None:
        """None: they no longer have it."""
        path = f"/products/{quote(offer.product.code, safe='')}"
        try:
            answer = await self._send("GET", path, "check", deadline_s=READ_S)
        except Refused as e:
            if faults.is_gone(e.vendor_code):
                return None
            raise
        need_prices(answer)
        return decode(answer, wire.Product)

    async def availability(
        self, content: bytes, operation: str, deadline_s: float
    ) -> tuple[Answer, tuple[msgspec.Raw, ...]]:
        answer = await self._send(
            "POST", "/availability/", operation, content=content, deadline_s=deadline_s
        )
        need_prices(answer)
        return answer, decode(answer, tuple[msgspec.Raw, ...])

    async def hold(self, order_: ActivityOrder, key: str) -> Told:
        """Repeated freely: the uuid in it makes two of them one, and a hold ends by itself."""
        content = order.hold(order_, key)
        answer = await self._send("POST", "/bookings/", "book", content=content, deadline_s=HOLD_S)
        return _ours(answer, key)

    async def confirm(self, order_: ActivityOrder, key: str, deadline_s: float) -> Told:
        answer = await self._send(
            "POST",
            f"/bookings/{ids.booking(key)}/confirm",
            "book",
            repeatable=False,
            content=order.confirm(order_, key),
            deadline_s=min(CONFIRM_S, deadline_s),
        )
        return _ours(answer, key)

    async def release(self, key: str) -> None:
        path = f"/bookings/{ids.booking(key)}/cancel"
        content = order.cancel(order.RELEASED)
        await self._send("POST", path, "book", content=content, deadline_s=RELEASE_S)

    async def extend(self, key: str, minutes: int) -> Told:
        """Twice is once: the end is counted from now, not from the last end."""
        path = f"/bookings/{ids.booking(key)}/extend"
        answer = await self._send(
            "POST", path, "extend", content=order.extend(minutes), deadline_s=READ_S
        )
        return _ours(answer, key)

    async def cancel(self, uuid: str) -> Told:
        answer = await self._send(
            "POST",
            f"/bookings/{uuid}/cancel",
            "cancel",
            repeatable=False,
            content=order.cancel("Cancelled by the agency"),
            deadline_s=CANCEL_S,
        )
        return _of(answer, uuid)

    async def booking(self, uuid: str, operation: str, deadline_s: float = READ_S) -> Told | None:
        """None: they know no such booking."""
        try:
            answer = await self._send("GET", f"/bookings/{uuid}", operation, deadline_s=deadline_s)
        except Refused as e:
            if e.vendor_code == faults.NO_SUCH_BOOKING:
                return None
            refused = e
        else:
            return _of(answer, uuid)
        raise _misasked(refused)

    async def listed(
        self, supplier_reference: str, operation: str
    ) -> tuple[Answer, tuple[wire.Booking, ...]]:
        query = booking.list_query(supplier_reference)
        answer = await self._get("/bookings/", operation, query)
        return answer, decode(answer, tuple[wire.Booking, ...])

    async def _get(self, path: str, operation: str, query: dict[str, str] | None = None) -> Answer:
        try:
            return await self._send("GET", path, operation, params=query, deadline_s=READ_S)
        except Refused as e:
            refused = e
        raise _misasked(refused)

    async def _send(
        self,
        method: str,
        path: str,
        operation: str,
        *,
        deadline_s: float,
        repeatable: bool = True,
        content: bytes | None = None,
        params: dict[str, str] | None = None,
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


def granted(answer: Answer) -> frozenset[str]:
    """The capabilities that this answer has."""
    return frozenset(c.strip() for c in answer.headers.get("octo-capabilities", "").split(","))


def need_prices(answer: Answer) -> None:
    if wire.PRICING not in granted(answer):
        raise without_prices(answer.operation, answer.request_id)


def without_prices(operation: str, request_id: str | None) -> NotSupported:
    return NotSupported(
        "the supplier does not grant octo/pricing to this key: without prices nothing can be sold",
        vendor=VENDOR,
        operation=operation,
        request_id=request_id,
    )


def built(answer: Answer, build: Callable[[M], T], message: M) -> T:
    """What *build* makes of a message that decoded; it may still contradict itself."""
    try:
        return build(message)
    except (ValueError, ArithmeticError):
        error = broken(answer, "its parts do not fit together")
    raise error


def unclear(answer: Answer, message: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        message, vendor=VENDOR, operation=answer.operation, request_id=answer.request_id
    )


def _ours(answer: Answer, key: str) -> Told:
    return _of(answer, ids.booking(key))


def _of(answer: Answer, uuid: str) -> Told:
    found = decode(answer, wire.Booking)
    if not ids.same(found.uuid, uuid):
        raise broken(answer, "another booking than the one that was asked for")
    return Told(found, answer)


def _misasked(refused: Refused) -> BrokenContract:
    """A question that is refused was asked wrongly: the booking itself was refused nothing."""
    return BrokenContract(
        f"a question was refused: {refused.message}",
        vendor=VENDOR,
        operation=refused.operation,
        vendor_code=refused.vendor_code,
        request_id=refused.request_id,
    )
