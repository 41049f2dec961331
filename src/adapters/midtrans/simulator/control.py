"""Turning the simulator from outside its process.

GET    /_control/state                          pages, transactions, notifications sent, faults
PUT    /_control/webhook                        {"url"}: as in the dashboard
PUT    /_control/manner                         {"copies", "hold", "delay_ms", "retries_s"}
PUT    /_control/refunds_pend                   false: the bank confirms refunds at once
POST   /_control/release[?reverse]              send what was held
POST   /_control/faults                         one fault; DELETE forgets all
POST   /_control/pages/{token}/{pay, pay_by_card, pay_by_dana, choose, deny, challenge}
POST   /_control/transactions/{id}/{settle, expire, charge_back}
POST   /_control/refunds/{refund_key}/confirm
POST   /_control/notifications/{id}/resend
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from adapters._kit.simulator.faults import Fault, Faults
from adapters._kit.simulator.sending import Manner, Target
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.midtrans.simulator.books import Books
from adapters.midtrans.simulator.errors import Refusal
from adapters.midtrans.simulator.notifications import Notifications


class Controls(msgspec.Struct, frozen=True):
    books: Books
    notifications: Notifications
    faults: Faults[Fault]


def serve(on: Controls, request: Request) -> Response:
    parts = request.path.removeprefix("/_control/").split("/")
    try:
        if len(parts) == 3 and request.method == "POST":
            return json_response(200, _act(on, *parts))
        return json_response(200, _set(on, request.method, parts[0], request))
    except Refusal as e:
        return Response(409, e.response.body, e.response.headers)
    except msgspec.MsgspecError as e:
        return json_response(400, {"error": str(e)})
    except LookupError:
        return json_response(404, {"error": "no such thing to control"})


def _set(on: Controls, method: str, name: str, request: Request) -> object:
    match method, name:
        case "GET", "state":
            return _state(on)
        case "PUT", "webhook":
            on.notifications.target = msgspec.json.decode(request.body, type=Target)
        case "PUT", "manner":
            on.notifications.manner = msgspec.json.decode(request.body, type=Manner)
        case "PUT", "refunds_pend":
            on.books.refunds_pend = msgspec.json.decode(request.body, type=bool)
        case "POST", "release":
            return {"released": on.notifications.release(reverse=request.query == b"reverse")}
        case "POST", "faults":
            on.faults.plant(msgspec.json.decode(request.body, type=Fault))
        case "DELETE", "faults":
            on.faults.clear()
        case _:
            raise LookupError(name)
    return {"ok": True}


def _state(on: Controls) -> dict[str, Any]:
    return {
        "pages": list(on.books.pages.values()),
        "transactions": list(on.books.transactions.values()),
        "notifications": [{"id": m.id, "type": m.type} for m in on.notifications.messages],
        "sent": on.notifications.sent,
        "faults": on.faults.left,
    }


def _act(on: Controls, kind: str, id: str, verb: str) -> object:
    books = on.books
    acts: dict[tuple[str, str], Callable[[str], object]] = {
        ("pages", "pay"): books.pay,
        ("pages", "pay_by_card"): lambda token: books.pay(token, "credit_card"),
        ("pages", "pay_by_dana"): lambda token: books.pay(token, "dana"),
        ("pages", "choose"): lambda token: books.choose(token, "bank_transfer"),
        ("pages", "deny"): books.deny,
        ("pages", "challenge"): books.challenge,
        ("transactions", "settle"): books.settle,
        ("transactions", "expire"): books.expire,
        ("transactions", "charge_back"): books.charge_back,
        ("refunds", "confirm"): books.confirm_refund,
        ("notifications", "resend"): on.notifications.resend,
    }
    return acts[kind, verb](id) or {"ok": True}
