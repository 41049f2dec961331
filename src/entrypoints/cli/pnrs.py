"""serai pnrs: look at them, ticket, void and refund, and settle what nobody can know by machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.pnrs.ask_tickets import refund_quote, refund_tickets, ticket_pnr, void_tickets
from core.application.pnrs.read_pnr import (
    PnrOutcome,
    ResolvePnr,
    acknowledge_pnr,
    list_pnrs,
    look_at_pnr,
    read_pnr,
    resolve_pnr,
)
from core.domain.bookings.kept_pnr import KeptPnr, PnrState
from core.domain.bookings.pnr import PnrSegment, Task, Ticket
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.moments import shown
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble
from ports.gds import RefundQuote
from ports.store import Page, PnrFilter

app = typer.Typer(help="PNRs: list, show, ticket, void, refund, settle.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="pnr_…")]
Why = Annotated[str, typer.Option(help="Kept in the audit trail.")]
Ask = Callable[[Hub, Asking, str], Awaitable[KeptPnr]]


@app.command("list")
def list_(
    state: Annotated[PnrState | None, typer.Option(help="Only those in this state.")] = None,
    locator: Annotated[str | None, typer.Option(help="Only the one of these characters.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """PNRs, newest first. `--state needs_operator` shows what waits for a person."""

    async def work(hub: Hub, asking: Asking) -> list[KeptPnr]:
        where = PnrFilter(state=state, locator=locator)
        return list(await list_pnrs(hub, asking, Page(limit=limit), where))

    show(
        ("id", "state", "locator", "flights", "ticket by", "tickets", "to do"),
        (
            (
                kept.id,
                kept.state,
                kept.locator,
                ", ".join(_flight(s) for s in (kept.told.segments if kept.told else ())),
                shown(kept.due_by),
                len(kept.tickets),
                ", ".join(sorted({s.task for s in kept.open_segments})),
            )
            for kept in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such PNRs.",
    )


@app.command("show")
def show_(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """One PNR as it was last told: its flights, tickets and limits."""
    _facts(at_desk(lambda hub, asking: read_pnr(hub, asking, id), live=live, tenant=tenant))


@app.command()
def read(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """Read it at the GDS now. What differs is told to partners, as if a queue had named it."""
    _facts(at_desk(lambda hub, asking: look_at_pnr(hub, asking, id), live=live, tenant=tenant))


@app.command()
def ticket(id: Id, reason: Why = "", live: Live = False, tenant: Agency = None) -> None:
    """Issue a ticket for every passenger, at the stored price: once, however often it is asked."""
    _asked(ticket_pnr, id, reason, PnrState.TICKETED, live, tenant)


@app.command()
def void(id: Id, reason: Why = "", live: Live = False, tenant: Agency = None) -> None:
    """Void its tickets at no cost, on the day they were issued. The flights are still held."""
    _asked(void_tickets, id, reason, PnrState.HELD, live, tenant)


@app.command("refund-quote")
def refund_quote_(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """Ask the GDS what refunding its tickets would give back now."""

    async def work(hub: Hub, asking: Asking) -> RefundQuote:
        return await refund_quote(hub, asking, id)

    quote = at_desk(work, live=live, tenant=tenant)
    facts([("gives back", quote.refund), ("the carrier keeps", quote.penalty)])


@app.command()
def refund(id: Id, reason: Why = "", live: Live = False, tenant: Agency = None) -> None:
    """Refund its tickets by the fare's rules. The flights are still held: cancel the booking next."""
    _asked(refund_tickets, id, reason, PnrState.HELD, live, tenant)


@app.command()
def acknowledge(id: Id, reason: Why = "", live: Live = False, tenant: Agency = None) -> None:
    """Say that somebody told the travellers, or rebooked them. At the GDS nothing changes."""

    async def work(hub: Hub, asking: Asking) -> KeptPnr:
        return await acknowledge_pnr(hub, asking, id)

    at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{id} asks nothing any more, until the next change.")


@app.command()
def resolve(
    id: Annotated[str, typer.Argument(help="pnr_…, in state needs_operator.")],
    outcome: Annotated[PnrOutcome, typer.Option(help="What the GDS itself shows.")],
    reason: Annotated[str, typer.Option(help="How you know; kept in the audit trail.")],
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Settle a PNR whose tickets nobody could see. Look at the GDS first.

    `done`: the tickets were issued, voided or refunded, as was asked. It cannot be undone.
    """

    async def work(hub: Hub, asking: Asking) -> KeptPnr:
        return await resolve_pnr(hub, asking, id, ResolvePnr(outcome, reason))

    say(f"{id} is {at_desk(work, live=live, tenant=tenant).state} now.")


def _asked(
    ask: Ask, id: str, reason: str, granted: PnrState, live: bool, tenant: str | None
) -> None:
    async def work(hub: Hub, asking: Asking) -> KeptPnr:
        return await ask(hub, asking, id)

    kept = at_desk(work, live=live, tenant=tenant, reason=reason)
    if kept.state is granted and kept.refusal is None:
        say(f"{id} is {kept.state} now: {len(kept.tickets)} tickets stand.")
    elif kept.refusal is not None:
        raise Trouble(f"Nothing was done: {kept.refusal.message}.", f"serai pnrs show {id}")
    else:
        raise Trouble(
            f"No clear answer came: {id} is {kept.state}.",
            "A running hub looks by itself, and never sends it again. Do not do it by hand.",
        )


def _facts(kept: KeptPnr) -> None:
    told = kept.told
    facts(
        [
            ("id", kept.id),
            ("state", kept.state),
            ("locator", kept.locator),
            ("booking", kept.booking),
            *(("flight", _whole(s, s in kept.open_segments)) for s in _segments(kept)),
            *(("ticket", _ticket(t)) for t in (told.tickets if told else ())),
            ("pay by", told and shown(told.pay_by)),
            ("ticket by", told and shown(told.ticket_by)),
            ("the fare holds until", told and shown(told.fare_until)),
            ("carriers kept", kept.kept),
            ("connection", kept.connection),
            ("last read", shown(kept.told_at)),
            ("looked at again", shown(kept.check_at)),
            ("why not", kept.refusal and f"{kept.refusal.code}: {kept.refusal.message}"),
        ]
    )


def _segments(kept: KeptPnr) -> tuple[PnrSegment, ...]:
    return kept.told.segments if kept.told else ()


def _flight(of: PnrSegment) -> str:
    return f"{of.segment.carrier}{of.segment.number}"


def _whole(of: PnrSegment, open_: bool) -> str:
    flight = of.segment
    hours = f"{flight.departs_at:%Y-%m-%d %H:%M}"
    was = f", was {of.was:%H:%M}" if of.was else ""
    task = "" if of.task is Task.NONE else f", {of.task}{'' if open_ else ' (done)'}"
    return (
        f"{_flight(of)} {flight.origin}-{flight.destination} {hours}{was}  {of.status_text}{task}"
    )


def _ticket(of: Ticket) -> str:
    states = ", ".join(dict.fromkeys(coupon.status for coupon in of.coupons))
    return f"{of.number}  passenger {of.passenger}, {of.kind}: {states}"
