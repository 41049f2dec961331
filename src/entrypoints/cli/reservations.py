"""serai reservations: what channels have sold of the agency's own rooms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

import typer

from core.application.channels.read_reservations import (
    KeptReservation,
    list_reservations,
    read_reservation,
)
from core.application.hub import Asking, Hub
from core.application.stock.add_room_type import list_rate_plans, list_room_types
from core.domain.channels.reservation import (
    Acknowledgement,
    Reservation,
    ReservationRoom,
    ReservationState,
)
from core.domain.stock.moves import nights
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.houses import OfHouse, house_named
from entrypoints.cli.moments import shown
from entrypoints.cli.screen import facts, say, show
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


@app.command("show")
def show_(
    id: Annotated[str, typer.Argument(help="rsv_…")], live: Live = False, tenant: Agency = None
) -> None:
    """One reservation: its guest, nights, what is short or mapped to nothing, and its messages.

    Names and contacts are personal data: mind who sees the screen.
    """

    async def work(hub: Hub, asking: Asking) -> tuple[KeptReservation, Mapping[str, str]]:
        kept = await read_reservation(hub, asking, id)
        return kept, await our_codes(hub, asking, kept.reservation)

    kept, codes = at_desk(work, live=live, tenant=tenant)
    tell(kept, codes)


async def our_codes(hub: Hub, asking: Asking, of: Reservation) -> Mapping[str, str]:
    """What the agency calls its room types and plans, by their ids."""
    if of.property is None:
        return {}
    rooms = await list_room_types(hub, asking, of.property)
    plans = await list_rate_plans(hub, asking, of.property)
    return {room.id: room.code for room in rooms} | {plan.id: plan.code for plan in plans}


def tell(kept: KeptReservation, codes: Mapping[str, str]) -> None:
    """Facts first, then every night of every room, then every message that came of it."""
    facts(_lines(kept, codes))
    say("")
    show(
        ("room", "night", "price"),
        (
            (number, night, price)
            for number, room in enumerate(kept.reservation.rooms, 1)
            for night, price in _nights(room)
        ),
        empty="It names no rooms.",
    )
    say("")
    show(
        ("message", "says", "received", "acknowledged", "attempts", "trouble"),
        (_message(debt) for debt in sorted(kept.owed, key=lambda debt: debt.told.order)),
        empty="No message of it is kept.",
    )


def _lines(kept: KeptReservation, codes: Mapping[str, str]) -> list[tuple[str, object]]:
    of = kept.reservation
    short = of.forced if of.is_overbooked else ()
    return [
        ("id", of.id),
        ("state", of.state),
        ("reference", of.reference),
        ("sold on", of.sold_on),
        ("property", of.property or f"none ({of.property_code} there)"),
        ("channel", of.channel or f"none, it came by {of.connection}"),
        *_holder(kept),
        *((f"room {n}", _room(kept, room, codes)) for n, room in enumerate(of.rooms, 1)),
        *(
            ("overbooked", f"{one.night}: {one.rooms} of {codes.get(one.room_type, one.room_type)}")
            for one in short
        ),
        ("mapped to nothing", ", ".join(of.unmapped)),
        ("total", of.total),
        ("taxes in it", of.taxes),
        ("commission in it", of.commission),
        ("collect", of.collect),
        ("booked", shown(of.booked_at)),
        ("came", shown(of.created_at)),
        ("changed", shown(of.updated_at)),
        ("revisions", of.revisions),
    ]


def _holder(kept: KeptReservation) -> list[tuple[str, object]]:
    id = kept.reservation.holder
    person = kept.people.get(id)
    return [
        ("holder", f"{_name(kept, id)}  {id}"),
        ("email", person and person.email),
        ("phone", person and person.phone),
        ("remarks", person and person.note),
    ]


def _room(kept: KeptReservation, room: ReservationRoom, codes: Mapping[str, str]) -> str:
    """As the channel sold it, what that is of ours, for how long, and for whom."""
    there = "/".join(filter(None, (room.room, room.plan)))
    ours = "/".join(codes.get(id, id) for id in (room.room_type, room.rate_plan) if id)
    stay = f"{room.stay.check_in} to {room.stay.check_out}"
    people = f"{room.occupancy.adults} adults"
    if room.occupancy.children:
        people += f" and children of {', '.join(map(str, room.occupancy.children))}"
    guests = "; ".join(_name(kept, id) for id in room.guests)
    said = f"{there} (ours: {ours or 'nothing'}), {stay}, {people}"
    return f"{said}: {guests}" if guests else said


def _name(kept: KeptReservation, id: str) -> str:
    person = kept.people.get(id)
    return f"{person.name} {person.surname}".strip() if person else "(erased)"


def _nights(room: ReservationRoom) -> Iterator[tuple[date, object]]:
    """Each with its price, "" where the channel does not tell it."""
    for number, night in enumerate(nights(room.stay)):
        yield night, room.by_night[number] if number < len(room.by_night) else ""


def _message(of: Acknowledgement) -> tuple[object, ...]:
    return (
        of.told.message,
        of.told.revision,
        shown(of.received_at),
        _heard(of),
        of.attempts,
        of.note,
    )


def _heard(of: Acknowledgement) -> str:
    """When the channel heard that it is kept, or by when it has to."""
    if of.acknowledged_at is not None:
        return shown(of.acknowledged_at)
    by = shown(of.due_by)
    return f"given up, was due by {by}" if of.check_at is None else f"not yet, due by {by}"
