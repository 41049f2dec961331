"""Around every request, known route or not: its id, its log line, its figures, its safe headers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from core.application.hub import Hub
from entrypoints.http.problems import MEDIA_TYPE, ProblemBody
from entrypoints.http.titles import title_of
from entrypoints.metrics import Metrics

log = structlog.get_logger("serai.http")

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}")
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})
_SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

Message = dict[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]


class Front:
    def __init__(self, app: App, hub: Hub, metrics: Metrics) -> None:
        self._app, self._hub, self._metrics = app, hub, metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = _given(scope) or self._hub.mint.id("req")
        scope["state"]["request_id"] = request_id
        scope["state"]["headers"] = {}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answered = _Answered(scope, send)
        began = self._hub.clock.monotonic()
        with self._metrics.in_flight.track_inprogress():
            try:
                await self._pass(scope, receive, answered)
            finally:
                self._note(scope, answered.status, self._hub.clock.monotonic() - began)
        return None

    async def _pass(self, scope: Any, receive: Any, send: _Answered) -> None:
        if "\x00" in scope["path"]:
            return await _refuse(scope, send, 404, "not_found", "there is nothing at this address")
        if b"%00" in scope.get("query_string", b""):
            return await _refuse(scope, send, 400, "malformed", "the query holds a NUL character")
        return await self._app(scope, receive, send)

    def _note(self, scope: Any, status: int, seconds: float) -> None:
        route = scope.get("path_template") or "(none)"
        method = scope["method"] if scope["method"] in _METHODS else "(other)"
        self._metrics.request(route, method, status, seconds)
        if route not in _QUIET:
            ms = round(seconds * 1000, 1)
            log.info("request.answered", method=method, route=route, status=status, ms=ms)


class _Answered:
    """Passes the answer on with the headers that every answer has. status 0: none was begun."""

    def __init__(self, scope: Any, send: Any) -> None:
        self._scope, self._send = scope, send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            state = self._scope["state"]
            ours = {**_SAFE, **state["headers"], "x-request-id": state["request_id"]}
            if self._scope["path"].startswith("/v1/"):
                ours["cache-control"] = "no-store"
            added = [(n.encode("ascii"), v.encode("ascii")) for n, v in ours.items()]
            message = {**message, "headers": [*message["headers"], *added]}
        await self._send(message)


def _given(scope: Any) -> str | None:
    """The caller's own X-Request-Id, if it has a sane form."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            return text if REQUEST_ID.fullmatch(text) else None
    return None


async def _refuse(scope: Any, send: _Answered, status: int, code: str, detail: str) -> None:
    problem = ProblemBody(
        type=f"/problems/{code}",
        title=title_of(code),
        status=status,
        detail=detail,
        instance=scope["path"].replace("\x00", ""),
        code=code,
        request_id=scope["state"]["request_id"],
    )
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(problem)})
