"""Channex's side, from its documentation: stateful, strict, and able to go wrong.

It shares nothing with the adapter: a misreading in one is caught by the other. A new booking
takes its rooms off at once, as they advise to set a property; what else changes is told by us.
"""

from __future__ import annotations

import hmac
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters._kit.simulator.control import CONTROL
from adapters._kit.simulator.faults import Fault, Faults, spoilt
from adapters._kit.simulator.web import (
    Receive,
    Request,
    Response,
    Send,
    answer,
    json_response,
    pause,
    read_request,
)
from adapters.channex.simulator import control, taking, telling
from adapters.channex.simulator.hotels import BY_ID, HOTELS, Property
from adapters.channex.simulator.ledger import Ledger
from adapters.channex.simulator.manner import Manner
from adapters.channex.simulator.reject import (
    Rejection,
    bad,
    not_found,
    too_many,
    unauthorised,
)
from adapters.channex.simulator.routes import (
    BEFORE,
    PREFIX,
    failed,
    query,
    refusal,
    route,
    said,
)
from adapters.channex.simulator.stock import Stock, stretch
from adapters.channex.simulator.wish import Wish, WishedRoom

__all__ = [
    "API_KEY",
    "HOTELS",
    "PREFIX",
    "Manner",
    "Rejection",
    "Simulator",
    "Wish",
    "WishedRoom",
]

API_KEY = "sandbox-channex-key-0000"
LARGEST = 10 * 1024 * 1024
PER_MINUTE = 10
READABLE = (
    "rate",
    "availability",
    "min_stay_arrival",
    "min_stay_through",
    "max_stay",
    "closed_to_arrival",
    "closed_to_departure",
    "stop_sell",
)


class Simulator:
    """One account. The application finds "/api/v1" and "/_control/" under any prefix.

    now: its own clock, by which the calls of a minute are counted; ahead_s is added to it.
    counts_off: see `Ledger`.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        counts_off: bool = True,
    ) -> None:
        self._api_key = api_key
        self._clock = now
        self._counts_off = counts_off
        self.reset()

    def reset(self) -> None:
        """Nothing held, no bookings, no faults, the clock right."""
        self.ahead_s = 0.0
        self.faults: Faults[Fault] = Faults()
        self.manner = Manner()
        self.calls: Counter[str] = Counter()
        self.stock = Stock()
        self.ledger = Ledger(self.stock, counts_off=self._counts_off)
        self._recent: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)

    def now(self) -> datetime:
        return self._clock() + timedelta(seconds=self.ahead_s)

    def today(self, hotel: Property) -> date:
        return self.now().astimezone(ZoneInfo(hotel.zone)).date()

    def free(self, room: str, day: date) -> int:
        return self.stock.rooms(room, day)

    def book(self, property_id: str, wish: Wish, *, force: bool = False) -> str:
        """A guest's booking at one of the channels; its id. Rejection: nothing is left."""
        return self.ledger.book(BY_ID[property_id], wish, self.now(), force=force)

    def modify(self, booking: str, wish: Wish) -> None:
        self.ledger.modify(booking, wish, self.now())

    def cancel(self, booking: str) -> None:
        self.ledger.cancel(booking, self.now())

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive, ("api", "_control"), largest=LARGEST)
        await answer(send, await self._serve(request))

    async def _serve(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return control.serve(self, request)
        operation, argument = route(request)
        self.calls[operation or "unknown"] += 1
        fault = self.faults.take(operation) if operation else None
        if fault is None:
            return self._reply(request, operation, argument)
        await pause(fault.delay_ms)
        if fault.kind in BEFORE:
            return refusal(fault)
        done = self._reply(request, operation, argument)
        return failed(fault) if fault.kind == "fail_after" else spoilt(done, fault)

    def _reply(self, request: Request, operation: str | None, argument: str) -> Response:
        try:
            given = request.headers.get("user-api-key", "")
            if not hmac.compare_digest(given.encode(), self._api_key.encode()):
                raise unauthorised()
            if operation is None:
                raise not_found()
            return json_response(200, self._done(operation, argument, request))
        except Rejection as r:
            return said(r)

    def _done(self, operation: str, argument: str, request: Request) -> Any:
        match operation:
            case "properties":
                return telling.property_options()
            case "property":
                if argument not in BY_ID:
                    raise not_found()
                return telling.property_(BY_ID[argument])
            case "room_types":
                return telling.page(telling.room_types(_asked(request)), query(request))
            case "rate_plans":
                return telling.page(telling.rate_plans(_asked(request)), query(request))
            case "plan_options":
                return telling.plan_options(_asked(request))
            case "feed":
                return self._feed(request)
            case "ack":
                if not self.ledger.acknowledge(argument):
                    raise not_found()
                return {"meta": {"message": "Success"}}
            case "availability" | "restrictions":
                return self._taken(operation, request)
        return {"data": self._held(operation, request)}

    def _taken(self, operation: str, request: Request) -> dict[str, Any]:
        values = taking.values(request.body, request.headers.get("content-type", ""))
        hotel = taking.the_property(values, lambda id: BY_ID.get(str(id)))
        self._count(hotel, operation)
        take = taking.availability if operation == "availability" else taking.restrictions
        warnings = []
        for place, value in enumerate(values):
            unpriced = value.get("rate_plan_id") in self.manner.unpriced
            if place in self.manner.refuse or (unpriced and {"rate", "rates"} & value.keys()):
                name = "availability" if operation == "availability" else _first(value)
                wrong = {name: ["is not taken today"]}
            else:
                wrong = take(value, hotel, self.stock, self.today(hotel))
            if wrong:
                warnings.append(taking.warning(value, wrong))
        if self.manner.strange:
            other = {**values[0], "date_from": "2001-01-01", "date_to": "2001-01-01"}
            warnings.append(taking.warning(other, {"date_from": ["is invalid"]}))
        none = len(warnings) >= len(values)
        data = [] if none else [{"id": str(uuid.uuid4()), "type": "task"}]
        return {"data": data, "meta": {"message": "Success", "warnings": warnings}}

    def _held(self, operation: str, request: Request) -> dict[str, Any]:
        asked = query(request)
        hotel = BY_ID.get(asked.get("filter[property_id]", ""))
        if hotel is None:
            raise bad("property_id is required")
        self._count(hotel, operation.removesuffix("_held"))
        try:
            first = date.fromisoformat(asked["filter[date][gte]"])
            days = stretch(first, date.fromisoformat(asked["filter[date][lte]"]))
        except (KeyError, ValueError):
            raise bad("date is required") from None
        if operation == "availability_held":
            return self.stock.told_availability(hotel, days)
        wanted = asked.get("filter[restrictions]", "").split(",")
        if not set(wanted) <= set(READABLE):
            raise bad("restrictions is required")
        return self.stock.told_restrictions(hotel, days, wanted)

    def _feed(self, request: Request) -> dict[str, Any]:
        asked = [id for id in query(request).get("filter[property_id]", "").split(",") if id]
        rows = self.ledger.waiting(asked)
        if query(request).get("order[inserted_at]") != "asc":
            rows = rows[::-1]
        if self.manner.disorder:
            rows = rows[::-1]
        if self.manner.repeat:
            rows = [one for row in rows for one in (row, row)]
        pages = query(request)
        if not self.manner.pages:
            pages.pop("pagination[page]", None)
        return telling.page(rows, pages)

    def _count(self, hotel: Property, address: str) -> None:
        """Ten within any minute, for each property and address; reading is counted too."""
        now, recent = self.now(), self._recent[hotel.id, address]
        while recent and (now - recent[0]).total_seconds() >= 60:
            recent.popleft()
        if len(recent) >= PER_MINUTE:
            raise too_many()
        recent.append(now)


def _first(value: dict[str, Any]) -> str:
    """The first field that says anything."""
    return next((name for name in value if name in taking.NUMBERS or name in taking.FLAGS), "rate")


def _asked(request: Request) -> list[Property]:
    wanted = query(request).get("filter[property_id]", "")
    return [hotel for hotel in HOTELS if not wanted or hotel.id in wanted.split(",")]
