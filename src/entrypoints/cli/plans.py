"""serai plans, serai settlements: what is due of a price paid in parts; the gateways' ledgers."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.payments.add_plan import NewPlan, add_plan
from core.application.payments.read_plan import PlanStanding, list_plans, read_plan
from core.application.payments.reconcile_settlements import (
    Period,
    Reconciled,
    reconcile_settlements,
)
from core.domain.money import Money
from core.domain.payments.payment_plan import (
    Instalment,
    InstalmentKind,
    PaymentPlan,
    PlanState,
    in_parts,
)
from core.domain.payments.settlement import LineKind
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import say, show
from entrypoints.cli.trouble import Trouble
from ports.store import Page, PlanFilter

plans = typer.Typer(help="Prices paid in parts.", no_args_is_help=True)
settlements = typer.Typer(help="The gateways' ledgers.", no_args_is_help=True)
Day = Annotated[datetime.datetime, typer.Option(formats=["%Y-%m-%d"])]


@plans.callback()
def of_plans() -> None:
    """Prices paid in parts."""


@settlements.callback()
def of_settlements() -> None:
    """The gateways' ledgers."""


@plans.command("add")
def add(
    price: Annotated[str, typer.Argument(help="In whole units: 35000000")],
    deposit: Annotated[str, typer.Option(help="In whole units.")],
    deposit_by: Day,
    entity: Annotated[str, typer.Option(help="ent_…, whose price it is.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "IDR",
    parts: Annotated[int, typer.Option(min=1, max=59, help="Of the rest, equal ones.")] = 1,
    every: Annotated[int, typer.Option(min=1, max=366, help="Days between the parts.")] = 30,
    reference: Annotated[str, typer.Option(help="The agency's own number for it.")] = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """A deposit and equal parts of the rest, a stretch of days apart."""
    try:
        whole, first = Money.of(price, currency), Money.of(deposit, currency)
        rest = in_parts(whole - first, parts)
    except ValueError as e:
        raise Trouble(str(e), "give amounts in whole units of the currency") from e
    day = deposit_by.date()
    days = [day + datetime.timedelta(days=every * n) for n in range(1, parts + 1)]
    instalments = (
        Instalment(first, day, InstalmentKind.DEPOSIT),
        *(Instalment(a, d) for a, d in zip(rest, days, strict=True)),
    )

    async def work(hub: Hub, asking: Asking) -> PaymentPlan:
        new = NewPlan(entity=entity, price=whole, instalments=instalments, reference=reference)
        return await add_plan(hub, asking, new)

    plan = at_desk(work, live=live, tenant=tenant)
    say(f"{plan.id}: {plan.price} in {len(plan.instalments)} parts.")


@plans.command("list")
def list_(
    state: Annotated[PlanState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Payment plans, newest first. `--state overdue` shows who is late."""

    async def work(hub: Hub, asking: Asking) -> list[PlanStanding]:
        return list(await list_plans(hub, asking, Page(limit=limit), PlanFilter(state)))

    show(
        ("id", "state", "reference", "price", "received", "due back"),
        (
            (p.plan.id, p.plan.state, p.plan.reference, p.plan.price, p.plan.received, _due(p))
            for p in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such plans.",
    )


def _due(standing: PlanStanding) -> str:
    due = standing.plan.due_back
    return str(due) if due.minor else ""


@plans.command("show")
def show_one(
    id: Annotated[str, typer.Argument(help="pln_…")], live: Live = False, tenant: Agency = None
) -> None:
    """One plan, each part as it stands today."""

    async def work(hub: Hub, asking: Asking) -> PlanStanding:
        return await read_plan(hub, asking, id)

    found = at_desk(work, live=live, tenant=tenant)
    say(f"{found.plan.id} is {found.plan.state}: {found.plan.received} of {found.plan.price}.")
    show(
        ("number", "kind", "due on", "amount", "paid", "state"),
        ((i.number, i.kind, i.due_on, i.amount, i.paid, i.state) for i in found.instalments),
        empty="It has no parts.",
    )


@settlements.command("reconcile")
def reconcile(
    connection: Annotated[str, typer.Argument(help="con_…, of a payment gateway")],
    since: Day,
    until: Day,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Hold a gateway's ledger against ours, and show what differs. Days are those of UTC."""
    period = Period(
        connection, since.replace(tzinfo=datetime.UTC), until.replace(tzinfo=datetime.UTC)
    )

    async def work(hub: Hub, asking: Asking) -> Reconciled:
        return await reconcile_settlements(hub, asking, period)

    found = at_desk(work, live=live, tenant=tenant)
    taken = sum(x.kind is LineKind.PAYMENT for x in found.lines)
    say(f"{len(found.lines)} lines, {taken} of them payments.")
    show(
        ("difference", "subject", "what"),
        ((m.difference, m.subject, m.detail) for m in found.mismatches),
        empty="Nothing differs.",
    )
