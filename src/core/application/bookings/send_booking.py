"""Send a booking to its supplier, and read the answer for what it is."""

from __future__ import annotations

from core.application.bookings.sellers import Order, Seller, seller_of
from core.application.bookings.settle_booking import TOLD, settle_booking
from core.application.clear_answer import Withheld
from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub
from core.application.in_time import in_time
from core.application.vendor_problem import refusal_of
from core.domain.bookings.booking import (
    Booking,
    SupplierBooking,
    confirmed,
    failed,
    is_about,
    refused,
)
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.person import Person
from core.domain.refusal import Refusal
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
)


async def send_booking(hub: Hub, asking: Asking, booking: Booking) -> Booking:
    """Send *booking*, whose submission is committed, exactly once; write what came of it.

    With no clear answer it stays `submitting`, and the reconciler asks.
    """
    try:
        answer = await _ask(hub, asking, booking)
    except (OutcomeUnknown, BrokenContract, TimeoutError):
        return booking
    except Refused as e:  # ours too: it is sent again only where the first certainly did not arrive
        answer = refusal_of(e)
    except (Unavailable, Misconfigured, NotSupported) as e:
        if booking.submission is not None and booking.submission.again:
            return booking  # it says nothing of the first sending
        answer = e
    if isinstance(answer, SupplierBooking) and not is_about(booking, answer):
        return booking
    pnr = answer.pnr if isinstance(answer, SupplierBooking) else None
    return await settle_booking(
        hub, asking, booking, "booking.settled", lambda b: _decide(hub, b, answer), pnr
    )


Answer = (
    SupplierBooking
    | SoldOut
    | PriceChanged
    | OfferExpired
    | Refusal
    | Unavailable
    | Misconfigured
    | NotSupported
)


def _decide(hub: Hub, booking: Booking, answer: Answer) -> tuple[Booking, str | None]:
    now = hub.clock.now()
    match answer:
        case SupplierBooking():
            after = confirmed(booking, answer, now)
        case SoldOut(reason):
            after = refused(booking, Refusal("sold_out", reason or "sold out"), now)
        case PriceChanged():
            after = refused(booking, Refusal("price_changed", "the price has changed"), now)
        case OfferExpired():
            why = Refusal("offer_expired", "the supplier has forgotten the offer")
            after = refused(booking, why, now)
        case Refusal():
            after = refused(booking, answer, now)
        case _:
            after = failed(booking, refusal_of(answer), now)
    return after, TOLD[after.state]


async def _ask(hub: Hub, asking: Asking, booking: Booking) -> Answer:
    seller, people = await seller_and_people(hub, asking, booking)
    need_everybody(booking, people)
    order = Order(people[booking.holder], booking.guests, people)
    async with in_time(hub, booking.submission):
        return await seller.book(order, key=booking.vendor_reference)


async def seller_and_people(
    hub: Hub, asking: Asking, booking: Booking
) -> tuple[Seller, dict[str, Person]]:
    """Who sells the booking, and everybody it names."""
    wanted = booking.amendment or booking
    async with hub.store.read(asking.scope) as view:
        connection, account, _ = await connection_parts(hub, view, booking.connection)
        named = {booking.holder, wanted.holder, *(g.person for g in wanted.guests)}
        people = await view.people(named)
        pnr = await view.pnr_of(booking.id)
    kept = pnr.kept if pnr else None
    seller = await seller_of(hub, asking.scope, connection, account, booking.offer, kept)
    return seller, dict(people)


def need_everybody(booking: Booking, people: dict[str, Person]) -> None:
    """Withheld: somebody the booking names was erased, so that it can no longer be sent."""
    wanted = booking.amendment or booking
    if not {wanted.holder, *(g.person for g in wanted.guests)} <= people.keys():
        raise Withheld("a guest's personal data was erased before it was sent", vendor="serai")
