from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.hub import Asking, by_itself
from core.application.payments.add_plan import add_plan
from core.application.payments.cancel_plan import cancel_plan, refund_plan
from core.application.payments.read_payment import read_payment, read_refund
from core.application.payments.read_plan import list_plans, read_plan
from core.application.payments.start_payment import start_payment
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import payment as payments
from entrypoints.http.wire import plan as wire
from entrypoints.http.wire.values import Because, BecauseOwed
from ports.store import PlanFilter


class PlanController(Controller):
    path = "/payment-plans"
    tags = ("Payments",)

    @post(
        opt=operation(
            summary="Plan a deposit and instalments towards a price",
            needs=Permission.PAYMENTS_WRITE,
            takes=wire.NewPlan,
            key=Key.HONOURED,
            answers={201: wire.PaymentPlan},
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        """Nobody is asked to pay yet. Events tell what falls due, is overdue, is paid."""
        new = (await call.body(wire.NewPlan)).wish()

        async def act(asking: Asking, made: str | None) -> Answer:
            id = made or (await add_plan(call.hub, asking, new)).id
            return await _shown(call, asking, id, 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List payment plans, newest first",
            needs=Permission.PAYMENTS_READ,
            asks=wire.PlanQuery,
            answers={200: Listing[wire.PaymentPlan]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.PlanQuery)
        where = PlanFilter(asked.state, asked.partner)
        rows = await list_plans(call.hub, call.asking, asked.page, where)
        return call.answer(listing([wire.plan(r) for r in rows], asked, lambda shown: shown))

    @get(
        "/{plan_id:str}",
        opt=operation(
            summary="Read a payment plan, with each instalment as it stands today",
            needs=Permission.PAYMENTS_READ,
            answers={200: wire.PaymentPlan},
        ),
    )
    async def read(self, call: Called, plan_id: FromPath[str]) -> Response[bytes]:
        return call.answer(wire.plan(await read_plan(call.hub, call.asking, plan_id)))

    @post(
        "/{plan_id:str}/payments",
        opt=operation(
            summary="Make a link where the customer pays the next instalment",
            needs=Permission.PAYMENTS_WRITE,
            takes=payments.NewPlanPayment,
            key=Key.REQUIRED,
            answers={201: payments.Payment, 202: payments.Payment},
            problems=(502, 503),
        ),
    )
    async def pay(self, call: Called, plan_id: FromPath[str]) -> Response[bytes]:
        """201: open, with its url. 202: the gateway's answer is not clear yet; an event tells."""
        new = (await call.body(payments.NewPlanPayment)).wish(plan_id)

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is None:
                payment = await start_payment(call.hub, asking, new)
            else:
                payment = await read_payment(call.hub, by_itself(asking.scope), made)
            return answers.of_payment(call, payment)

        return await once(call, act, key=Key.REQUIRED)

    @post(
        "/{plan_id:str}/cancel",
        opt=operation(
            summary="Cancel a payment plan, at the fee of its steps",
            needs=Permission.PAYMENTS_WRITE,
            takes=BecauseOwed,
            key=Key.HONOURED,
            answers={200: wire.PaymentPlan},
        ),
    )
    async def cancel(self, call: Called, plan_id: FromPath[str]) -> Response[bytes]:
        """Its open links are closed. `due_back` says what the payer gets: give it back by
        `/refunds`. Cancelling again changes nothing."""
        reason = (await call.body(BecauseOwed)).reason

        async def act(asking: Asking, _: str | None) -> Answer:
            await cancel_plan(call.hub, asking, plan_id, reason)
            return await _shown(call, asking, plan_id, 200)

        return await once(call, act)

    @post(
        "/{plan_id:str}/refunds",
        opt=operation(
            summary="Give back what is due of a payment plan, at most once",
            needs=Permission.PAYMENTS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.REQUIRED,
            answers={202: wire.PlanRefunds},
            problems=(502, 503),
        ),
    )
    async def refund(self, call: Called, plan_id: FromPath[str]) -> Response[bytes]:
        """What is above the price, or above the fee once it is cancelled; of the newest payments
        first, a refund for each. What came of each is in its state, and events tell."""
        reason = (await call.body(Because, bodyless=True)).reason

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is None:
                given = await refund_plan(call.hub, asking, plan_id, reason)
            else:  # the first request died after at least this one; what else is due is asked anew
                given = [await read_refund(call.hub, by_itself(asking.scope), made)]
            shown = wire.PlanRefunds(tuple(payments.refund(r) for r in given))
            return answers.given(shown, 202)

        return await once(call, act, key=Key.REQUIRED)


async def _shown(call: Call, asking: Asking, id: str, status: int) -> Answer:
    found = await read_plan(call.hub, by_itself(asking.scope), id)
    return answers.given(wire.plan(found), status)
