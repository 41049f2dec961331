"""The simulated Stripe as an ASGI application."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from adapters._kit.simulator.control import CONTROL
from adapters._kit.simulator.faults import Faults, proxy_page, spoilt
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
from adapters.stripe.simulator import control, pages
from adapters.stripe.simulator.books import Books
from adapters.stripe.simulator.errors import ApiError, missing
from adapters.stripe.simulator.faults import Fault
from adapters.stripe.simulator.idempotency import Keys
from adapters.stripe.simulator.params import (
    NOTHING,
    ONLY_EXPAND,
    REFUND_CREATE,
    REFUND_LIST,
    SESSION_CREATE,
    TRANSACTION_LIST,
    Schema,
    read,
)
from adapters.stripe.simulator.webhooks import API_VERSION, Webhooks

KEY = "sk_test_seraiSandboxOnly0000"
FORM = "application/x-www-form-urlencoded"
ROOTS = ("v1", "pay", "_control")
Work = Callable[[dict[str, Any]], dict[str, Any]]
_ROUTES: tuple[tuple[str, str, tuple[str, Schema]], ...] = (
    ("POST", r"/v1/checkout/sessions", ("start_checkout", SESSION_CREATE)),
    ("GET", r"/v1/checkout/sessions/([^/]+)", ("find", ONLY_EXPAND)),
    ("POST", r"/v1/checkout/sessions/([^/]+)/expire", ("expire", ONLY_EXPAND)),
    ("POST", r"/v1/refunds", ("refund", REFUND_CREATE)),
    ("GET", r"/v1/refunds", ("find_refund", REFUND_LIST)),
    ("GET", r"/v1/refunds/([^/]+)", ("find_refund", ONLY_EXPAND)),
    ("GET", r"/v1/balance_transactions", ("list_settlements", TRANSACTION_LIST)),
    ("GET", r"/v1/payment_intents/([^/]+)", ("find_intent", ONLY_EXPAND)),
    ("GET", r"/v1/balance", ("probe", NOTHING)),
)


class Simulator:
    """One Stripe account in test mode.

    asgi: mount it anywhere; below it lie /v1 (the API), /pay (the hosted page) and /_control.
    keys: what Bearer tokens it knows. restricted: those that may read nothing but sessions.
    now: unix seconds. transport: what webhooks go out by; None: real sockets.
    books, webhooks, faults: the state, for tests to read and turn.
    """

    def __init__(
        self,
        *,
        keys: tuple[str, ...] = (KEY,),
        restricted: tuple[str, ...] = (),
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.webhooks = Webhooks(now, transport)
        self.books = Books(now, self.webhooks.emit)
        self.faults: Faults[Fault] = Faults()
        self.requests: list[Request] = []
        self._controls = control.controls(self.books, self.webhooks, self.faults)
        self._keys = Keys(now)
        self._known = {*keys, *restricted}
        self._restricted = frozenset(restricted)

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send, self.aclose)
            return
        request = await read_request(scope, receive, ROOTS)
        await answer(send, await self._serve(request))

    async def aclose(self) -> None:
        """Give up the webhooks that are still on their way."""
        await self.webhooks.aclose()

    async def _serve(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return control.serve(self._controls, request)
        if request.path.startswith("/pay/"):
            return pages.serve(self.books, request)
        self.requests.append(request)
        headers = {"request-id": f"req_{secrets.token_hex(7)}", "stripe-version": API_VERSION}
        try:
            response = await self._api(request)
        except ApiError as e:
            response = json_response(e.status, e.body, e.headers)
        return _with(response, headers)

    async def _api(self, request: Request) -> Response:
        key = self._authenticate(request)
        operation, id, schema = _route(request)
        fault = self.faults.take(operation)
        if fault is not None and fault.kind in _BEFORE:
            await pause(fault.delay_ms)
            return _BEFORE[fault.kind](fault)
        try:
            done = await self._do(request, key, operation, id, schema, fault)
        except ApiError as e:
            done = json_response(e.status, e.body, e.headers)
        return done if fault is None else spoilt(done, fault)

    async def _do(
        self,
        request: Request,
        key: str,
        operation: str,
        id: str,
        schema: Schema,
        fault: Fault | None,
    ) -> Response:
        if operation in ("probe", "refund") and key in self._restricted:
            raise ApiError(403, "invalid_request_error", "The key lacks a permission")
        self._check_version(request)
        raw = request.body if request.method == "POST" else request.query
        if request.body and request.headers.get("content-type") != FORM:
            raise ApiError(400, "invalid_request_error", f"Send the body as {FORM}")
        params = read(raw, schema)

        async def work() -> Response:
            if fault is not None:
                await pause(fault.delay_ms)
            found = self._work(operation, id, request)(params)
            if fault is not None and fault.kind == "fail_after":
                raise _api_error(fault)
            return json_response(200, self._expanded(found, params))

        own_key = request.headers.get("idempotency-key") if request.method == "POST" else None
        return await self._keys.once(own_key, (key, request.path, raw), work)

    def _authenticate(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or key not in self._known:
            message = "Invalid API Key provided" if key else "You did not provide an API key"
            raise ApiError(401, "invalid_request_error", message)
        return key

    def _check_version(self, request: Request) -> None:
        """Stripe would fall back to the account's default: here a version must be pinned."""
        if request.headers.get("stripe-version") != API_VERSION:
            raise ApiError(400, "invalid_request_error", "Invalid or missing Stripe-Version")

    def _work(self, operation: str, id: str, request: Request) -> Work:
        books = self.books
        page = lambda session: f"{request.base}/pay/{session}"  # noqa: E731
        works: dict[str, Work] = {
            "start_checkout": lambda params: books.create_session(params, page),
            "find": lambda _: books.session(id),
            "expire": lambda _: books.expire(id),
            "refund": books.create_refund,
            "find_refund": lambda params: books.refund(id) if id else books.list_refunds(params),
            "list_settlements": books.ledger.list_,
            "find_intent": lambda _: books.intent(id),
            "probe": lambda _: {
                "object": "balance",
                "available": [{"amount": 0, "currency": "usd"}],
                "pending": [],
                "livemode": False,
            },
        }
        return works[operation]

    def _expanded(self, thing: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        for name in params.get("expand", []):
            if name == "data.source" and thing["object"] == "list":
                data = [{**r, "source": self.books.moved_by(r["source"])} for r in thing["data"]]
                thing = {**thing, "data": data}
                continue
            if name != "payment_intent" or name not in thing:
                message = f"This property cannot be expanded ({name})."
                raise ApiError(400, "invalid_request_error", message, param="expand")
            intent = self.books.payment_intents.get(thing[name] or "")
            thing = {**thing, name: intent}
        return thing


def _route(request: Request) -> tuple[str, str, Schema]:
    found = routed(_ROUTES, request)
    if found is None:
        raise missing("URL", request.path)
    (operation, schema), id = found
    return operation, id, schema


def _with(response: Response, headers: dict[str, str]) -> Response:
    merged = {**headers, **response.headers}
    return Response(response.status, response.body, merged, response.promised)


def _api_error(fault: Fault, saved: bool = True) -> ApiError:
    return ApiError(
        fault.status,
        "api_error",
        "An unknown error occurred",
        headers=_hint(fault),
        saved=saved,
    )


def _hint(fault: Fault) -> dict[str, str]:
    if fault.should_retry is None:
        return {}
    return {"stripe-should-retry": "true" if fault.should_retry else "false"}


def _fail_before(fault: Fault) -> Response:
    error = _api_error(fault, saved=False)
    return json_response(error.status, error.body, error.headers)


def _error(status: int, type: str, code: str | None, **headers: str) -> Response:
    return json_response(status, ApiError(status, type, "Simulated", code=code).body, headers)


_BEFORE: dict[str, Callable[[Fault], Response]] = {
    "fail_before": _fail_before,
    "rate_limit": lambda fault: _error(
        429, "invalid_request_error", "rate_limit", **{"retry-after": str(fault.retry_after)}
    ),
    "unauthorized": lambda _: _error(401, "invalid_request_error", "api_key_expired"),
    "forbidden": lambda _: _error(403, "invalid_request_error", None),
    "conflict": lambda fault: _with(
        _error(409, "idempotency_error", "idempotency_key_in_use"), _hint(fault)
    ),
    "proxy": proxy_page,
}
