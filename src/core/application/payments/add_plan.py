"""A plan of payments towards the price of a package."""

from __future__ import annotations

import msgspec

from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.payments.settle_plan import told
from core.domain.money import Money, zero
from core.domain.payments.payment_plan import FeeStep, Instalment, PaymentPlan, plan_faults
from core.domain.payments.payment_plan_moves import Told, looked_at
from core.domain.problem import Fault, Invalid
from core.domain.tenancy import Permission
from ports.jobs import Bell


class NewPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """partner: whose it is; its endpoints are told. holder: who pays, a person of a booking. fees: what cancelling costs, from which day on."""

    entity: str
    price: Money
    instalments: tuple[Instalment, ...]
    timezone: str = "Asia/Jakarta"
    fees: tuple[FeeStep, ...] = ()
    reference: str = ""
    description: str = ""
    holder: str | None = None
    booking: str | None = None
    partner: str | None = None


async def add_plan(hub: Hub, asking: Asking, new: NewPlan) -> PaymentPlan:
    """What is due already is told at once.

    Invalid: every fault, by its field. Nobody is asked to pay yet: start_payment does that.
    """
    asking.need(Permission.PAYMENTS_WRITE)
    faults = list(plan_faults(new.price, new.timezone, new.instalments, new.fees))
    if faults:
        raise Invalid(*faults)
    now, nothing = hub.clock.now(), zero(new.price.currency)
    plan = PaymentPlan(
        id=hub.mint.id("pln"),
        entity=new.entity,
        price=new.price,
        timezone=new.timezone,
        instalments=new.instalments,
        created_at=now,
        updated_at=now,
        received=nothing,
        charged_back=nothing,
        fees=new.fees,
        reference=new.reference,
        description=new.description,
        holder=new.holder,
        booking=new.booking,
        partner=new.partner,
    )
    async with hub.store.begin(asking.scope) as tx:
        if await tx.entity(new.entity) is None:
            raise Invalid(Fault("/entity", "is not a legal entity here"))
        if new.booking is not None and await tx.booking(new.booking) is None:
            raise Invalid(Fault("/booking", "is not a booking here"))
        if new.partner is not None and await tx.partner(new.partner) is None:
            raise Invalid(Fault("/partner", "is not a partner here"))
        if new.holder is not None and not await tx.person_exists(new.holder):
            raise Invalid(Fault("/holder", "is not a person here"))
        moved = looked_at(plan, now)
        await tx.put_plan(moved.plan)
        await told(hub, tx, moved.plan, (Told("payment_plan.created"), *moved.told))
        await write_intent(hub, tx, asking, "payment_plan.added", plan.id, after=moved.plan)
    await ring_after(hub, Bell.PLANS, moved.plan.check_at, told=True)
    return moved.plan
