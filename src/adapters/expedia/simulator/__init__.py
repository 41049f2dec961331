"""Expedia QuickConnect's side, from its documentation: stateful, strict, and able to go wrong.

It shares nothing with the adapter but the schemas in contracts/expedia, which are tested against
Expedia's own. It counts its own bookings off and back, and tells their states one after the other.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters._kit.simulator.control import CONTROL
from adapters._kit.simulator.faults import Fault, Faults, proxy_page, spoilt
from adapters._kit.simulator.web import (
    Receive,
    Request,
    Response,
    Send,
    answer,
    pause,
    read_request,
)
from adapters._kit.xml import Element, local
from adapters.expedia.simulator import control, taking, telling
from adapters.expedia.simulator.bookings import (
    PENDING,
    RETRIEVED,
    Bookings,
    Wish,
    checked_time,
)
from adapters.expedia.simulator.hotels import BY_ID, HOTELS, Hotel, Plan
from adapters.expedia.simulator.manner import Manner
from adapters.expedia.simulator.stock import Stock
from adapters.expedia.simulator.xml import (
    Schemas,
    Wrong,
    add,
    encoded,
    wrong,
)
from adapters.expedia.simulator.xml import (
    answer as answered,
)

__all__ = ["CONFIG", "HOTELS", "PREFIX", "Manner", "Plan", "Simulator", "Wish"]

CONFIG = {"username": "EQCsandbox", "password": "sandbox-password-0"}
PREFIX = "/eqc"
LARGEST = 4 * 1024 * 1024
MOST_CONFIRMED = 10
_XML = {"content-type": "text/xml; charset=utf-8"}


class Simulator:
    """One account with two hotels. The application finds "/eqc" and "/_control/" under any prefix.

    now: its own clock; ahead_s is added to it. overlaps: how often two messages of one hotel were
    under way at once, which it turns away.
    """

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = now
        self._schemas = Schemas()
        self.reset()

    def reset(self) -> None:
        """Nothing loaded, no bookings, no faults, the clock right."""
        self.ahead_s = 0.0
        self.faults: Faults[Fault] = Faults()
        self.manner = Manner()
        self.calls: Counter[str] = Counter()
        self.stock = Stock()
        self.bookings = Bookings(self.stock)
        self.overlaps = 0
        self._busy: set[str] = set()

    def now(self) -> datetime:
        return self._clock() + timedelta(seconds=self.ahead_s)

    def today(self, hotel: Hotel) -> date:
        return self.now().astimezone(ZoneInfo(hotel.zone)).date()

    def free(self, room: str, day: date) -> int:
        return self.stock.rooms(room, day)

    def book(self, hotel: str, wish: Wish, *, force: bool = False) -> str:
        """A guest's booking; its id. LookupError: nothing is left."""
        return self.bookings.book(BY_ID[hotel], wish, self.now(), force=force)

    def modify(self, booking: str, wish: Wish) -> None:
        self.bookings.modify(booking, wish, self.now())

    def cancel(self, booking: str) -> None:
        self.bookings.cancel(booking, self.now())

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive, ("eqc", "_control"), largest=LARGEST)
        await answer(send, await self._serve(request))

    async def _serve(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return control.serve(self, request)
        operation = request.path.removeprefix(f"{PREFIX}/")
        if request.method != "POST" or operation not in ("ar", "br", "bc", "parr"):
            return Response(404, b"not found", {"content-type": "text/plain"})
        self.calls[operation] += 1
        fault = self.faults.take(operation)
        if fault is not None:
            refused = await self._before(operation, fault)
            if refused is not None:
                return refused
        done = Response(200, await self._answer(operation, request, fault), _XML)
        if fault is None:
            return done
        return _failed(fault) if fault.kind == "fail_after" else spoilt(done, fault)

    async def _before(self, operation: str, fault: Fault) -> Response | None:
        """The answer that *fault* gives instead of doing anything; None: it comes after."""
        match fault.kind:
            case "unauthorized" | "forbidden":
                error = Wrong(1001, "Authentication error: invalid username or password.")
                return Response(200, wrong(operation, error), _XML)
            case "rate_limit":  # not theirs: of something before them
                headers = {"retry-after": str(fault.retry_after)}
                return Response(429, b"slow down", {**headers, "content-type": "text/plain"})
            case "proxy":
                return proxy_page(fault)
            case "fail_before" | "conflict":
                return _failed(fault)
        return None

    async def _answer(self, operation: str, request: Request, fault: Fault | None) -> bytes:
        hotel = ""
        try:
            root = self._schemas.read(operation, request.body)
            self._authorise(root)
            if self.manner.error:
                raise Wrong(self.manner.error, "As it was told to.")
            hotel = self._hotel(root)
            if hotel in self._busy:
                self.overlaps += 1
                raise Wrong(3210, "Communication error: exceed max number of connections (1).")
            self._busy.add(hotel)
            try:
                await pause(fault.delay_ms if fault else 0)
                await asyncio.sleep(0)
                return encoded(self._done(operation, root, hotel, len(request.body)))
            finally:
                self._busy.discard(hotel)
        except Wrong as w:
            return wrong(operation, w)

    def _authorise(self, root: Element) -> None:
        given = _one(root, "Authentication")
        right = [
            hmac.compare_digest((given.get(name) or "").encode(), CONFIG[name].encode())
            for name in ("username", "password")
        ]
        if not all(right):
            raise Wrong(1001, "Authentication error: invalid username or password.")

    def _hotel(self, root: Element) -> str:
        """Its id; "" where all are meant."""
        asked = [one for one in root if local(one) == "Hotel"]
        if not asked:
            return ""
        id = str(asked[0].get("id"))
        if id not in BY_ID:
            raise Wrong(
                3202,
                "Hotel ID not found. You either specified an invalid hotel ID or your account is"
                " not linked to this hotel.",
            )
        return id

    def _done(self, operation: str, root: Element, hotel: str, size: int) -> Element:
        match operation:
            case "ar":
                return self._update(root, BY_ID[hotel], size)
            case "br":
                return self._retrieve(root, hotel)
            case "bc":
                return self._confirm(root, hotel)
        wanted = _one(root, "ParamSet")[0]
        if local(wanted) == "ProductRetrieval":
            return telling.products(BY_ID[hotel])
        first, last = (date.fromisoformat(wanted.get(name)) for name in ("from", "to"))
        return telling.loaded(BY_ID[hotel], self.stock, first, last)

    def _update(self, root: Element, hotel: Hotel, size: int) -> Element:
        warned = taking.take(root, size, hotel, self.stock, self.today(hotel))
        rs = answered("ar")
        success = add(rs, "Success")
        for code, words in [*warned, *([self.manner.warn] if self.manner.warn else [])]:
            add(success, "Warning", words, code=str(code))
        return rs

    def _retrieve(self, root: Element, hotel: str) -> Element:
        states = [one.get("value") for one in root.iter() if local(one) == "Status"]
        found = self.bookings.waiting(hotel, states or [PENDING])
        rs = telling.bookings(found, repeat=self.manner.repeat)
        for one in found:
            if one.current.state == PENDING:
                one.current.state = RETRIEVED
        return rs

    def _confirm(self, root: Element, hotel: str) -> Element:
        numbers = list(_one(root, "BookingConfirmNumbers"))
        if len(numbers) > MOST_CONFIRMED:
            raise Wrong(3301, "Update refused. No more than 10 confirmation numbers.")
        rs = answered("bc")
        success = add(rs, "Success")
        for one in numbers:
            id, type_, number = (one.get(n) for n in ("bookingID", "bookingType", "confirmNumber"))
            known = self.bookings.all.get(id)
            if known is not None:
                checked_time(one.get("confirmTime"), known.states[0].at, self.now())
            warned = self.bookings.confirm(hotel, id, type_, number)
            if warned is not None:
                names = {"bookingID": id, "bookingType": type_, "confirmNumber": number}
                add(success, "Warning", warned[1], code=str(warned[0]), **names)
        return rs


def _one(root: Element, name: str) -> Element:
    return next(one for one in root if local(one) == name)


def _failed(fault: Fault) -> Response:
    return Response(fault.status, b"Internal error", {"content-type": "text/plain"})
