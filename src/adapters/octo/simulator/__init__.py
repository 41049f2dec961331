"""A supplier's side of OCTO, from the standard: stateful, strict, and able to go wrong.

It shares nothing with the adapter: a misreading in one is caught by the other. The tours and
prices are invented. A uuid is a booking: the same request again is answered with it.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from adapters._kit.simulator.control import CONTROL, steps, turn_faults
from adapters._kit.simulator.own_faults import AFTER, OwnFaults, answer_spoilt, answer_undone
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
from adapters.octo.simulator import products, selling, telling
from adapters.octo.simulator.faults import BEFORE, Fault, Kind
from adapters.octo.simulator.ledger import Kept, Ledger
from adapters.octo.simulator.reading import parse
from adapters.octo.simulator.reject import Rejection, malformed, unknown
from adapters.octo.simulator.routes import PREFIX, refusal, route
from adapters.octo.simulator.tours import BY_ID, TOURS

__all__ = ["API_KEY", "PREFIX", "Fault", "Kind", "Simulator"]

API_KEY = "sandbox-reseller-key-0000"
WRONG_TYPE = b'{"uuid": 7, "status": ["yes"]}'


class Simulator:
    """One reseller's key at one supplier.

    The application finds "/api/octo" and "/_control/" under any prefix.
    now: its own clock; ahead_s is added to it, so that holds can be seen to run out.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api_key = api_key
        self._clock = now
        self.ahead_s = 0.0
        self.faults = OwnFaults(Kind)
        self.calls: Counter[str] = Counter()
        self.ledger = Ledger()

    def now(self) -> datetime:
        return self._clock() + timedelta(seconds=self.ahead_s)

    def bookings(self, reseller_reference: str | None = None) -> list[Kept]:
        """As they stand at the supplier, oldest first. None: all."""
        self.ledger.tick(self.now())
        return [
            one for one in self.ledger.all() if reseller_reference in (None, one.reseller_reference)
        ]

    def reset(self) -> None:
        """No bookings, no faults, the clock right."""
        self.faults.clear()
        self.calls.clear()
        self.ledger = Ledger()
        self.ahead_s = 0.0

    @property
    def asgi(self) -> Simulator:
        """The application, to be mounted or served."""
        return self

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive, ("api", "_control"))
        if request.path.startswith(CONTROL):
            await answer(send, self._control(request))
        else:
            await pause(self.faults.delay_ms)
            await self._answer(request, send)

    async def _answer(self, request: Request, send: Send) -> None:
        operation, argument = route(request)
        fault = self.faults.take(operation) if operation else None
        self.calls[operation or "unknown"] += 1
        if fault is not None and fault.kind in BEFORE:
            return await answer_undone(send, fault, refusal)
        reply = self._reply(request, operation, argument, fault)
        if fault is not None and fault.kind in AFTER:
            return await answer_spoilt(
                send, reply, fault, wrong_type=WRONG_TYPE, failed=refusal(fault)
            )
        return await answer(send, reply.packed_for(request))

    def _reply(
        self, request: Request, operation: str | None, argument: str, fault: Fault | None
    ) -> Response:
        try:
            self._authorise(request)
            granted = _granted(request, operation, fault)
            if operation is None:
                raise Rejection(404, "NOT_FOUND", "No such resource")
            self.ledger.tick(self.now())
            document = self._done(operation, argument, request, granted, fault)
        except Rejection as r:
            return json_response(r.status, r.document)
        return json_response(200, document, {"octo-capabilities": ", ".join(sorted(granted))})

    def _authorise(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise Rejection(401, "UNAUTHORIZED", "No API key was sent")
        if not hmac.compare_digest(key.encode(), self._api_key.encode()):
            raise Rejection(403, "FORBIDDEN", "The API key is invalid or was revoked")

    def _done(
        self,
        operation: str,
        argument: str,
        request: Request,
        granted: frozenset[str],
        fault: Fault | None,
    ) -> Any:
        match operation:
            case "supplier":
                return products.supplier(granted, f"https://octo.example{PREFIX}")
            case "capabilities":
                return products.capabilities()
            case "products":
                return [products.product(tour, granted) for tour in TOURS]
            case "product":
                if argument not in BY_ID:
                    raise unknown("productId", argument)
                return products.product(BY_ID[argument], granted)
            case "availability" | "calendar":
                return self._availability(operation, request, granted, fault)
            case "list":
                query = request.params
                found = self.ledger.listed(
                    query.get("resellerReference"), query.get("supplierReference")
                )
                return [self._told(one, granted) for one in found]
            case "detail":
                return self._told(self.ledger.booking(argument), granted)
        return self._told(self._changed(operation, argument, request, fault), granted)

    def _availability(
        self, operation: str, request: Request, granted: frozenset[str], fault: Fault | None
    ) -> list[dict[str, Any]]:
        document = parse(request.body, request.headers.get("content-type", ""))
        now, taken = self.now(), self.ledger.taken
        if operation == "calendar":
            return selling.calendar(document, now=now, taken=taken, granted=granted)
        kind = fault.kind if fault else None
        rows = selling.availability(
            document,
            now=now,
            taken=taken,
            granted=granted,
            dearer=(fault.value or 10) if fault and kind is Kind.DEARER else 0.0,
            forgotten=kind is Kind.EXPIRED,
        )
        if kind is Kind.SOLD_OUT:
            gone = {"available": False, "status": "SOLD_OUT", "vacancies": 0}
            return [{**row, **gone} for row in rows]
        return rows

    def _changed(
        self,
        operation: str,
        uuid: str,
        request: Request,
        fault: Fault | None,
    ) -> Kept:
        document = parse(request.body, request.headers.get("content-type", ""))
        now = self.now()
        match operation:
            case "hold":
                return self.ledger.hold(document, now=now, asked=_asked(request), fault=fault)
            case "confirm":
                if fault is not None and fault.kind is Kind.REFUSED:
                    raise Rejection(400, "UNPROCESSABLE_ENTITY", "For a reason of ours")
                return self.ledger.confirm(uuid, document, now=now)
            case "extend":
                return self.ledger.extend(uuid, document, now=now)
        return self.ledger.cancel(uuid, document, now=now)

    def _told(self, one: Kept, granted: frozenset[str]) -> dict[str, Any]:
        return telling.booking(one, self.ledger, now=self.now(), granted=granted)

    def _control(self, request: Request) -> Response:
        """POST and DELETE faults, PUT delay_ms and ahead_s, POST answer/<uuid>?accept=…,
        GET bookings and calls, POST reset."""
        try:
            return self._controlled(request)
        except (Rejection, msgspec.MsgspecError, ValueError) as e:
            return json_response(400, {"error": str(e)})

    def _controlled(self, request: Request) -> Response:
        match request.method, *steps(request):
            case "POST" | "DELETE", "faults":
                turn_faults(self.faults, Fault, request)
            case "PUT", "delay_ms":
                self.faults.delay_ms = max(0.0, float(request.body or b"0"))
            case "PUT", "ahead_s":
                self.ahead_s = float(request.body or b"0")
            case "POST", "answer", uuid:
                accept = request.params.get("accept", "true") == "true"
                self.ledger.answer(uuid, accept=accept, now=self.now())
            case "POST", "reset":
                self.reset()
            case "GET", "bookings":
                found = self.bookings(request.params.get("resellerReference"))
                both = frozenset(products.CAPABILITIES)
                return json_response(200, [self._told(one, both) for one in found])
            case "GET", "calls":
                return json_response(200, dict(self.calls))
            case _:
                return json_response(404, {"error": "no such control"})
        return Response(204, b"")


def _asked(request: Request) -> frozenset[str]:
    """As far as it is spoken here."""
    names = request.headers.get("octo-capabilities", "").split(",")
    return frozenset(name.strip() for name in names) & frozenset(products.CAPABILITIES)


def _granted(request: Request, operation: str | None, fault: Fault | None) -> frozenset[str]:
    """The header is required, except where the list of all is asked for."""
    if "octo-capabilities" not in request.headers and operation != "capabilities":
        raise malformed("Octo-Capabilities is missing")
    withheld = {"octo/pricing"} if fault and fault.kind is Kind.NO_PRICING else set()
    return _asked(request) - withheld
