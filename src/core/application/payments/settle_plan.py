"""Write what has become of a plan, with its events, in the transaction that moved the money."""

from __future__ import annotations

from collections.abc import Sequence

from core.application.hub import Hub, by_itself, ring_after, write_audit
from core.application.payments.read_payment import kept_of_all, payments_of_plan
from core.domain.events.payment_events import plan_event
from core.domain.money import zero
from core.domain.payments.payment import PaymentState
from core.domain.payments.payment_plan import PaymentPlan
from core.domain.payments.payment_plan_moves import Moved, Told, looked_at, received
from core.domain.tenancy import Scope
from ports.jobs import Bell
from ports.store import Tx


async def settle_plan(hub: Hub, tx: Tx, scope: Scope, id: str, *, refunded: bool = False) -> None:
    """Add up what came in, after a payment of it was written in *tx*; refunded: a refund was."""
    plan = await tx.plan(id)
    if plan is None:
        raise LookupError(id)
    back = zero(plan.price.currency)
    came = (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
    payments = [p for p in await payments_of_plan(tx, id) if p.state in came]
    for payment in payments:
        back = back + (payment.charged_back or zero(back.currency))
    net = await kept_of_all(tx, payments, back.currency)
    moved = received(plan, net, back, hub.clock.now(), refunded=refunded)
    await write_plan(hub, tx, scope, plan, moved)


async def write_plan(hub: Hub, tx: Tx, scope: Scope, before: PaymentPlan, moved: Moved) -> None:
    if moved.plan == before:
        return
    await tx.put_plan(moved.plan)
    await told(hub, tx, moved.plan, moved.told)
    if moved.plan.state is not before.state:
        by = by_itself(scope)
        action = "payment_plan.settled"
        await write_audit(hub, tx, by, action, before.id, before=before, after=moved.plan)


async def told(hub: Hub, tx: Tx, plan: PaymentPlan, what: Sequence[Told]) -> None:
    for one in what:
        await tx.record(plan_event(one.name, plan, one.instalment), hub.clock.now())


async def remind_plan(hub: Hub, scope: Scope, id: str) -> PaymentPlan:
    """Tell what the days have brought: an instalment that is due, or has been for a day."""
    async with hub.store.begin(scope) as tx:
        plan = await tx.plan(id)
        if plan is None:
            raise LookupError(id)
        moved = looked_at(plan, hub.clock.now())
        await write_plan(hub, tx, scope, plan, moved)
    await ring_after(hub, Bell.PLANS, moved.plan.check_at, told=bool(moved.told))
    return moved.plan
