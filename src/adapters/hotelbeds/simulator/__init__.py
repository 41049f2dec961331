"""Hotelbeds' side of the wire, from its own contract: stateful, strict, and able to go wrong.

It shares nothing with the adapter: a misreading in one is caught by the other. The rate keys,
hotels and prices are invented. Like the real one it does not know a client reference twice:
two bookings under one reference are two bookings.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
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
from adapters.hotelbeds.simulator import selling
from adapters.hotelbeds.simulator.faults import BEFORE, Fault, Kind
from adapters.hotelbeds.simulator.ledger import Ledger, check_paxes, rooms_of
from adapters.hotelbeds.simulator.ratekeys import Offered, seal, unseal
from adapters.hotelbeds.simulator.reading import parse
from adapters.hotelbeds.simulator.reject import Rejection, invalid, malformed, product
from adapters.hotelbeds.simulator.routes import PREFIX, refusal, route

__all__ = ["API_KEY", "PREFIX", "SECRET", "Fault", "Kind", "Simulator"]

API_KEY = "sandboxkey00000000000000"
SECRET = "sandbox000"  # noqa: S105
REMEMBERS_S = 900.0
ODD_STATUS = "IN_PROCESS"
WRONG_TYPE = b'[{"hotels": 7, "booking": "yes"}]'


class Simulator:
    """One account at the vendor.

    The application finds "/hotel-api/1.0" and "/_control/" under any prefix.
    now: its own clock. clock_tolerance_s: how old or early a signature may be.
    rate_key_ttl_s: how long an offered rate may be checked or booked.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        secret: str = SECRET,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock_tolerance_s: int = 60,
        rate_key_ttl_s: float = 1800.0,
    ) -> None:
        self._api_key = api_key
        self._secret = secret
        self._now = now
        self._tolerance_s = clock_tolerance_s
        self.rate_key_ttl_s = rate_key_ttl_s
        self.faults = OwnFaults(Kind)
        self.calls: Counter[str] = Counter()
        self._ledger = Ledger()
        self._hidden: set[str] = set()
        self._failed: dict[bytes, tuple[datetime, str]] = {}

    def bookings(self, client_reference: str | None = None) -> list[dict[str, Any]]:
        """As they stand at the vendor, oldest first. None: all."""
        if client_reference is None:
            return list(self._ledger.bookings.values())
        return self._ledger.under(client_reference)

    def reset(self) -> None:
        """No bookings, no faults."""
        self.faults.clear()
        self.calls.clear()
        self._ledger = Ledger()
        self._hidden.clear()
        self._failed.clear()

    @property
    def asgi(self) -> Simulator:
        """The application, to be mounted or served."""
        return self

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive, ("hotel-api", "_control"))
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
            if operation is None:
                raise Rejection(404, "NOT_FOUND", "No such resource")
            document = self._done(operation, argument, request, fault)
        except Rejection as r:
            token = hashlib.sha256(r.message.encode()).hexdigest()[:32].upper()
            error = {"code": f"{r.code}-{token}", "message": r.message}
            return json_response(r.status, {"auditData": self._audit(), "error": error})
        return json_response(200, {"auditData": self._audit(), **document})

    def _audit(self) -> dict[str, str]:
        return {"processTime": "12", "timestamp": self._now().isoformat(), "token": "SIMULATED"}

    def _authorise(self, request: Request) -> None:
        key, given = request.headers.get("api-key", ""), request.headers.get("x-signature", "")
        now = int(self._now().timestamp())
        good = (
            hashlib.sha256(f"{self._api_key}{self._secret}{now + skew}".encode()).hexdigest()
            for skew in sorted(range(-self._tolerance_s, self._tolerance_s + 1), key=abs)
        )
        if key != self._api_key or not any(hmac.compare_digest(given, one) for one in good):
            raise Rejection(401, "NOT_AUTHORIZED", "Request signature verification failed")
        if "application/json" not in request.headers.get("accept", ""):
            raise Rejection(406, "NOT_ACCEPTABLE", "Accept must be application/json")

    def _done(
        self, operation: str, argument: str, request: Request, fault: Fault | None
    ) -> dict[str, Any]:
        match operation:
            case "status":
                return {"status": "OK"}
            case "availability":
                document = parse(request.body, request.headers.get("content-type", ""))
                now, free = self._now(), self._ledger.free
                return selling.availability(document, now=now, free=free, seal=self._seal)
            case "checkrate":
                return self._check(request, fault)
            case "booking":
                return self._book(request, fault)
            case "list":
                return self._list(request)
            case "detail":
                return {"booking": self._ledger.booking(argument)}
            case "change":
                document = parse(request.body, request.headers.get("content-type", ""))
                return {"booking": self._ledger.change(argument, document, now=self._now())}
        flag = request.params.get("cancellationFlag", "CANCELLATION")
        if flag not in ("CANCELLATION", "SIMULATION"):
            raise invalid("Error at parameter cancellationFlag")
        really = flag == "CANCELLATION"
        return {"booking": self._ledger.cancel(argument, really=really, now=self._now())}

    def _seal(self, offered: Offered) -> str:
        return seal(offered, self._secret.encode())

    def _unseal(self, key: str, fault: Fault | None) -> Offered:
        ttl_s = -1.0 if fault and fault.kind is Kind.EXPIRED else self.rate_key_ttl_s
        return unseal(key, self._secret.encode(), now=self._now(), ttl_s=ttl_s)

    def _check(self, request: Request, fault: Fault | None) -> dict[str, Any]:
        document = parse(request.body, request.headers.get("content-type", ""))
        rooms = rooms_of(document)
        if len(rooms) != 1:
            raise invalid("This simulator checks one rateKey at a time, as they advise")
        offered = self._unseal(rooms[0][0], fault)
        free = self._ledger.free(offered.hotel, offered.room, offered.nights)
        if free < offered.party.rooms or (fault and fault.kind is Kind.SOLD_OUT):
            raise product("Insufficient allotment")
        return selling.check(
            offered,
            now=self._now(),
            free=self._ledger.free,
            seal=self._seal,
            dearer=_dearer(fault),
        )

    def _book(self, request: Request, fault: Fault | None) -> dict[str, Any]:
        """A request that failed is answered with its failure when it comes again."""
        seen = hashlib.sha256(request.body).digest()
        at, message = self._failed.get(seen, (None, ""))
        if at is not None and (self._now() - at).total_seconds() < REMEMBERS_S:
            raise Rejection(410, "INVALID_DATA", message)
        try:
            booking = self._booked(request, fault)
        except Rejection as r:
            if r.code == "PRODUCT_ERROR":
                self._failed[seen] = (self._now(), r.message)
            raise
        if fault and fault.kind is Kind.INVISIBLE:
            self._hidden.add(booking["reference"])
        return {"booking": booking}

    def _booked(self, request: Request, fault: Fault | None) -> dict[str, Any]:
        document = parse(request.body, request.headers.get("content-type", ""))
        rooms = [(self._unseal(key, fault), paxes) for key, paxes in rooms_of(document)]
        for offered, paxes in rooms:
            check_paxes(offered, paxes)
            if not offered.bookable:
                raise invalid("A RECHECK rate has to be checked before it is booked")
        if len({(o.hotel.code, o.check_in, o.check_out) for o, _ in rooms}) > 1:
            raise malformed("One hotel and one stay a booking")
        kind = fault.kind if fault else None
        if kind is Kind.SOLD_OUT:
            raise product("Insufficient allotment")
        if kind is Kind.CONFIRMATION_ERROR:
            raise product("Booking confirmation error 102-9999999")
        status = ODD_STATUS if kind is Kind.ODD_STATUS else "CONFIRMED"
        now, dearer = self._now(), _dearer(fault)
        return self._ledger.book(document, rooms, now=now, status=status, dearer=dearer)

    def _list(self, request: Request) -> dict[str, Any]:
        found = self._ledger.listed(request.params)
        rows = found["bookings"]["bookings"]
        return {"bookings": {"bookings": [r for r in rows if r["reference"] not in self._hidden]}}

    def _control(self, request: Request) -> Response:
        """POST and DELETE faults, PUT delay_ms, GET bookings and calls, POST show and reset."""
        try:
            return self._controlled(request)
        except (msgspec.MsgspecError, ValueError) as e:
            return json_response(400, {"error": str(e)})

    def _controlled(self, request: Request) -> Response:
        match request.method, *steps(request):
            case "POST" | "DELETE", "faults":
                turn_faults(self.faults, Fault, request)
            case "PUT", "delay_ms":
                self.faults.delay_ms = max(0.0, float(request.body or b"0"))
            case "POST", "show":
                self._hidden.clear()
            case "POST", "reset":
                self.reset()
            case "GET", "bookings":
                return json_response(200, self.bookings(request.params.get("clientReference")))
            case "GET", "calls":
                return json_response(200, dict(self.calls))
            case _:
                return json_response(404, {"error": "no such control"})
        return Response(204, b"")


def _dearer(fault: Fault | None) -> Decimal | None:
    if fault is None or fault.kind is not Kind.DEARER:
        return None
    return 1 + Decimal(str(fault.value or 10)) / 100
