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

from adapters._kit.simulator.control import GatewayControls
from adapters._kit.simulator.faults import Fault, Faults
from adapters._kit.simulator.web import Request, Response
from adapters.midtrans.simulator.books import Books
from adapters.midtrans.simulator.errors import Refusal
from adapters.midtrans.simulator.notifications import Notifications


def controls(
    books: Books, notifications: Notifications, faults: Faults[Fault]
) -> GatewayControls[Fault]:
    return GatewayControls(
        books,
        notifications,
        faults,
        Fault,
        shown=lambda: {
            "pages": list(books.pages.values()),
            "transactions": list(books.transactions.values()),
            "notifications": [{"id": m.id, "type": m.type} for m in notifications.messages],
        },
        acts={
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
            ("notifications", "resend"): notifications.resend,
        },
    )


def serve(on: GatewayControls[Fault], request: Request) -> Response:
    try:
        return on.serve(request)
    except Refusal as e:
        return Response(409, e.response.body, e.response.headers)
