"""The simulated Privy as an ASGI application."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

import httpx
import msgspec

from adapters._kit.simulator.control import CONTROL, steps, turn_faults
from adapters._kit.simulator.faults import Fault, Faults, proxy_page, spoilt
from adapters._kit.simulator.paper import signed
from adapters._kit.simulator.sending import Manner, Message, Sending, Target
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
from adapters.privyid.simulator.gate import (
    API_KEY,
    CLIENT_ID,
    CLIENT_SECRET,
    SECRET_KEY,
    Gate,
    Rejection,
)

ROOTS = ("oauth2", "web", "files", "_control")
PEOPLE = {"SB0001", "SB0002", "SB0003"}
OWNER, ENTERPRISE, CHANNEL = "SB0001", "sandboxEnterprise0000", "001"
CONFIG = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "api_key": API_KEY,
    "secret_key": SECRET_KEY,
    "channel_id": CHANNEL,
    "owner_id": OWNER,
    "enterprise_token": ENTERPRISE,
}
_OPERATIONS = {
    "/oauth2/api/v1/token": "sign_in",
    "/web/api/v2/doc-signing": "send",
    "/web/api/v2/doc-signing/status": "status",
    "/web/api/v2/doc-signing/delete": "void",
}


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    privyId: str
    enterpriseToken: str


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    document_file: str
    document_name: str
    sign_process: Literal["0", "1"]
    barcode_position: str = "0"


class Recipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user_type: Literal["0"]
    autosign: Literal["0", "1"]
    id_user: str
    signer_type: Literal["Signer"]
    enterpriseToken: str
    notify_user: Literal["0", "1"]
    drag_n_drop: bool
    posX: str
    posY: str
    signPage: str
    detail: str


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reference_number: str
    channel_id: str
    custom_signature_placement: bool
    doc_process: Literal["0", "1", "2"]
    visibility: bool
    doc_owner: Owner
    document: File
    recipients: tuple[Recipient, ...]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reference_number: str
    channel_id: str
    document_token: str
    info: str = ""


class Paper(msgspec.Struct):
    """A document at Privy."""

    order: Order
    token: str
    pdf: bytes
    status: str = "uploaded"
    signed_by: list[str] = []


class Simulator:
    """One customer. as_file: hand the signed document out by its address, not in the answer.

    now: unix seconds. transport: what callbacks go out by; None: real sockets.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.gate = Gate(now)
        self.callbacks = Sending(_unsigned, transport)
        self.faults: Faults[Fault] = Faults()
        self.papers: dict[str, Paper] = {}
        self.requests: list[Request] = []
        self.as_file = False

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send, self.aclose)
            return
        request = await read_request(scope, receive, ROOTS)
        try:
            response = await self._serve(request)
        except Rejection as e:
            response = json_response(e.status, e.body)
        except (msgspec.MsgspecError, LookupError) as e:
            response = json_response(422, Rejection(422, str(e)).body)
        await answer(send, response)

    async def aclose(self) -> None:
        await self.callbacks.aclose()

    def of(self, reference: str) -> list[Paper]:
        """Every document under the caller's reference."""
        return [p for p in self.papers.values() if p.order.reference_number == reference]

    def sign(self, token: str) -> Paper:
        """Whoever is asked now signs."""
        paper = self._open(token)
        paper.signed_by.append(paper.order.recipients[len(paper.signed_by)].id_user)
        whole = len(paper.signed_by) == len(paper.order.recipients)
        paper.status = "completed" if whole else "processing"
        self._call_back(paper)
        return paper

    def decline(self, token: str) -> Paper:
        paper = self._open(token)
        paper.status = "rejected"
        self._call_back(paper)
        return paper

    async def _serve(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return json_response(200, self._control(request))
        if request.path.startswith("/files/"):
            paper = self.papers[request.path.removeprefix("/files/")]
            return Response(200, _signed(paper), {"content-type": "application/pdf"})
        self.requests.append(request)
        operation = _OPERATIONS.get(request.path)
        if operation is None or request.method != "POST":
            raise Rejection(404, "no such resource")
        fault = self.faults.take(operation)
        if fault is not None:
            await pause(fault.delay_ms)
            before = _before(fault)
            if before is not None:
                return before
        try:
            done = json_response(201, self._do(request, operation))
        except Rejection as e:
            done = json_response(e.status, e.body)
        except msgspec.ValidationError as e:
            done = json_response(422, Rejection(422, str(e)).body)
        if fault is not None and fault.kind == "fail_after":
            return json_response(fault.status, {"message": "Internal Server Error"})
        return done if fault is None else spoilt(done, fault)

    def _do(self, request: Request, operation: str) -> dict[str, Any]:
        if operation == "sign_in":
            return {"data": self.gate.token(request.body)}
        body = self.gate.admit(request)
        if operation == "send":
            paper = self._upload(msgspec.convert(body, Order))
        else:
            paper = self._asked(msgspec.convert(body, Question))
            if operation == "void":
                self._delete(paper)
        return {"data": self._told(paper, request.base), "message": "OK"}

    def _upload(self, order: Order) -> Paper:
        if " " in order.reference_number:
            raise Rejection(422, "reference_number holds a space")
        if order.channel_id != CHANNEL or order.doc_owner != Owner(OWNER, ENTERPRISE):
            raise Rejection(422, "the channel or the owner is not known")
        for one in order.recipients:
            if one.id_user not in PEOPLE:
                raise Rejection(422, "recipients: user not found")
            if not all(re.fullmatch("[0-9]{1,4}", n) for n in (one.posX, one.posY, one.signPage)):
                raise Rejection(422, "recipients: not a place on a page")
        if not order.recipients:
            raise Rejection(422, "recipients: nobody")
        token = secrets.token_hex(20)
        self.papers[token] = Paper(order, token, _pdf(order.document.document_file))
        return self.papers[token]

    def _asked(self, asked: Question) -> Paper:
        paper = self.papers.get(asked.document_token)
        if paper is None or paper.order.reference_number != asked.reference_number:
            raise Rejection(404, "document not found")
        return paper

    def _open(self, token: str) -> Paper:
        paper = self.papers[token]
        if paper.status not in ("uploaded", "processing"):
            raise Rejection(422, f"the document is {paper.status}")
        return paper

    def _delete(self, paper: Paper) -> None:
        if paper.status not in ("uploaded", "processing"):
            raise Rejection(422, f"a document that is {paper.status} cannot be deleted")
        paper.status = "deleted"

    def _told(self, paper: Paper, base: str) -> dict[str, Any]:
        done: str | None = None
        if paper.status == "completed":
            file = base64.b64encode(_signed(paper)).decode()
            done = (
                f"{base}/files/{paper.token}"
                if self.as_file
                else f"data:application/pdf;base64,{file}"
            )
        return {
            "reference_number": paper.order.reference_number,
            "channel_id": paper.order.channel_id,
            "document_token": paper.token,
            "status": paper.status,
            "signing_url": f"{base}/sign/{paper.token}",
            "unsigned_document": None,
            "signed_document": done,
            "recipients": [
                {
                    "id_user": r.id_user,
                    "status": "signed" if n < len(paper.signed_by) else "waiting",
                }
                for n, r in enumerate(paper.order.recipients)
            ],
        }

    def _call_back(self, paper: Paper) -> None:
        told = {
            "reference_number": paper.order.reference_number,
            "document_token": paper.token,
            "status": paper.status,
        }
        number = f"{paper.token}/{len(self.callbacks.messages)}"
        self.callbacks.post(Message(number, paper.status, json.dumps({"data": told}).encode()))

    def _control(self, request: Request) -> object:
        """PUT callback, manner; POST faults, sign/<token>, decline/<token>, release,
        forget_tokens; DELETE faults; GET documents, sent."""
        match request.method, *steps(request):
            case "PUT", "callback":
                self.callbacks.target = msgspec.json.decode(request.body, type=Target)
            case "PUT", "manner":
                self.callbacks.manner = msgspec.json.decode(request.body, type=Manner)
            case "POST" | "DELETE", "faults":
                turn_faults(self.faults, Fault, request)
            case "POST", "forget_tokens":
                self.gate.forget_tokens()
            case "POST", "sign", token:
                return self._told(self.sign(token), request.base)
            case "POST", "decline", token:
                return self._told(self.decline(token), request.base)
            case "POST", "release":
                return {"released": self.callbacks.release(reverse=request.query == b"reverse")}
            case "GET", "documents":
                return [self._told(p, request.base) for p in self.papers.values()]
            case "GET", "sent":
                return self.callbacks.sent
            case _:
                raise LookupError("there is no such control")
        return {"ok": True}


def _unsigned(target: Target, raw: bytes) -> dict[str, str]:
    """No public source knows of a signature."""
    return {}


def _pdf(text: str) -> bytes:
    head, _, body = text.partition(",")
    try:
        raw = base64.b64decode(body, validate=True)
    except binascii.Error:
        raw = b""
    if head != "data:application/pdf;base64" or not raw.startswith(b"%PDF-"):
        raise Rejection(422, "document_file is no PDF in a data URI")
    return raw


def _signed(paper: Paper) -> bytes:
    return signed(paper.pdf, [f"signed by {one}" for one in paper.signed_by])


def _before(fault: Fault) -> Response | None:
    """Nothing is done."""
    match fault.kind:
        case "fail_before":
            return json_response(fault.status, {"message": "Internal Server Error"})
        case "rate_limit":
            return json_response(
                429, Rejection(429, "slow down").body, {"retry-after": str(fault.retry_after)}
            )
        case "unauthorized":
            return json_response(401, Rejection(401, "not known").body)
        case "forbidden":
            return json_response(403, Rejection(403, "IP not listed").body)
        case "conflict":
            return json_response(409, Rejection(409, "at work").body)
        case "proxy":
            return proxy_page(fault)
    return None
