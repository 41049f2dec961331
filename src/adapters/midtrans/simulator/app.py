"""The simulated Midtrans as an ASGI application: Snap and the Core API on one address."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import httpx

from adapters._kit.simulator.control import CONTROL
from adapters._kit.simulator.faults import Fault, Faults, proxy_page, spoilt
from adapters._kit.simulator.routes import routed
from adapters._kit.simulator.web import (
    Receive,
    Request,
    Response,
    Send,
    answer,
    json_response,
    lifespan,
    pause,
    read_request,
)
from adapters.midtrans.simulator import control, pages
from adapters.midtrans.simulator.books import Books
from adapters.midtrans.simulator.errors import Refusal, core, snap
from adapters.midtrans.simulator.idempotency import Keys
from adapters.midtrans.simulator.notifications import Notifications

KEY = "SB-Mid-server-seraiSandboxOnly0000"
MERCHANT = "G000000001"
ROOTS = ("snap", "v2", "_control")
_ROUTES = (
    ("POST", r"/snap/v1/transactions", "start_checkout"),
    ("POST", r"/snap/v1/transactions/([^/]+)/cancel", "expire"),
    ("GET", r"/v2/([^/]+)/status", "find"),
    ("POST", r"/v2/([^/]+)/expire", "expire"),
    ("POST", r"/v2/([^/]+)/refund", "refund"),
)


class Simulator:
    """One Midtrans account in its sandbox.

    asgi: mount it anywhere; below it lie /snap, /v2 and /_control. now: unix seconds.
    transport: what notifications go out by; None: real sockets.
    books, notifications, faults, requests: the state, for tests to read and turn.
    """

    def __init__(
        self,
        *,
        key: str = KEY,
        merchant: str = MERCHANT,
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.notifications = Notifications(key, transport)
        self.books = Books(now, merchant, self.notifications.emit)
        self.faults: Faults[Fault] = Faults()
        self.requests: list[Request] = []
        self._controls = control.controls(self.books, self.notifications, self.faults)
        self._keys = Keys(now)
        self._known = "Basic " + base64.b64encode(f"{key}:".encode()).decode("ascii")

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send, self.aclose)
            return
        request = await read_request(scope, receive, ROOTS)
        await answer(send, await self._serve(request))

    async def aclose(self) -> None:
        """Give up the notifications that are still on their way."""
        await self.notifications.aclose()

    async def _serve(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return control.serve(self._controls, request)
        if request.path.startswith(pages.ROOT):
            return pages.serve(self.books, request)
        self.requests.append(request)
        try:
            return await self._api(request)
        except Refusal as e:
            return e.response

    async def _api(self, request: Request) -> Response:
        operation, id = _route(request)
        refuse = snap if request.path.startswith("/snap") else _core_http
        if request.headers.get("authorization") != self._known:
            raise refuse(401, "Access denied due to unauthorized transaction")
        if request.headers.get("accept") != "application/json":
            raise refuse(406, "Accept has to be application/json")
        if request.method == "POST" and request.headers.get("content-type") != "application/json":
            raise refuse(415, "Content-Type has to be application/json")
        fault = self.faults.take(operation)
        if fault is not None and fault.kind in _BEFORE:
            await pause(fault.delay_ms)
            return _BEFORE[fault.kind](fault, refuse)

        async def work() -> Response:
            if fault is not None:
                await pause(fault.delay_ms)
            return self._work(request, operation, id)

        own_key = request.headers.get("idempotency-key") if request.method == "POST" else None
        try:
            done = await self._keys.once(own_key, work)
        except Refusal as e:
            done = e.response
        if fault is not None and fault.kind == "fail_after":
            raise refuse(500, "Internal Server Error")
        return done if fault is None else spoilt(done, fault)

    def _work(self, request: Request, operation: str, id: str) -> Response:
        books = self.books
        match operation, request.path.startswith("/snap"):
            case "start_checkout", _:
                page = lambda token: f"{request.base}{pages.ROOT}{token}"  # noqa: E731
                notify = request.headers.get("x-override-notification", "")
                return json_response(201, books.create_page(request.body, notify, page))
            case "expire", True:
                return json_response(200, books.cancel_page(id))
            case "expire", False:
                books.expire(id)
                return json_response(200, books.shown(id))
            case "refund", _:
                return json_response(200, books.refund(id, request.body))
            case _:
                return json_response(200, books.shown(id))


def _core_http(status: int, *messages: str) -> Refusal:
    return core(status, messages[0], http=status)


def _route(request: Request) -> tuple[str, str]:
    found = routed(_ROUTES, request)
    if found is None:
        raise core(404, "The requested resource is not found", http=404)
    operation, named = found
    return operation, unquote(named)


Refuse = Callable[..., Refusal]


def _rate_limited(fault: Fault, refuse: Refuse) -> Response:
    said = refuse(429, "API rate limit exceeded.").response
    return Response(said.status, said.body, {**said.headers, "retry-after": str(fault.retry_after)})


_BEFORE: dict[str, Callable[[Fault, Refuse], Response]] = {
    "fail_before": lambda fault, refuse: refuse(fault.status, "Internal Server Error").response,
    "rate_limit": _rate_limited,
    "unauthorized": lambda _, refuse: refuse(401, "Access denied").response,
    "forbidden": lambda _, refuse: refuse(403, "Access denied").response,
    "conflict": lambda _, __: json_response(
        202, {"status_code": "202", "status_message": "in progress"}
    ),
    "proxy": lambda fault, _: proxy_page(fault),
}
