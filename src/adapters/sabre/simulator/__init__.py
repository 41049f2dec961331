"""Sabre's side of the wire: stateful, strict, and able to go wrong.

It shares nothing with the adapter: a misreading in one is caught by the other. Flights, fares and
locators are invented. Like the real one it takes no key: two bookings are two PNRs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

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
from adapters.sabre.simulator import orders, shopping, soap
from adapters.sabre.simulator.access import Access, Login
from adapters.sabre.simulator.faults import BEFORE, Fault, Kind
from adapters.sabre.simulator.ledger import Ledger
from adapters.sabre.simulator.reading import Fields, parse
from adapters.sabre.simulator.reject import Errors, Gateway, SoapFault

__all__ = ["CONFIG", "PASSWORD", "Fault", "Kind", "Simulator"]

PCC = "AB12"
EPR = "500100"
PASSWORD = "sandbox0"  # noqa: S105
QUEUE = 100
ZONE = "Asia/Jakarta"
CONFIG: dict[str, str | int] = {
    "pcc": PCC,
    "epr": EPR,
    "password": PASSWORD,
    "timezone": ZONE,
    "queue": QUEUE,
}
HUGE = 21 * 1024 * 1024
REST, SOAP = "/rest/", "/soap/"
ROUTES = {
    "v5/offers/shop": "shop",
    "v4/offers/shop": "shop",
    "v5/shop/flights/revalidate": "revalidate",
    "v1/trip/orders/createBooking": "create",
    "v1/trip/orders/getBooking": "get",
    "v1/trip/orders/fulfillFlightTickets": "fulfil",
    "v1/trip/orders/checkFlightTickets": "check",
    "v1/trip/orders/voidFlightTickets": "void",
    "v1/trip/orders/refundFlightTickets": "refund",
    "v1/trip/orders/cancelBooking": "cancel",
}


class Simulator:
    """One agency at the vendor. The application finds /rest, /soap and /_control under any prefix.

    now: its own clock, which `ahead` puts forward.
    """

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = now
        self.ahead = timedelta()
        self.faults = OwnFaults(Kind)
        self.calls: Counter[str] = Counter()
        self.access = Access(Login(EPR, PASSWORD, PCC, "DEFAULT"), self._now)
        self.ledger = Ledger(self._now, ZoneInfo(ZONE), PCC)

    def reset(self) -> None:
        """No PNRs, tokens, sessions, faults; its clock right."""
        self.ahead = timedelta()
        self.faults.clear()
        self.calls.clear()
        self.access = Access(Login(EPR, PASSWORD, PCC, "DEFAULT"), self._now)
        self.ledger = Ledger(self._now, ZoneInfo(ZONE), PCC)

    def pnrs(self, remark: str | None = None) -> list[str]:
        """Locators, oldest first; those that hold *remark* somewhere."""
        return [
            locator
            for locator, held in self.ledger.pnrs.items()
            if remark is None or any(remark in r["text"] for r in held.booking["remarks"])
        ]

    @property
    def asgi(self) -> Simulator:
        return self

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive, ("rest", "soap", "_control"))
        if request.path.startswith(CONTROL):
            await answer(send, self._control(request))
            return
        await pause(self.faults.delay_ms)
        if f"{request.path}/".startswith(SOAP):
            await self._soap(request, send)
        else:
            await self._rest(request, send)

    def _now(self) -> datetime:
        return self._clock() + self.ahead

    async def _rest(self, request: Request, send: Send) -> None:
        operation = ROUTES.get(request.path.removeprefix(REST))
        fault = self._counted(operation)
        if fault is not None and fault.kind in BEFORE:
            await self._before(fault, send, soap_side=False)
            return
        await self._after(fault, self._rest_reply(request, operation, fault), request, send)

    def _rest_reply(self, request: Request, operation: str | None, fault: Fault | None) -> Response:
        try:
            self.access.bearer(request.headers.get("authorization", ""))
            if operation is None or request.method != "POST":
                raise Gateway(404, "ERR.2SG.CLIENT.INVALID_REQUEST")
            body = parse(request.body, request.headers.get("content-type", ""))
            document = self._done(operation, body, fault)
        except Gateway as e:
            said = {"errorCode": e.code, "message": "simulated", "status": "NotProcessed"}
            return json_response(e.status, {**said, "type": "Validation"})
        except Errors as e:
            shopping_side = operation in ("shop", "revalidate")
            if shopping_side:
                said = {"errorCode": e.type, "message": "simulated", "type": "Validation"}
                return json_response(400, said)
            return json_response(200, orders.errors(e))
        return json_response(200, document)

    def _done(self, operation: str, body: Fields, fault: Fault | None) -> Any:
        zone, now, kind = ZoneInfo(ZONE), self._now(), fault.kind if fault else None
        match operation:
            case "shop":
                asked = shopping.read(body, PCC, exact=False)
                return shopping.shop(asked, self.ledger.free, now, zone)
            case "revalidate":
                asked = shopping.read(body, PCC, exact=True)
                dearer = (fault.value or 10) if fault and kind is Kind.DEARER else 0.0
                free = self.ledger.free if kind is not Kind.SOLD_OUT else (lambda *_: 0)
                return shopping.revalidate(asked, free, now, zone, dearer=dearer)
            case "create":
                return orders.create(body, self.ledger, PCC, fault)
            case "get":
                return orders.get(body, self.ledger)
            case "fulfil":
                return orders.fulfil(body, self.ledger, fault)
            case "check":
                return orders.check(body, self.ledger)
            case "void":
                return orders.void(body, self.ledger, fault)
            case "refund":
                return orders.refund(body, self.ledger, fault)
        return orders.cancel(body, self.ledger)

    async def _soap(self, request: Request, send: Send) -> None:
        try:
            call = soap.Call(request.body, request.headers.get("soapaction", ""), PCC)
        except SoapFault as e:
            self.calls["unknown"] += 1
            await answer(send, soap.faulted(e))
            return
        fault = self._counted(call.operation)
        if fault is not None and fault.kind in BEFORE:
            await self._before(fault, send, soap_side=True)
            return
        session = self.access.sessions.get(call.token)
        try:
            reply = soap.answered(call, self.access, self.ledger, fault, PCC, self._now())
        except SoapFault as e:
            reply = soap.faulted(e)
        if session is not None:
            session.busy = True
        try:
            await self._after(fault, reply, request, send)
        finally:
            if session is not None:
                session.busy = False

    def _counted(self, operation: str | None) -> Fault | None:
        self.calls[operation or "unknown"] += 1
        return self.faults.take(operation) if operation else None

    async def _after(
        self, fault: Fault | None, reply: Response, request: Request, send: Send
    ) -> None:
        if fault is not None and fault.kind in AFTER:
            soap_side = reply.headers["content-type"] == XML
            wrong = b"<a><b>7</b></a>" if soap_side else b'[{"confirmationId": 7}]'
            failed = _soap_refusal(fault) if soap_side else _rest_refusal(fault)
            await answer_spoilt(send, reply, fault, wrong_type=wrong, failed=failed, huge=HUGE)
        else:
            await answer(send, reply.packed_for(request))

    async def _before(self, fault: Fault, send: Send, *, soap_side: bool) -> None:
        if fault.kind is Kind.EXPIRED_TOKEN:
            self.access.end_all()
        await answer_undone(send, fault, _soap_refusal if soap_side else _rest_refusal)

    def _control(self, request: Request) -> Response:
        """Faults, delay, clock, PNRs and what carriers do to them; see docs/adapters/sabre.md."""
        try:
            return self._controlled(request)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as e:
            return json_response(400, {"error": str(e)})

    def _controlled(self, request: Request) -> Response:
        match request.method, *steps(request):
            case "POST" | "DELETE", "faults":
                turn_faults(self.faults, Fault, request)
            case "PUT", "delay_ms":
                self.faults.delay_ms = max(0.0, float(request.body or b"0"))
            case "PUT", "ahead_s":
                self.ahead = timedelta(seconds=float(request.body))
            case "POST", "reset":
                self.reset()
            case "POST", "pnrs", locator, "schedule_change":
                minutes = int(request.body or b"90")
                self.ledger.schedule_changes(locator, minutes)
            case "POST", "pnrs", locator, "carrier_cancel":
                self.ledger.carrier_cancels(locator)
            case "POST", "pnrs", locator, "dearer":
                self.ledger.held(locator).dearer = True
            case "GET", "pnrs":
                return json_response(200, {p: h.booking for p, h in self.ledger.pnrs.items()})
            case "GET", "queues":
                return json_response(
                    200, {n: [p for p, _ in held] for n, held in self.ledger.queues.items()}
                )
            case "GET", "sessions":
                most = self.access.most_at_once
                return json_response(200, {"open": len(self.access.sessions), "most": most})
            case "GET", "calls":
                return json_response(200, dict(self.calls))
            case _:
                return json_response(404, {"error": "no such control"})
        return Response(204, b"")


def _rest_refusal(fault: Fault) -> Response:
    said: dict[str, Any] = {"status": "NotProcessed", "type": "Application", "message": "simulated"}
    match fault.kind:
        case Kind.UNAUTHORISED | Kind.EXPIRED_TOKEN:
            return json_response(401, {**said, "errorCode": "ERR.2SG.SEC.INVALID_CREDENTIALS"})
        case Kind.FORBIDDEN:
            return json_response(403, {**said, "errorCode": "ERR.2SG.SEC.NOT_AUTHORIZED"})
        case Kind.RATE_LIMITED:
            body = {**said, "errorCode": "ERR.2SG.GATEWAY.TOO_MANY_REQUESTS"}
            return json_response(429, body, {"retry-after": f"{fault.value:g}"})
        case Kind.UNAVAILABLE:
            return json_response(503, {**said, "errorCode": "ERR.2SG.GATEWAY.UNAVAILABLE"})
        case Kind.UNKNOWN_FAULT:
            return json_response(
                200, orders.errors(Errors("APPLICATION_ERROR", "SOMETHING_NOBODY_LISTED"))
            )
    return json_response(500, {**said, "errorCode": "ERR.2SG.INTERNAL"})


def _soap_refusal(fault: Fault) -> Response:
    match fault.kind:
        case Kind.UNAUTHORISED:
            words, usg = "Authentication failed", "USG_AUTHENTICATION_FAILED"
            return soap.faulted(SoapFault("Client.AuthenticationFailed", words, usg))
        case Kind.EXPIRED_TOKEN:
            words, usg = "Invalid or Expired binary security token", "USG_INVALID_SECURITY_TOKEN"
            return soap.faulted(SoapFault("Client.InvalidSecurityToken", words, usg))
        case Kind.FORBIDDEN:
            words, usg = "Authorization failed", "USG_AUTHORIZATION_FAILED"
            return soap.faulted(SoapFault("Client.AuthorizationFailed", words, usg))
        case Kind.RATE_LIMITED:
            after = {"retry-after": f"{fault.value:g}"}
            return text_response(429, "Too Many Requests", after)
        case Kind.UNAVAILABLE:
            return text_response(503, "Service Unavailable")
        case Kind.UNKNOWN_FAULT:
            return soap.faulted(SoapFault("Server.Odd", "Nobody knows", "USG_NOBODY_LISTED"))
    return xml_response(500, "<html>Internal Server Error</html>")
