"""The simulated DocuSign as an ASGI application: the sign-in, the API, the signer's page."""

from __future__ import annotations

import html
import re
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec

from adapters._kit.simulator.control import CONTROL, steps, turn_faults
from adapters._kit.simulator.faults import Fault, Faults, proxy_page, spoilt
from adapters._kit.simulator.routes import routed
from adapters._kit.simulator.sending import Manner
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
from adapters.docusign.simulator import reading
from adapters.docusign.simulator.access import ACCOUNT_ID, CLIENT_ID, Access
from adapters.docusign.simulator.connect import Connect
from adapters.docusign.simulator.envelopes import Envelopes, stamp, told
from adapters.docusign.simulator.reject import Rejection

ROOTS = ("oauth", "restapi", "sign", "_control")
_ACCOUNT = rf"/restapi/v2\.1/accounts/{ACCOUNT_ID}"
_ROUTES = (
    ("POST", r"/oauth/token", "sign_in"),
    ("GET", r"/oauth/userinfo", "userinfo"),
    ("GET", rf"{_ACCOUNT}", "probe"),
    ("POST", rf"{_ACCOUNT}/envelopes", "send"),
    ("GET", rf"{_ACCOUNT}/envelopes", "find"),
    ("GET", rf"{_ACCOUNT}/envelopes/([^/]+)", "status"),
    ("PUT", rf"{_ACCOUNT}/envelopes/([^/]+)", "void"),
    ("GET", rf"{_ACCOUNT}/envelopes/([^/]+)/documents/combined", "combined"),
    ("GET", rf"{_ACCOUNT}/envelopes/([^/]+)/documents/certificate", "certificate"),
)
HOURLY = 3000


class Simulator:
    """One account with one user and one app.

    asgi: mount it anywhere; below it lie /oauth, /restapi, /sign (the signer's page, reached by
    the link of an e-mail that is never sent) and /_control.
    now: unix seconds. transport: what Connect goes out by; None: real sockets.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._now = now
        self.access = Access(now)
        self.connect = Connect(now, transport)
        self.envelopes = Envelopes(now, self.connect.emit)
        self.faults: Faults[Fault] = Faults()
        self.requests: list[Request] = []
        self._calls = 0

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send, self.aclose)
            return
        request = await read_request(scope, receive, ROOTS)
        await answer(send, await self._serve(request))

    async def aclose(self) -> None:
        await self.connect.aclose()

    async def _serve(self, request: Request) -> Response:
        try:
            if request.path.startswith(CONTROL):
                return json_response(200, self._control(request))
            if request.path.startswith("/sign/"):
                return self._page(request)
            if request.path.startswith("/oauth/auth"):
                return self._consent(request)
            self.requests.append(request)
            return await self._api(request)
        except Rejection as e:
            return json_response(e.status, e.body, self._limits())
        except (msgspec.MsgspecError, LookupError) as e:
            return json_response(400, {"errorCode": "INVALID_REQUEST_PARAMETER", "message": str(e)})

    async def _api(self, request: Request) -> Response:
        operation, id = _route(request)
        fault = self.faults.take(operation)
        if fault is not None:
            await pause(fault.delay_ms)
            before = _before(fault)
            if before is not None:
                return before
        try:
            done = self._do(request, operation, id)
        except Rejection as e:
            done = json_response(e.status, e.body, self._limits())
        if fault is not None and fault.kind == "fail_after":
            return json_response(fault.status, {"errorCode": "UNSPECIFIED_ERROR", "message": ""})
        return done if fault is None else spoilt(done, fault)

    def _do(self, request: Request, operation: str, id: str) -> Response:
        if operation == "sign_in":
            audience = request.base.partition("://")[2]
            return json_response(200, self.access.token(request.body, audience))
        self.access.authorise(request.headers.get("authorization", ""))
        if operation == "userinfo":
            return json_response(200, self._userinfo(request))
        self._calls += 1
        if self._calls > HOURLY:
            raise Rejection(400, "HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "The limit is reached")
        if operation in ("combined", "certificate"):
            return self._document(request, operation, id)
        status = 201 if operation == "send" else 200
        return json_response(status, self._asked(request, operation, id), self._limits())

    def _asked(self, request: Request, operation: str, id: str) -> dict[str, Any]:
        query = dict(parse_qsl(request.query.decode("latin-1")))
        include = set(query.get("include", "").split(","))
        match operation:
            case "probe":
                return {"accountId": ACCOUNT_ID, "accountName": "Sandbox", "planName": "Sandbox"}
            case "send":
                return self._send(request)
            case "find":
                return self._find(query, include)
            case "status":
                return told(self.envelopes.polled(id), include)
        self.envelopes.void(id, reading.voiding(request.body).voided_reason)
        return {"envelopeId": id}

    def _send(self, request: Request) -> dict[str, Any]:
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Rejection(400, "INVALID_CONTENT_TYPE", "Send JSON")
        made = self.envelopes.create(*reading.definition(request.body))
        return {
            "envelopeId": made.id,
            "status": made.status,
            "statusDateTime": stamp(made.created),
            "uri": f"/envelopes/{made.id}",
        }

    def _find(self, query: dict[str, str], include: set[str]) -> dict[str, Any]:
        if "transaction_ids" not in query and "from_date" not in query:
            raise Rejection(400, "INVALID_REQUEST_PARAMETER", "from_date is required")
        ids = {one.lower() for one in query.get("transaction_ids", "").split(",")}
        found = [told(e, include) for e in self.envelopes.by_transaction(ids)]
        count = str(len(found))
        sizes = {"resultSetSize": count, "totalSetSize": count, "startPosition": "0"}
        return {**sizes, "envelopes": found} if found else sizes

    def _document(self, request: Request, operation: str, id: str) -> Response:
        if "application/pdf" not in request.headers.get("accept", ""):
            raise Rejection(406, "INVALID_CONTENT_TYPE", "Ask for application/pdf")
        envelopes = self.envelopes
        pdf = envelopes.combined(id) if operation == "combined" else envelopes.certificate(id)
        return Response(200, pdf, {"content-type": "application/pdf", **self._limits()})

    def _userinfo(self, request: Request) -> dict[str, Any]:
        account = {
            "account_id": ACCOUNT_ID,
            "account_name": "Sandbox",
            "base_uri": request.base,
            "is_default": True,
        }
        return {"sub": str(uuid.uuid4()), "name": "Sandbox", "accounts": [account]}

    def _limits(self) -> dict[str, str]:
        hour = int(self._now() // 3600 + 1) * 3600
        return {
            "x-ratelimit-limit": str(HOURLY),
            "x-ratelimit-remaining": str(max(0, HOURLY - self._calls)),
            "x-ratelimit-reset": str(hour),
            "x-docusign-tracetoken": str(uuid.uuid4()),
        }

    def _consent(self, request: Request) -> Response:
        """A person signs in, sees what the app asks for, and lets it."""
        query = dict(parse_qsl(request.query.decode("latin-1")))
        asked = (query.get("client_id"), query.get("response_type"), query.get("scope"))
        if asked != (CLIENT_ID, "code", "signature impersonation"):
            raise Rejection(400, "invalid_request", oauth=True)
        self.access.consented = True
        return Response(302, b"", {"location": f"{query['redirect_uri']}?code=x"})

    def _page(self, request: Request) -> Response:
        """GET shows what whoever is asked now would see; POST how=sign or how=decline."""
        found = self.envelopes.get(request.path.removeprefix("/sign/").strip("/"))
        if request.method == "POST":
            how = request.form.get("how", "sign")
            act = self.envelopes.decline if how == "decline" else self.envelopes.sign
            found = act(found.id)
        asked = next((r.name for r in found.recipients if r.status == "sent"), "nobody")
        subject = html.escape(found.definition.email_subject)
        body = f"<h1>{subject}</h1><p>{html.escape(found.status)}; asked: {html.escape(asked)}</p>"
        return Response(200, body.encode(), {"content-type": "text/html; charset=utf-8"})

    def _control(self, request: Request) -> object:
        """POST keypair, connect_key, faults, sign/<id>, decline/<id>, release[?reverse],
        forget_tokens; DELETE faults; PUT consented, manner; GET envelopes, sent."""
        match request.method, *steps(request):
            case "POST", "keypair":
                return {"private_key": self.access.new_keypair()}
            case "POST", "connect_key":
                self.connect.keys.insert(0, secrets.token_urlsafe(32))
                return {"connect_key": self.connect.keys[0]}
            case "POST" | "DELETE", "faults":
                turn_faults(self.faults, Fault, request)
            case "POST", "forget_tokens":
                self.access.forget_tokens()
            case "PUT", "consented":
                self.access.consented = msgspec.json.decode(request.body, type=bool)
            case "PUT", "manner":
                self.connect.manner = msgspec.json.decode(request.body, type=Manner)
            case "POST", "release":
                return {"released": self.connect.release(reverse=request.query == b"reverse")}
            case "POST", "sign", id:
                return told(self.envelopes.sign(id), {"recipients"})
            case "POST", "decline", id:
                return told(self.envelopes.decline(id), {"recipients"})
            case "GET", "envelopes":
                both = {"custom_fields", "recipients"}
                return [told(e, both) for e in self.envelopes.all.values()]
            case "GET", "sent":
                return self.connect.sent
            case _:
                raise LookupError("there is no such control")
        return {"ok": True}


def _route(request: Request) -> tuple[str, str]:
    found = routed(_ROUTES, request, flags=re.IGNORECASE)
    if found is None:
        raise Rejection(404, "RESOURCE_NOT_FOUND", "The resource does not exist")
    return found


def _before(fault: Fault) -> Response | None:
    """Nothing is done."""
    match fault.kind:
        case "fail_before":
            return json_response(fault.status, {"errorCode": "UNSPECIFIED_ERROR", "message": ""})
        case "rate_limit":
            code = "BURST_APIINVOCATION_LIMIT_EXCEEDED"
            return json_response(400, {"errorCode": code, "message": ""})
        case "unauthorized":
            return json_response(401, {"errorCode": "USER_AUTHENTICATION_FAILED", "message": ""})
        case "forbidden":
            return json_response(403, {"errorCode": "USER_LACKS_PERMISSIONS", "message": ""})
        case "conflict":
            return json_response(409, {"errorCode": "EDIT_LOCK_NOT_LOCK_OWNER", "message": ""})
        case "proxy":
            return proxy_page(fault)
    return None
