"""serai payments, serai refunds: settle by hand what no machine can know."""

from __future__ import annotations

from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.payments.resolve_payment import (
    MoneyOutcome,
    ResolveMoney,
    resolve_payment,
    resolve_refund,
)
from core.domain.payments.payment import Payment, Refund
from entrypoints.cli.amounts import money_of
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import say

payments = typer.Typer(help="Payments that need an operator.", no_args_is_help=True)
refunds = typer.Typer(help="Refunds that need an operator.", no_args_is_help=True)

Outcome = Annotated[MoneyOutcome, typer.Option(help="What the gateway's own dashboard shows.")]
Reason = Annotated[str, typer.Option(help="How you know; kept in the audit trail.")]


@payments.callback()
def of_payments() -> None:
    """Payments that need an operator."""


@refunds.callback()
def of_refunds() -> None:
    """Refunds that need an operator."""


@payments.command("resolve")
def resolve_one_payment(
    id: Annotated[str, typer.Argument(help="pay_…")],
    outcome: Outcome,
    reason: Reason,
    charge_reference: Annotated[
        str | None,
        typer.Option(help="Theirs, of what was taken; needed for succeeded: it is refunded by it."),
    ] = None,
    charged_back: Annotated[
        str | None,
        typer.Option(
            "--taken", help='What the bank took, as "1500000 IDR"; needed for charged_back.'
        ),
    ] = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Settle a payment that is `needs_operator` or charged back. Partners are told as if the gateway had said it."""
    taken = money_of(charged_back) if charged_back else None

    async def work(hub: Hub, asking: Asking) -> Payment:
        resolve = ResolveMoney(outcome, reason, charge_reference, taken)
        return await resolve_payment(hub, asking, id, resolve)

    payment = at_desk(work, live=live, tenant=tenant)
    taken_back = payment.charged_back
    back = f"; {taken_back} was taken back" if taken_back and taken_back.minor else ""
    say(f"{payment.id} is {payment.state} now, {payment.amount}{back}.")


@refunds.command("resolve")
def resolve_one_refund(
    id: Annotated[str, typer.Argument(help="rfd_…")],
    outcome: Outcome,
    reason: Reason,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Settle a refund that is `needs_operator`. Partners are told as if the gateway had said it."""

    async def work(hub: Hub, asking: Asking) -> Refund:
        return await resolve_refund(hub, asking, id, ResolveMoney(outcome, reason))

    refund = at_desk(work, live=live, tenant=tenant)
    say(f"{refund.id} is {refund.state} now, {refund.amount}.")
