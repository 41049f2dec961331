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

from adapters._kit.simulator.control import GatewayControls
from adapters._kit.simulator.faults import Fault, Faults
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.xendit.simulator.books import Books
from adapters.xendit.simulator.callbacks import Callbacks
from adapters.xendit.simulator.errors import ApiError


def controls(books: Books, callbacks: Callbacks, faults: Faults[Fault]) -> GatewayControls[Fault]:
    return GatewayControls(
        books,
        callbacks,
        faults,
        Fault,
        shown=lambda: {
            "invoices": list(books.invoices.values()),
            "refunds": list(books.refunds.values()),
            "transactions": books.transactions,
            "callbacks": [{"id": m.id, "type": m.type} for m in callbacks.messages],
        },
        acts={
            ("invoices", "pay"): books.pay,
            ("invoices", "underpay"): lambda id: books.pay(id, books.invoice(id)["amount"] - 1),
            ("invoices", "expire"): books.expire,
            ("invoices", "charge_back"): books.charge_back,
            ("refunds", "succeed"): books.settle_refund,
            ("refunds", "fail"): lambda id: books.settle_refund(id, succeeds=False),
            ("callbacks", "resend"): callbacks.resend,
        },
    )


def serve(on: GatewayControls[Fault], request: Request) -> Response:
    try:
        return on.serve(request)
    except ApiError as e:
        return json_response(e.status, e.body)
