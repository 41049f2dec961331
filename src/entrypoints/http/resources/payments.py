from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.hub import Asking, by_itself
from core.application.payments.close_payment import close_payment
from core.application.payments.read_payment import (
    list_payments,
    list_refunds,
    read_payment,
    read_refund,
)
from core.application.payments.refund_payment import refund_payment
from core.application.payments.resolve_payment import resolve_payment, resolve_refund
from core.application.payments.start_payment import start_payment
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import payment as wire
from ports.store import PaymentFilter


class PaymentController(Controller):
    path = "/payments"
    tags = ("Payments",)

    @post(
        opt=operation(
            summary="Make a link where the customer pays for a booking",
            needs=Permission.PAYMENTS_WRITE,
            takes=wire.NewPayment,
            key=Key.REQUIRED,
            answers={201: wire.Payment, 202: wire.Payment},
            problems=(404, 502, 503),
        )
    )
    async def start(self, call: Called) -> Response[bytes]:
        """201: open, with its url. 202: the gateway's answer is not clear yet; an event tells."""
        new = (await call.body(wire.NewPayment)).wish()

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is None:
                payment = await start_payment(call.hub, asking, new)
            else:
                payment = await read_payment(call.hub, by_itself(asking.scope), made)
            return answers.of_payment(call, payment)

        return await once(call, act, key=Key.REQUIRED)

    @get(
        opt=operation(
            summary="List payments, newest first",
            needs=Permission.PAYMENTS_READ,
            asks=wire.PaymentQuery,
            answers={200: Listing[wire.Payment]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.PaymentQuery)
        where = PaymentFilter(asked.booking, asked.plan, asked.state)
        rows = await list_payments(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.payment))

    @get(
        "/{payment_id:str}",
        opt=operation(
            summary="Read a payment", needs=Permission.PAYMENTS_READ, answers={200: wire.Payment}
        ),
    )
    async def read(self, call: Called, payment_id: FromPath[str]) -> Response[bytes]:
        return call.answer(wire.payment(await read_payment(call.hub, call.asking, payment_id)))

    @post(
        "/{payment_id:str}/close",
        opt=operation(
            summary="Close a payment link, so that nobody pays it any more",
            needs=Permission.PAYMENTS_WRITE,
            key=Key.HONOURED,
            answers={200: wire.Payment},
            problems=(502, 503),
        ),
    )
    async def close(self, call: Called, payment_id: FromPath[str]) -> Response[bytes]:
        """`expired`, or `succeeded` if the customer was quicker. Closing again changes nothing."""

        async def act(asking: Asking, _: str | None) -> Answer:
            payment = await close_payment(call.hub, asking, payment_id)
            return answers.given(wire.payment(payment), 200)

        return await once(call, act)

    @post(
        "/{payment_id:str}/refunds",
        opt=operation(
            summary="Give money back, at most once",
            needs=Permission.PAYMENTS_WRITE,
            takes=wire.NewRefund,
            bodyless=True,
            key=Key.REQUIRED,
            answers={201: wire.Refund, 202: wire.Refund},
            problems=(502, 503),
        ),
    )
    async def refund(self, call: Called, payment_id: FromPath[str]) -> Response[bytes]:
        """201: given back. 202: on its way, or not clear yet; an event tells."""
        new = (await call.body(wire.NewRefund, bodyless=True)).wish()

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is None:
                refund = await refund_payment(call.hub, asking, payment_id, new)
            else:
                refund = await read_refund(call.hub, by_itself(asking.scope), made)
            return answers.of_refund(call, refund)

        return await once(call, act, key=Key.REQUIRED)

    @get(
        "/{payment_id:str}/refunds",
        opt=operation(
            summary="List the refunds of a payment",
            needs=Permission.PAYMENTS_READ,
            answers={200: wire.Refunds},
        ),
    )
    async def refunds(self, call: Called, payment_id: FromPath[str]) -> Response[bytes]:
        rows = await list_refunds(call.hub, call.asking, payment_id)
        return call.answer(wire.Refunds(tuple(wire.refund(r) for r in rows)))

    @post(
        "/{payment_id:str}/resolve",
        opt=operation(
            summary="Settle a payment that needs an operator",
            needs=Permission.PAYMENTS_WRITE,
            takes=wire.MoneyResolution,
            key=Key.HONOURED,
            answers={200: wire.Payment},
        ),
    )
    async def resolve(self, call: Called, payment_id: FromPath[str]) -> Response[bytes]:
        """A person says what became of it, and how they know. The reason is audited."""
        resolve = (await call.body(wire.MoneyResolution)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            payment = await resolve_payment(call.hub, asking, payment_id, resolve)
            return answers.given(wire.payment(payment), 200)

        return await once(call, act)


class RefundController(Controller):
    path = "/refunds"
    tags = ("Payments",)

    @get(
        "/{refund_id:str}",
        opt=operation(
            summary="Read a refund", needs=Permission.PAYMENTS_READ, answers={200: wire.Refund}
        ),
    )
    async def read(self, call: Called, refund_id: FromPath[str]) -> Response[bytes]:
        return call.answer(wire.refund(await read_refund(call.hub, call.asking, refund_id)))

    @post(
        "/{refund_id:str}/resolve",
        opt=operation(
            summary="Settle a refund that needs an operator",
            needs=Permission.PAYMENTS_WRITE,
            takes=wire.MoneyResolution,
            key=Key.HONOURED,
            answers={200: wire.Refund},
        ),
    )
    async def resolve(self, call: Called, refund_id: FromPath[str]) -> Response[bytes]:
        """A person says what became of it, and how they know. The reason is audited."""
        resolve = (await call.body(wire.MoneyResolution)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            refund = await resolve_refund(call.hub, asking, refund_id, resolve)
            return answers.given(wire.refund(refund), 200)

        return await once(call, act)
