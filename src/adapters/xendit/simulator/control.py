"""Turning the simulator from outside its process.

GET    /_control/state                          invoices, refunds, transactions, callbacks sent
PUT    /_control/webhook                        {"url", "secret"}: where to, and the token
PUT    /_control/manner                         {"copies", "hold", "delay_ms", "retries_s"}
PUT    /_control/refunds_pend                   false: refunds succeed right after the answer
POST   /_control/release[?reverse]              send what was held
POST   /_control/faults                         one fault; DELETE forgets all
POST   /_control/invoices/{id}/{pay, underpay, expire, charge_back}
POST   /_control/refunds/{id}/{succeed, fail}
POST   /_control/callbacks/{id}/resend
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from adapters._kit.simulator.faults import Fault, Faults
from adapters._kit.simulator.sending import Manner, Target
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.xendit.simulator.books import Books
from adapters.xendit.simulator.callbacks import Callbacks
from adapters.xendit.simulator.errors import ApiError


class Controls(msgspec.Struct, frozen=True):
    books: Books
    callbacks: Callbacks
    faults: Faults[Fault]


def serve(on: Controls, request: Request) -> Response:
    parts = request.path.removeprefix("/_control/").split("/")
    try:
        if len(parts) == 3 and request.method == "POST":
            return json_response(200, _act(on, *parts))
        return json_response(200, _set(on, request.method, parts[0], request))
    except ApiError as e:
        return json_response(e.status, e.body)
    except msgspec.MsgspecError as e:
        return json_response(400, {"error": str(e)})
    except LookupError:
        return json_response(404, {"error": "no such thing to control"})


def _set(on: Controls, method: str, name: str, request: Request) -> object:
    match method, name:
        case "GET", "state":
            return _state(on)
        case "PUT", "webhook":
            on.callbacks.target = msgspec.json.decode(request.body, type=Target)
        case "PUT", "manner":
            on.callbacks.manner = msgspec.json.decode(request.body, type=Manner)
        case "PUT", "refunds_pend":
            on.books.refunds_pend = msgspec.json.decode(request.body, type=bool)
        case "POST", "release":
            return {"released": on.callbacks.release(reverse=request.query == b"reverse")}
        case "POST", "faults":
            on.faults.plant(msgspec.json.decode(request.body, type=Fault))
        case "DELETE", "faults":
            on.faults.clear()
        case _:
            raise LookupError(name)
    return {"ok": True}


def _state(on: Controls) -> dict[str, Any]:
    books = on.books
    return {
        "invoices": list(books.invoices.values()),
        "refunds": list(books.refunds.values()),
        "transactions": books.transactions,
        "callbacks": [{"id": m.id, "type": m.type} for m in on.callbacks.messages],
        "sent": on.callbacks.sent,
        "faults": on.faults.left,
    }


def _act(on: Controls, kind: str, id: str, verb: str) -> object:
    books = on.books
    acts: dict[tuple[str, str], Callable[[str], object]] = {
        ("invoices", "pay"): books.pay,
        ("invoices", "underpay"): lambda id: books.pay(id, books.invoice(id)["amount"] - 1),
        ("invoices", "expire"): books.expire,
        ("invoices", "charge_back"): books.charge_back,
        ("refunds", "succeed"): books.settle_refund,
        ("refunds", "fail"): lambda id: books.settle_refund(id, succeeds=False),
        ("callbacks", "resend"): on.callbacks.resend,
    }
    return acts[kind, verb](id) or {"ok": True}
