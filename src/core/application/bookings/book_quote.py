"""Book at most once: the intent is committed before the supplier is asked."""

from __future__ import annotations

import msgspec

from core.application.bookings.name_people import put_people
from core.application.bookings.send_booking import send_booking
from core.application.connection_parts import active_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.domain.bookings.booking import Booking
from core.domain.bookings.offer import Quote
from core.domain.bookings.party import Party, check_party
from core.domain.bookings.reference import vendor_reference
from core.domain.problem import Conflict, NotFound
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.manifest import Manifest
from ports.store import BookingFilter, Page, Tx


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """reference: the platform's own. partner: whose booking it is; its endpoints are told."""

    quote: str
    party: Party
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
    check_party(quote.offer, new.party)
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
    holder, guests = await put_people(hub, tx, new.party)
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
