"""Turning the simulator from outside its process.

GET    /_control/state                         sessions, payment_intents, refunds, events, sent
PUT    /_control/webhook                       {"url", "secret"}
PUT    /_control/manner                        {"copies", "hold", "delay_ms", "retries_s"}
PUT    /_control/refunds_pend                  true or false
POST   /_control/release[?reverse]             send what was held
POST   /_control/faults                        one fault; DELETE forgets all
POST   /_control/sessions/{id}/{pay, pay_later, settle, fail, expire, charge_back}
POST   /_control/refunds/{id}/{succeed, fail}
POST   /_control/disputes/{id}/win
POST   /_control/events/{id}/resend
"""

from __future__ import annotations

from adapters._kit.simulator.control import GatewayControls
from adapters._kit.simulator.faults import Faults
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.stripe.simulator.books import Books
from adapters.stripe.simulator.errors import ApiError
from adapters.stripe.simulator.faults import Fault
from adapters.stripe.simulator.webhooks import Webhooks


def controls(books: Books, webhooks: Webhooks, faults: Faults[Fault]) -> GatewayControls[Fault]:
    return GatewayControls(
        books,
        webhooks,
        faults,
        Fault,
        shown=lambda: {
            "sessions": list(books.sessions.values()),
            "payment_intents": list(books.payment_intents.values()),
            "refunds": list(books.refunds.values()),
            "disputes": list(books.disputes.values()),
            "balance_transactions": books.ledger.rows,
            "events": webhooks.events,
        },
        acts={
            ("sessions", "pay"): books.pay,
            ("sessions", "pay_later"): lambda id: books.pay(id, settles=False),
            ("sessions", "settle"): books.settle,
            ("sessions", "fail"): lambda id: books.settle(id, paid=False),
            ("sessions", "expire"): books.expire,
            ("sessions", "charge_back"): books.charge_back,
            ("disputes", "win"): books.win,
            ("refunds", "succeed"): books.settle_refund,
            ("refunds", "fail"): lambda id: books.settle_refund(id, succeeds=False),
            ("events", "resend"): webhooks.resend,
        },
    )


def serve(on: GatewayControls[Fault], request: Request) -> Response:
    try:
        return on.serve(request)
    except ApiError as e:
        return json_response(e.status, e.body)
