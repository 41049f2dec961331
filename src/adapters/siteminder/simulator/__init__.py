"""SiteMinder's side of the wire: stateful, strict, and able to go wrong.

It shares nothing with the adapter: a misreading in one is caught by the other. One PMS with two
hotels, each told its availability, rates and restrictions by day, and reservations of the channels
behind it, which are told until they are confirmed. A message is taken whole or not at all.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec

from adapters._kit.simulator.control import CONTROL, steps, turn_faults
from adapters._kit.simulator.own_faults import AFTER, OwnFaults, answer_spoilt, answer_undone
from adapters._kit.simulator.web import (
    XML,
    Receive,
    Request,
    Response,
    Send,
    answer,
    json_response,
    pause,
    read_request,
    text_response,
    xml_response,
)
from adapters.siteminder.simulator import bookings, reading, stock
from adapters.siteminder.simulator.bookings import Booking, Bookings, Room
from adapters.siteminder.simulator.faults import BEFORE, Fault, Kind
from adapters.siteminder.simulator.reading import ENV, OTA, Call, all_of, needed, one_of
from adapters.siteminder.simulator.reject import Error, SoapFault, business
from adapters.siteminder.simulator.stock import Hotel, Stock

__all__ = [
    "CONFIG",
    "HOTEL",
    "NAMES",
    "OTHER_HOTEL",
    "PASSWORD",
    "Booking",
    "Fault",
    "Kind",
    "Room",
    "Simulator",
    "hotels",
]

PMS = "SERAI"
USERNAME = "serai"
PASSWORD = "sandbox-Password0"  # noqa: S105
HOTEL, OTHER_HOTEL = "MAKKAH1", "MADINAH1"
CONFIG = {"requestor_id": PMS, "username": USERNAME, "password": PASSWORD}
SOAP, REST = "/webservices/", "/core-api/"
ROOTS = ("webservices", "core-api", "_control")
LARGEST = 4_000_000
NAMES = {"DLX": "Deluxe Haram View", "QUAD": "Quad", "BAR": "Best available", "NRF": "No refund"}


def hotels() -> tuple[Hotel, ...]:
    return (
        Hotel(HOTEL, "IDR", {"DLX": ("BAR", "NRF"), "QUAD": ("BAR",)}, {}, {}, {}),
        Hotel(OTHER_HOTEL, "SAR", {"DLX": ("BAR",)}, {}, {}, {}),
    )


class Simulator:
    """One PMS at SiteMinder. The application finds /webservices, /core-api and /_control under
    any prefix.

    by_occupancy: how its prices are set up. overlaps: requests of a hotel that came before the
    one before was answered, which nobody may send.
    """

    def __init__(
        self,
        *,
        by_occupancy: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._now = now
        self._by_occupancy = by_occupancy
        self._busy: set[str] = set()
        self._echoes: dict[str, int] = {}
        self.faults = OwnFaults(Kind)
        self.calls: Counter[str] = Counter()
        self.overlaps = 0
        self.stock = Stock(hotels(), by_occupancy=by_occupancy)
        self.bookings = Bookings(now)

    def reset(self) -> None:
        """Nothing told, no reservations, no faults."""
        self.faults.clear()
        self.calls.clear()
        self.overlaps = 0
        self._echoes.clear()
        self.stock = Stock(hotels(), by_occupancy=self._by_occupancy)
        self.bookings = Bookings(self._now)

    def reserve(self, booking: Booking) -> str:
        """A guest books at a channel: told until confirmed, and taken off at once."""
        reference = self.bookings.make(booking)
        hotel = self.stock.hotels.get(booking.hotel)
        if hotel is not None:
            for room in booking.rooms:
                self.stock.booked(hotel, room.room, room.nights)
        return reference

    @property
    def asgi(self) -> Simulator:
        return self

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive, ROOTS, largest=LARGEST)
        if request.path.startswith(CONTROL):
            await answer(send, self._control(request))
            return
        await pause(self.faults.delay_ms)
        if request.path.startswith(REST):
            await self._rooms(request, send)
        else:
            await self._soap(request, send)

    # ------------------------------------------------------------ SOAP

    async def _soap(self, request: Request, send: Send) -> None:
        headers = request.headers
        try:
            if request.method != "POST" or request.path != SOAP + PMS:
                raise SoapFault("Client", "No such endpoint")
            call = reading.read_call(
                request.body, headers.get("content-type", ""), headers.get("soapaction", "")
            )
        except SoapFault as e:
            self.calls["unknown"] += 1
            await answer(send, faulted(e))
            return
        fault = self._counted(call.operation)
        hotel = _hotel_of(call)
        if hotel in self._busy:
            self.overlaps += 1
            await answer(send, faulted(SoapFault("Server", "One request at a time for a hotel")))
            return
        self._busy |= {hotel} - {""}
        try:
            await self._turn(call, request, fault, send)
        finally:
            self._busy.discard(hotel)

    async def _turn(self, call: Call, request: Request, fault: Fault | None, send: Send) -> None:
        if fault is not None and fault.kind in BEFORE:
            await answer_undone(send, fault, partial(_refusal, call))
            return
        try:
            reply = self._answered(call, request.body, fault)
        except Error as e:
            reply = answered(call, _errors(e))
        if fault is not None and fault.kind in AFTER:
            await _spoilt(send, reply, fault)
        else:
            await answer(send, reply.packed_for(request))

    def _answered(self, call: Call, raw: bytes, fault: Fault | None) -> Response:
        if (call.username, call.password) != (USERNAME, PASSWORD):
            raise Error("6", "497", "Invalid Username and/or Password")
        reading.check_shape(call.message, PMS)
        if self._echoes.setdefault(call.echo, hash(raw)) != hash(raw):
            raise business("EchoToken must be unique")
        inside = self._done(call, fault)
        warning = '<Warnings><Warning Type="3" Code="367">Simulated</Warning></Warnings>'
        warned = warning if fault is not None and fault.kind is Kind.WARNED else ""
        other = fault is not None and fault.kind is Kind.OTHERS
        return answered(call, f"<Success/>{warned}{inside}", echo="another" if other else None)

    def _done(self, call: Call, fault: Fault | None) -> str:
        today = self._now().date()
        match call.operation:
            case "avail":
                self.stock.availability(call.message, today)
            case "rates":
                self.stock.rates(call.message, today)
            case "read":
                return self._told(call.message, fault)
            case _:
                self._confirmed(call.message)
        return ""

    def _told(self, message: Any, fault: Fault | None) -> str:
        asked = one_of(message, "ReadRequests", "HotelReadRequest")
        if needed(one_of(asked, "SelectionCriteria"), "SelectionType") != "Undelivered":
            raise business("SelectionType must be Undelivered")
        code = asked.get("HotelCode")
        if code is not None:
            self.stock.hotel(code)
        waiting = self.bookings.waiting(code)
        if fault is not None and fault.kind is Kind.SHUFFLED:
            waiting = waiting[::-1]
        if fault is not None and fault.kind is Kind.TWICE:
            waiting = [m for m in waiting for _ in range(2)]
        inside = "".join(bookings.written(m) for m in waiting)
        return f"<ReservationsList>{inside}</ReservationsList>"

    def _confirmed(self, message: Any) -> None:
        one_of(message, "Success")
        path = ("NotifDetails", "HotelNotifReport", "HotelReservations", "HotelReservation")
        for one in all_of(message, *path):
            id = one_of(one, "UniqueID")
            ours = one_of(one, "ResGlobalInfo", "HotelReservationIDs", "HotelReservationID")
            if id.get("Type") != "16" or ours.get("ResID_Type") != "14":
                raise business("UniqueID must be of Type 16, ResID_Type 14")
            self.bookings.confirm(
                needed(id, "ID"), needed(one, "ResStatus"), needed(ours, "ResID_Value")
            )

    def _counted(self, operation: str) -> Fault | None:
        self.calls[operation] += 1
        return self.faults.take(operation)

    # ------------------------------------------------------------ REST

    async def _rooms(self, request: Request, send: Send) -> None:
        fault = self._counted("rooms")
        parts = request.path.removeprefix(REST).strip("/").split("/")
        basic = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if fault is not None and fault.kind is Kind.RATE_LIMITED:
            reply = json_response(429, {"message": "simulated"}, _after(fault))
        elif request.headers.get("authorization") != f"Basic {basic}" or (
            fault is not None and fault.kind is Kind.UNAUTHORISED
        ):
            reply = json_response(401, {"message": "Unauthorized"})
        elif fault is not None and fault.kind in BEFORE:
            reply = json_response(503, {"message": "simulated"})
        elif len(parts) != 5 or parts[:2] != ["pmses", PMS] or parts[4] != "room-rates":
            reply = json_response(404, {"message": "Not found"})
        else:
            hotel = self.stock.hotels.get(parts[3])
            reply = (
                json_response(404, {"message": "Not found"})
                if hotel is None
                else json_response(200, _mapped(hotel))
            )
        if fault is not None and fault.kind in AFTER:
            await _spoilt(send, reply, fault)
        else:
            await answer(send, reply)

    # ------------------------------------------------------------ control

    def _control(self, request: Request) -> Response:
        """Faults, delay, stock and reservations; see docs/adapters/siteminder.md."""
        try:
            return self._controlled(request)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as e:
            return json_response(400, {"error": str(e)})

    def _controlled(self, request: Request) -> Response:
        match request.method, *steps(request):
            case "GET", "faults":
                return json_response(200, self.faults.left)
            case "POST" | "DELETE", "faults":
                turn_faults(self.faults, Fault, request)
            case "PUT", "delay_ms":
                self.faults.delay_ms = max(0.0, float(request.body or b"0"))
            case "POST", "reset":
                self.reset()
            case "POST", "reservations":
                booking = msgspec.json.decode(request.body, type=Booking)
                return json_response(201, {"reference": self.reserve(booking)})
            case "PUT", "reservations", reference:
                booking = msgspec.json.decode(request.body, type=Booking)
                self.bookings.modify(reference, booking)
            case "DELETE", "reservations", reference:
                self.bookings.cancel(reference)
            case "POST", "reservations", reference, "again":
                self.bookings.tell_again(reference)
            case "GET", "reservations":
                return json_response(200, list(self.bookings.messages.values()))
            case "GET", "stock", hotel:
                return json_response(200, stock.shown(self.stock.hotels[hotel]))
            case "GET", "calls":
                return json_response(200, {**self.calls, "overlaps": self.overlaps})
            case _:
                return json_response(404, {"error": "no such control"})
        return Response(204, b"")


def _hotel_of(call: Call) -> str:
    for path in (
        ("AvailStatusMessages",),
        ("RateAmountMessages",),
        ("ReadRequests", "HotelReadRequest"),
    ):
        for found in all_of(call.message, *path):
            return str(found.get("HotelCode") or "")
    return ""


def _mapped(hotel: Hotel) -> list[dict[str, Any]]:
    return [
        {
            "ratePlanName": NAMES[plan],
            "ratePlanCode": plan,
            "roomTypeName": NAMES[room],
            "roomTypeCode": room,
            "includedAdultOccupancy": 2,
        }
        for room, plans in hotel.rooms.items()
        for plan in plans
    ]


def _after(fault: Fault) -> dict[str, str]:
    return {"retry-after": f"{fault.value:g}"}


def _refusal(call: Call, fault: Fault) -> Response:
    match fault.kind:
        case Kind.UNAUTHORISED:
            return answered(call, _errors(Error("6", "497", "Invalid Username and/or Password")))
        case Kind.RATE_LIMITED:
            return text_response(429, "Too Many Requests", _after(fault))
        case Kind.AWAY:
            return text_response(503, "Service Unavailable")
        case Kind.BUSY:
            return answered(call, _errors(Error("12", "450", "Unable to process")))
        case Kind.UNKNOWN_ERROR:
            return answered(call, _errors(Error("99", "999", "Nobody lists this")))
        case Kind.NAMELESS:
            return answered(call, _errors(business("The request is invalid")))
        case Kind.FAULT:
            return faulted(SoapFault("Server", "Simulated"))
    return xml_response(500, "<html>Internal Server Error</html>")


def _errors(error: Error) -> str:
    code = f' Code="{error.code}"' if error.code else ""
    return f'<Errors><Error Type="{error.type}"{code}>{escape(error.words)}</Error></Errors>'


async def _spoilt(send: Send, reply: Response, fault: Fault) -> None:
    soap_side = reply.headers["content-type"] == XML
    wrong = b"<a><b>7</b></a>" if soap_side else b'[{"roomTypeCode": 7}]'
    await answer_spoilt(send, reply, fault, wrong_type=wrong, failed=reply)


def answered(call: Call, inside: str, *, echo: str | None = None) -> Response:
    """An envelope as they write it, with an empty header and their own prefix."""
    name = "OTA_ResRetrieveRS" if call.operation == "read" else call.name.replace("RQ", "RS")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    echoed = quoteattr(call.echo if echo is None else echo)
    whole = (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ENV}"><SOAP-ENV:Header/><SOAP-ENV:Body>'
        f'<{name} xmlns="{OTA}" Version="1.0" TimeStamp="{now}" EchoToken={echoed}>{inside}</{name}>'
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return xml_response(200, whole)


def faulted(fault: SoapFault) -> Response:
    whole = (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ENV}"><SOAP-ENV:Header/><SOAP-ENV:Body>'
        f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:{fault.code}</faultcode>"
        f"<faultstring>{escape(fault.words)}</faultstring></SOAP-ENV:Fault>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return xml_response(500, whole)
