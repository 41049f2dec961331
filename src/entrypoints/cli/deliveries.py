"""serai deliveries: what became of an event at each endpoint, and sending it once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.webhooks.read_events import list_deliveries, read_delivery, resend_delivery
from core.domain.events.catalogue import types_of
from core.domain.webhooks.delivery import Attempt, Delivery, DeliveryState
from entrypoints.cli.desk import Agency, Live, at_desk, in_live
from entrypoints.cli.moments import moment, to_the_second
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble
from entrypoints.cli.trying import in_words
from ports.store import DeliveryFilter, Page

app = typer.Typer(
    help="Deliveries of events to endpoints: list them, look at one, send one again.",
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(help="dlv_…")]


@app.command("list")
def list_(
    endpoint: Annotated[str | None, typer.Option(help="end_…, only its own.")] = None,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    event: Annotated[str | None, typer.Option(help="evt_…, only of this event.")] = None,
    subject: Annotated[str | None, typer.Option(help="bkg_…, pay_…: only about it.")] = None,
    type: Annotated[
        str | None, typer.Option("--type", help="Only of this event type or pattern (booking.*).")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="From when: 2h or 3d ago, or 2026-11-22T03:00 (UTC).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Deliveries, newest first. `--state exhausted` shows what a receiver never took."""
    types = types_of(type)
    if types is None:
        raise Trouble(f"No event has the type {type}.", "serai trigger --list shows every type.")

    async def work(hub: Hub, asking: Asking) -> Sequence[Delivery]:
        where = DeliveryFilter(
            endpoint=endpoint,
            state=state,
            event=event,
            subject=subject,
            types=types,
            since=None if since is None else moment(since, hub.clock.now()),
        )
        return await list_deliveries(hub, asking, Page(limit=limit), where)

    show(
        ("id", "state", "type", "endpoint", "attempts", "made", "next or settled"),
        (
            (
                d.id,
                d.state,
                d.event_type,
                d.endpoint,
                d.attempts,
                to_the_second(d.created_at),
                _when(d),
            )
            for d in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such deliveries.",
    )


def _when(delivery: Delivery) -> str:
    return to_the_second(delivery.settled_at or delivery.due_at)


@app.command("show")
def show_(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """One delivery, with every attempt and what the receiver answered."""

    async def work(hub: Hub, asking: Asking) -> tuple[Delivery, Sequence[Attempt]]:
        return await read_delivery(hub, asking, id)

    delivery, attempts = at_desk(work, live=live, tenant=tenant)
    facts(
        [
            ("id", delivery.id),
            ("state", delivery.state),
            ("event", f"{delivery.event_type}  {delivery.event}"),
            ("endpoint", delivery.endpoint),
            ("partner", delivery.partner),
            ("made", f"{to_the_second(delivery.created_at)} UTC"),
            ("settled" if delivery.settled_at else "next", f"{_when(delivery)} UTC"),
        ]
    )
    for attempt in attempts:
        say(f"{attempt.number:>3}  {to_the_second(attempt.at)}  {in_words(attempt.sent)}")


@app.command()
def resend(
    id: Id,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")] = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Send its event to its endpoint once more, under the same webhook-id.

    A repeat sends it again. For many at once use `serai recoveries start`.
    """

    async def work(hub: Hub, asking: Asking) -> Delivery:
        return await resend_delivery(hub, asking, id)

    again = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(again.id, "bold")
    say(f"Look at it: serai deliveries show {again.id}{in_live(live)}", "dim")
