"""End a plan: nobody is asked to pay any more, and what is due back is given back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from core.application.hub import Asking, Hub, by_itself, write_audit
from core.application.payments.close_payment import close_payment
from core.application.payments.read_payment import need_known_takings, payments_of_plan
from core.application.payments.refund_payment import NewRefund, refund_payment
from core.application.payments.settle_plan import told
from core.domain.payments.payment import PaymentState, Refund
from core.domain.payments.payment_plan import PaymentPlan, PlanState
from core.domain.payments.payment_plan_moves import cancelled
from core.domain.problem import Conflict, NotFound, Problem
from core.domain.tenancy import Permission
from ports.jobs import Bell


async def cancel_plan(hub: Hub, asking: Asking, id: str, reason: str) -> PaymentPlan:
    """Cancelling a cancelled one returns it as it is. The fee is that of its steps, today.

    Its open links are closed; a gateway that does not answer is asked again by itself, and
    money that comes all the same is told, and due back.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        plan = await tx.plan(id)
        if plan is None:
            raise NotFound("payment plan", id)
        if plan.state is PlanState.CANCELLED:
            return plan
        moved = cancelled(plan, reason, hub.clock.now())
        await tx.put_plan(moved.plan)
        await told(hub, tx, moved.plan, moved.told)
        action = "payment_plan.cancelled"
        await write_audit(hub, tx, asking, action, id, before=plan, after=moved.plan)
        payments = await payments_of_plan(tx, id)
    await hub.jobs.ring(Bell.DELIVERIES)
    for payment in payments:
        if payment.state is PaymentState.OPEN:
            with contextlib.suppress(Problem):
                await close_payment(hub, by_itself(asking.scope), payment.id)
    return moved.plan


async def refund_plan(hub: Hub, asking: Asking, id: str, reason: str) -> Sequence[Refund]:
    """Give back what is due: all above the price, or above the fee of a cancelled plan.

    The newest payments first, as refunds are possible for so long only; each refund by itself,
    at most once. Conflict: nothing is due, or it is not known how much the bank took of one.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    async with hub.store.read(asking.scope) as view:
        plan = await view.plan(id)
        if plan is None:
            raise NotFound("payment plan", id)
        payments = await payments_of_plan(view, id)
    if plan.due_back.minor > 0:
        need_known_takings(payments)
    paid = [payment.id for payment in payments if payment.is_refundable]
    # The key of the request stands for the plan as a whole, not for one of its refunds.
    refunds: list[Refund] = []
    for payment in paid:
        if not await _is_due(hub, asking, id):
            break
        refund = await _given(hub, asking, payment, reason)
        refunds += [] if refund is None else [refund]
    if not refunds:
        raise Conflict("nothing_due", f"nothing is due; {plan.received} is in")
    return refunds


async def _is_due(hub: Hub, asking: Asking, id: str) -> bool:
    async with hub.store.read(asking.scope) as view:
        plan = await view.plan(id)
    return plan is not None and plan.due_back.minor > 0


async def _given(hub: Hub, asking: Asking, payment: str, reason: str) -> Refund | None:
    """None: nothing of it is due. How much is, is reckoned while the plan is locked: two who
    ask at once give back no more than one."""
    try:
        return await refund_payment(hub, asking, payment, NewRefund(None, reason))
    except Conflict as e:
        if e.code == "nothing_due":
            return None
        raise
