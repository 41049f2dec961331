"""Turning the simulator from outside its process.

GET    /_control/state                         sessions, payment_intents, refunds, events, sent
PUT    /_control/webhook                       {"url", "secret"}
PUT    /_control/manner                        {"copies", "hold", "delay_ms", "retries_s"}
PUT    /_control/refunds_pend                  true or false
POST   /_control/release[?reverse]             send what was held
POST   /_control/faults                        one fault; DELETE forgets all
POST   /_control/sessions/{id}/{pay, pay_later, settle, fail, expire}
POST   /_control/refunds/{id}/{succeed, fail}
POST   /_control/events/{id}/resend
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from adapters._kit.simulator.faults import Faults
from adapters._kit.simulator.sending import Manner, Target
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.stripe.simulator.books import Books
from adapters.stripe.simulator.errors import ApiError
from adapters.stripe.simulator.faults import Fault
from adapters.stripe.simulator.webhooks import Webhooks


class Controls(msgspec.Struct, frozen=True):
    books: Books
    webhooks: Webhooks
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
            on.webhooks.target = msgspec.json.decode(request.body, type=Target)
        case "PUT", "manner":
            on.webhooks.manner = msgspec.json.decode(request.body, type=Manner)
        case "PUT", "refunds_pend":
            on.books.refunds_pend = msgspec.json.decode(request.body, type=bool)
        case "POST", "release":
            return {"released": on.webhooks.release(reverse=request.query == b"reverse")}
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
        "sessions": list(books.sessions.values()),
        "payment_intents": list(books.payment_intents.values()),
        "refunds": list(books.refunds.values()),
        "events": on.webhooks.events,
        "sent": on.webhooks.sent,
        "faults": on.faults.left,
    }


def _act(on: Controls, kind: str, id: str, verb: str) -> object:
    books = on.books
    acts: dict[tuple[str, str], Callable[[str], object]] = {
        ("sessions", "pay"): books.pay,
        ("sessions", "pay_later"): lambda id: books.pay(id, settles=False),
        ("sessions", "settle"): books.settle,
        ("sessions", "fail"): lambda id: books.settle(id, paid=False),
        ("sessions", "expire"): books.expire,
        ("refunds", "succeed"): books.settle_refund,
        ("refunds", "fail"): lambda id: books.settle_refund(id, succeeds=False),
        ("events", "resend"): on.webhooks.resend,
    }
    return acts[kind, verb](id) or {"ok": True}
