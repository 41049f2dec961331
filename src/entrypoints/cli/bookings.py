"""serai bookings: look at them, and settle by hand what no machine can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from core.application.bookings.read_booking import list_bookings, read_booking
from core.application.bookings.resolve_booking import Resolution, Resolve, resolve_booking
from core.application.hub import Asking, Hub
from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.hotel import HotelOffer
from core.domain.bookings.offer import Offer
from core.domain.person import Guest, Person
from entrypoints.cli.amounts import money_of
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import facts, say, show
from ports.store import BookingFilter, Page

app = typer.Typer(help="Bookings: list, show, settle.", no_args_is_help=True)


@app.command("list")
def list_(
    state: Annotated[BookingState | None, typer.Option(help="Only those in this state.")] = None,
    reference: Annotated[str | None, typer.Option(help="Only the platform's reference.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Bookings, newest first. `--state needs_operator` shows what waits for a person."""

    async def work(hub: Hub, asking: Asking) -> list[Booking]:
        where = BookingFilter(state=state, reference=reference)
        return list(await list_bookings(hub, asking, Page(limit=limit), where))

    show(
        ("id", "state", "what", "from", "sell", "our reference", "theirs"),
        (
            (
                b.id,
                b.state,
                b.offer.title,
                b.offer.starts_on,
                b.offer.price.sell,
                b.vendor_reference,
                b.supplier_reference,
            )
            for b in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such bookings.",
    )


@app.command("show")
def show_(
    id: Annotated[str, typer.Argument(help="bkg_…")], live: Live = False, tenant: Agency = None
) -> None:
    """One booking, with its guests. Names are personal data: mind who sees the screen."""

    async def work(hub: Hub, asking: Asking) -> tuple[Booking, Mapping[str, Person]]:
        return await read_booking(hub, asking, id)

    booking, people = at_desk(work, live=live, tenant=tenant)
    facts(_lines(booking, people))


def _lines(booking: Booking, people: Mapping[str, Person]) -> list[tuple[str, object]]:
    offer, cancellation, refusal = booking.offer, booking.cancellation, booking.refusal
    return [
        ("id", booking.id),
        ("state", booking.state),
        *_sold(offer),
        ("price", f"sell {offer.price.sell}, net {offer.price.net}"),
        ("holder", f"{_name(people, booking.holder)}  {booking.holder}"),
        *(("guest", _guest(people, guest)) for guest in booking.guests),
        ("our reference there", booking.vendor_reference),
        ("their reference", booking.supplier_reference),
        ("platform's reference", booking.reference),
        ("connection", booking.connection),
        ("made", f"{booking.created_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("asked about again", booking.check_at and f"{booking.check_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("cancellation fee", cancellation and cancellation.fee),
        ("why not", refusal and f"{refusal.code}: {refusal.message}"),
    ]


def _sold(offer: Offer) -> list[tuple[str, object]]:
    match offer:
        case HotelOffer(hotel=hotel, stay=stay, rooms=rooms):
            return [
                ("hotel", f"{hotel.name} ({hotel.code})"),
                ("stay", f"{stay.check_in} to {stay.check_out}, {len(rooms)} rooms"),
            ]
        case ActivityOffer(product=product, option=option, starts_at=starts_at, units=units):
            tickets = ", ".join(f"{unit.count} {unit.name}" for unit in units)
            return [
                ("activity", f"{product.name}, {option.name} ({product.code})"),
                ("starts", f"{starts_at:%Y-%m-%d %H:%M}, {tickets}"),
            ]
        case FlightOffer(segments=segments):
            return [
                (
                    "flight",
                    f"{s.carrier}{s.number} {s.origin}-{s.destination}"
                    f" {s.departs_at:%Y-%m-%d %H:%M}, class {s.rbd}",
                )
                for s in segments
            ]


def _guest(people: Mapping[str, Person], guest: Guest) -> str:
    age = "" if guest.age is None else f" ({guest.age})"
    return f"{_name(people, guest.person)}{age}  {guest.person}"


def _name(people: Mapping[str, Person], id: str) -> str:
    person = people.get(id)
    return f"{person.name} {person.surname}" if person else "(erased)"


@app.command()
def resolve(
    id: Annotated[str, typer.Argument(help="bkg_…, in state needs_operator.")],
    outcome: Annotated[Resolution, typer.Option(help="What the supplier's own desk says.")],
    reason: Annotated[str, typer.Option(help="How you know; kept in the audit trail.")],
    supplier_reference: Annotated[
        str | None, typer.Option(help="Theirs; needed for confirmed.")
    ] = None,
    fee: Annotated[
        str | None, typer.Option(help='What a cancelled one cost, as "125.50 USD".')
    ] = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Settle a booking that needs an operator. Ask the supplier first, by telephone if need be.

    Partners are told as if the supplier had answered. It cannot be undone.
    """
    cost = money_of(fee) if fee else None

    async def work(hub: Hub, asking: Asking) -> Booking:
        settled = Resolve(outcome, reason, supplier_reference, cost)
        return await resolve_booking(hub, asking, id, settled)

    booking = at_desk(work, live=live, tenant=tenant)
    say(f"{booking.id} is {booking.state} now.")
