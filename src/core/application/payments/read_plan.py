"""Payment plans as they stand."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.hub import Asking, Hub
from core.domain.payments.payment_plan import PaymentPlan, Standing, standings
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from ports.store import Page, PlanFilter


class PlanStanding(msgspec.Struct, frozen=True):
    """A plan, and each of its instalments today."""

    plan: PaymentPlan
    instalments: tuple[Standing, ...]


async def read_plan(hub: Hub, asking: Asking, id: str) -> PlanStanding:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        plan = await view.plan(id)
    if plan is None:
        raise NotFound("payment plan", id)
    return PlanStanding(plan, standings(plan, hub.clock.now()))


async def list_plans(
    hub: Hub, asking: Asking, page: Page, where: PlanFilter
) -> Sequence[PlanStanding]:
    asking.need(Permission.PAYMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        found = await view.plans(page, where)
    return [PlanStanding(plan, standings(plan, hub.clock.now())) for plan in found]
