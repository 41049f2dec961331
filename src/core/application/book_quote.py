"""Book at most once: the intent is committed before the supplier is asked."""

from __future__ import annotations

import msgspec

from core.application.connection_parts import active_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.send_booking import send_booking
from core.domain.booking import Booking
from core.domain.hotel import Occupancy, Quote
from core.domain.person import Guest, Person, PersonKind
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.reference import vendor_reference
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.manifest import Manifest
from ports.store import BookingFilter, Page, Tx


class GuestName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """age: whole years at check-in; for children only."""

    name: str
    surname: str
    age: int | None = None


class Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In whose name the booking stands, and how to reach them. note: wishes for the hotel."""

    name: str
    surname: str
    email: str | None = None
    phone: str | None = None
    note: str | None = None


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """rooms: the guests of each room, in the quote's order. reference: the platform's own.

    partner: whose booking it is; that partner's endpoints are told.
    """

    quote: str
    holder: Holder
    rooms: tuple[tuple[GuestName, ...], ...]
    reference: str = ""
    partner: str | None = None


async def book_quote(hub: Hub, asking: Asking, new: NewBooking) -> Booking:
    """The booking in whatever state its supplier's answer left it.

    `submitting` means that no clear answer came: it will be settled by itself.
    Invalid: guests that do not fit the quote. Conflict: the quote has expired, or is booked.
    """
    asking.need(Permission.BOOKINGS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        quote, manifest = await _bookable(hub, tx, new)
        booking = await _intent(hub, tx, new, quote, manifest)
        await write_intent(hub, tx, asking, "booking.submitted", booking.id, after=booking)
    await ring_after(hub, Bell.BOOKINGS, booking.check_at, told=False)
    return await send_booking(hub, asking, booking)


async def _bookable(hub: Hub, tx: Tx, new: NewBooking) -> tuple[Quote, Manifest]:
    quote = await tx.quote(new.quote)
    if quote is None:
        raise NotFound("quote", new.quote)
    check_guests(tuple(r.occupancy for r in quote.offer.rooms), new.rooms)
    check_names(new.holder, new.rooms)
    if new.partner is not None and await tx.partner(new.partner) is None:
        raise NotFound("partner", new.partner)
    if not quote.holds(hub.clock.now()):
        raise Conflict("quote_expired", "the quote has expired; quote the offer again")
    await _unused(tx, quote)
    _, _, manifest = await active_parts(hub, tx, quote.offer.connection)
    return quote, manifest


async def _unused(tx: Tx, quote: Quote) -> None:
    """Conflict: it is booked already. The quote is locked, so two cannot both be the first."""
    for other in await tx.bookings(Page(limit=200), BookingFilter(quote=quote.id)):
        if other.exists_perhaps:
            raise Conflict(
                "quote_used",
                f"the quote is booked already, as {other.id}; quote the offer again for another",
                resource=other.id,
            )


async def _intent(hub: Hub, tx: Tx, new: NewBooking, quote: Quote, manifest: Manifest) -> Booking:
    now = hub.clock.now()
    holder, guests = await put_people(hub, tx, new.holder, new.rooms)
    booking = Booking(
        id=hub.mint.id("bkg"),
        entity=quote.entity,
        connection=quote.offer.connection,
        quote=quote.id,
        offer=quote.offer,
        holder=holder,
        guests=guests,
        vendor_reference=vendor_reference(hub.mint.entropy(16), manifest.reference_length),
        reference=new.reference,
        created_at=now,
        updated_at=now,
        submission=send(now, manifest.deadline_s),
        partner=new.partner,
    )
    await tx.put_booking(booking)
    return booking


async def put_people(
    hub: Hub, tx: Tx, holder: Holder, rooms: tuple[tuple[GuestName, ...], ...]
) -> tuple[str, tuple[Guest, ...]]:
    """Keep every person under a key of their own; the holder's id and the guests by id."""
    person = Person(
        id=hub.mint.id("per"),
        name=holder.name,
        surname=holder.surname,
        email=holder.email,
        phone=holder.phone,
        note=holder.note,
    )
    await tx.put_person(person)
    guests = []
    for number, room in enumerate(rooms):
        for guest in room:
            id = hub.mint.id("per")
            await tx.put_person(Person(id=id, name=guest.name, surname=guest.surname))
            kind = PersonKind.ADULT if guest.age is None else PersonKind.CHILD
            guests.append(Guest(person=id, room=number, kind=kind, age=guest.age))
    return person.id, tuple(guests)


def check_guests(
    occupancies: tuple[Occupancy, ...], rooms: tuple[tuple[GuestName, ...], ...]
) -> None:
    """Invalid: the guests named are not those the rooms were quoted for."""
    if len(rooms) != len(occupancies):
        raise Invalid(Fault("/rooms", f"the quote is for {len(occupancies)} rooms"))
    faults = []
    for number, (occupancy, room) in enumerate(zip(occupancies, rooms, strict=True)):
        ages = sorted(g.age for g in room if g.age is not None)
        adults = sum(g.age is None for g in room)
        if adults != occupancy.adults or ages != sorted(occupancy.children):
            wanted = f"{occupancy.adults} adults and children aged {list(occupancy.children)}"
            faults.append(Fault(f"/rooms/{number}", f"the quote is for {wanted}"))
    if faults:
        raise Invalid(*faults)


def check_names(holder: Holder, rooms: tuple[tuple[GuestName, ...], ...]) -> None:
    """Invalid: a name that is empty, too long or not a name."""
    named: list[tuple[str, str]] = [
        ("/holder/name", holder.name),
        ("/holder/surname", holder.surname),
    ]
    for number, room in enumerate(rooms):
        for place, guest in enumerate(room):
            named.append((f"/rooms/{number}/{place}/name", guest.name))
            named.append((f"/rooms/{number}/{place}/surname", guest.surname))
    faults = [
        Fault(pointer, "is 1 to 50 printable characters with at least one letter")
        for pointer, text in named
        if not (1 <= len(text) <= 50 and text.isprintable() and any(c.isalpha() for c in text))
    ]
    if holder.email is not None and ("@" not in holder.email or len(holder.email) > 254):
        faults.append(Fault("/holder/email", "is not an e-mail address"))
    if faults:
        raise Invalid(*faults)
