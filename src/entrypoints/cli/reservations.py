"""serai reservations: what channels have sold of the agency's own rooms."""

from __future__ import annotations

from typing import Annotated

import typer

from core.application.channels.read_reservations import KeptReservation, list_reservations
from core.application.hub import Asking, Hub
from core.domain.channels.reservation import Reservation, ReservationState
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.houses import OfHouse, house_named
from entrypoints.cli.screen import show
from ports.channels import ReservationFilter
from ports.store import Page

app = typer.Typer(help="Reservations that came in from channels.", no_args_is_help=True)


@app.callback()
def of_reservations() -> None:
    """Reservations that came in from channels."""


@app.command("list")
def list_(
    overbooked: Annotated[
        bool, typer.Option("--overbooked", help="Only those whose rooms are not there now.")
    ] = False,
    unmapped: Annotated[
        bool, typer.Option("--unmapped", help="Only those that name what is mapped to nothing.")
    ] = False,
    property: OfHouse = None,
    channel: Annotated[str | None, typer.Option(help="chn_…, only its own.")] = None,
    state: Annotated[ReservationState | None, typer.Option(help="Only those in it.")] = None,
    reference: Annotated[str | None, typer.Option(help="The channel's number of it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Reservations, newest first, with what is short or mapped to nothing in each."""

    async def work(hub: Hub, asking: Asking) -> list[KeptReservation]:
        where = ReservationFilter(
            property=(await house_named(hub, asking, property)).id if property else None,
            channel=channel,
            state=state,
            reference=reference,
            unmapped=unmapped or None,
            overbooked=overbooked or None,
        )
        return list(await list_reservations(hub, asking, Page(limit=limit), where))

    show(
        ("id", "reference", "state", "sold on", "property", "check-in", "check-out", "rooms",
         "overbooked", "unmapped"),
        (row(one.reservation) for one in at_desk(work, live=live, tenant=tenant)),
        empty="There are no such reservations.",
    )  # fmt: skip


def row(of: Reservation) -> tuple[object, ...]:
    """overbooked: each night that lacks rooms, with how many."""
    short: dict[str, int] = {}
    for one in of.forced if of.is_overbooked else ():
        short[str(one.night)] = short.get(str(one.night), 0) + one.rooms
    return (
        of.id,
        of.reference,
        of.state,
        of.sold_on,
        of.property or f"none ({of.property_code} there)",
        of.check_in,
        of.check_out,
        len(of.rooms),
        ", ".join(f"{night}: {rooms}" for night, rooms in sorted(short.items())),
        ", ".join(of.unmapped),
    )
