"""The simulated Xendit as an ASGI application."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

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
from adapters.xendit.simulator import control, pages
from adapters.xendit.simulator.books import Books
from adapters.xendit.simulator.callbacks import Callbacks
from adapters.xendit.simulator.errors import ApiError
from adapters.xendit.simulator.idempotency import Keys

KEY = "xnd_development_seraiSandboxOnly0000"
TOKEN = "seraiSandboxToken0000"  # noqa: S105
BUSINESS = "5f00000000000000000000aa"
ROOTS = ("v2", "invoices", "refunds", "transactions", "web", "_control")
RATE = 60
_ROUTES = (
    ("POST", r"/v2/invoices", "start_checkout"),
    ("GET", r"/v2/invoices", "list"),
    ("GET", r"/v2/invoices/([^/]+)", "find"),
    ("POST", r"/invoices/([^/]+)/expire!", "expire"),
    ("POST", r"/refunds", "refund"),
    ("GET", r"/refunds", "find_refund"),
    ("GET", r"/refunds/([^/]+)", "find_refund"),
    ("GET", r"/transactions", "list_settlements"),
)


class Simulator:
    """One Xendit account in test mode.

    asgi: mount it anywhere. now: unix seconds. restricted: keys that may do nothing.
    transport: what callbacks go out by; None: real sockets.
    books, callbacks, faults, requests: the state, for tests to read and turn.
    """

    def __init__(
        self,
        *,
        key: str = KEY,
        restricted: str = "",
        token: str = TOKEN,
        business: str = BUSINESS,
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.callbacks = Callbacks(token, transport)
        self.books = Books(now, business, self.callbacks.emit)
        self.faults: Faults[Fault] = Faults()
        self.requests: list[Request] = []
        self._controls = control.controls(self.books, self.callbacks, self.faults)
        self._keys = Keys(now)
        self._known, self._restricted = _basic(key), _basic(restricted)

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send, self.aclose)
            return
        request = await read_request(scope, receive, ROOTS)
        await answer(send, await self._serve(request))

    async def aclose(self) -> None:
        """Give up the callbacks that are still on their way."""
        await self.callbacks.aclose()

    async def _serve(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return control.serve(self._controls, request)
        if request.path.startswith(pages.ROOT):
            return pages.serve(self.books, request)
        self.requests.append(request)
        try:
            return _with_rate(await self._api(request), RATE - 1, 60.0)
        except ApiError as e:
            return _with_rate(json_response(e.status, e.body), RATE - 1, 60.0)

    async def _api(self, request: Request) -> Response:
        operation, id = _route(request)
        given = request.headers.get("authorization")
        if given not in (self._known, self._restricted):
            raise ApiError(401, "INVALID_API_KEY", "API key is not authorized")
        fault = self.faults.take(operation)
        if fault is not None and fault.kind in _BEFORE:
            await pause(fault.delay_ms)
            return _BEFORE[fault.kind](fault)
        if given == self._restricted:
            raise ApiError(403, "REQUEST_FORBIDDEN_ERROR", "The key lacks a permission")
        if request.method == "POST" and request.headers.get("content-type") != "application/json":
            raise ApiError(415, "UNSUPPORTED_CONTENT_TYPE", "Send application/json")
        if fault is not None:
            await pause(fault.delay_ms)
        try:
            done = self._work(request, operation, id)
        except ApiError as e:
            done = json_response(e.status, e.body)
        if fault is not None and fault.kind == "fail_after":
            raise _server_error(fault)
        return done if fault is None else spoilt(done, fault)

    def _work(self, request: Request, operation: str, id: str) -> Response:
        books, query = self.books, dict(parse_qsl(request.query.decode("ascii")))
        page = lambda invoice: f"{request.base}{pages.ROOT}{invoice}"  # noqa: E731
        works: dict[str, Callable[[], object]] = {
            "start_checkout": lambda: books.create_invoice(request.body, page),
            "list": lambda: books.list_invoices(query),
            "find": lambda: books.invoice(id),
            "expire": lambda: books.expire(id),
            "refund": lambda: books.create_refund(request.body),
            "find_refund": lambda: books.refund(id) if id else books.list_refunds(query),
            "list_settlements": lambda: books.list_transactions(query),
        }

        def work() -> Response:
            return json_response(200, works[operation]())

        if operation != "refund":
            return work()
        return self._keys.once(request.headers.get("idempotency-key"), request.body, work)


def _basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode("ascii")


def _route(request: Request) -> tuple[str, str]:
    found = routed(_ROUTES, request)
    if found is None:
        raise ApiError(404, "ROUTE_NOT_FOUND", "The requested route does not exist")
    operation, named = found
    return operation, unquote(named)


def _with_rate(response: Response, left: int, reset: float) -> Response:
    headers = {
        "rate-limit-limit": str(RATE),
        "rate-limit-remaining": str(left),
        "rate-limit-reset": str(reset),
        "request-id": secrets.token_hex(12),
        **response.headers,
    }
    return Response(response.status, response.body, headers, response.promised)


def _server_error(fault: Fault) -> ApiError:
    return ApiError(fault.status, "SERVER_ERROR", "Error connecting to our server")


def _error(status: int, code: str, **headers: str) -> Response:
    return json_response(status, ApiError(status, code, "Simulated").body, headers)


_BEFORE: dict[str, Callable[[Fault], Response]] = {
    "fail_before": lambda fault: json_response(fault.status, _server_error(fault).body),
    "rate_limit": lambda fault: _error(
        429, "RATE_LIMIT_EXCEEDED", **{"rate-limit-reset": f"{fault.retry_after}.0"}
    ),
    "unauthorized": lambda _: _error(401, "INVALID_API_KEY"),
    "forbidden": lambda _: _error(403, "REQUEST_FORBIDDEN_ERROR"),
    "conflict": lambda _: _error(409, "DUPLICATE_ERROR"),
    "proxy": proxy_page,
}
