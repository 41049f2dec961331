"""A family that flies and goes on a tour, for the tests of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from core.application.bookings.book_quote import NewBooking, book_quote
from core.application.bookings.quote_offer import quote_offer
from core.application.bookings.search_activities import search_activities
from core.application.bookings.search_flights import search_flights
from core.application.hub import Hub
from core.domain.bookings.activity import ActivitySearch, Days, UnitKind
from core.domain.bookings.booking import Booking
from core.domain.bookings.flight import Bound, FlightSearch
from core.domain.bookings.kept_pnr import KeptPnr
from core.domain.bookings.offer import Quote
from core.domain.bookings.party import GuestName, Holder, Party, PassengerName
from core.domain.person import Gender, PassengerType, Passport, ServiceRequest
from ports.store import Page, PnrFilter
from tests.fakes.hub import World

ADT, CNN, INF = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
OUT, BACK = date(2027, 1, 14), date(2027, 1, 24)
SHOPPED = FlightSearch(
    (Bound("CGK", "JED", OUT), Bound("JED", "CGK", BACK)), {ADT: 2, CNN: 1, INF: 1}
)
FATHER = Holder("Contoh", "Ayah", email="ayah@example.test", phone="+62 21 0000 0000")
PASSPORT = Passport("X0000001", "ID", date(2030, 1, 1))
FAMILY = (
    PassengerName(
        ADT,
        "Contoh",
        "Ayah",
        title="MR",
        born_on=date(1985, 3, 1),
        gender=Gender.MALE,
        nationality="ID",
        passport=PASSPORT,
        requests=(ServiceRequest("MOML"),),
    ),
    PassengerName(ADT, "Contoh", "Ibu", title="MRS"),
    PassengerName(CNN, "Contoh", "Anak", born_on=date(2019, 5, 1)),
    PassengerName(INF, "Contoh", "Bayi", born_on=date(2026, 2, 1)),
)
FLYING = Party(FATHER, passengers=FAMILY)
TOURED = ActivitySearch(None, Days(OUT, OUT), {UnitKind.ADULT: 2, UnitKind.CHILD: 1})
TOURING = Party(FATHER, guests=(GuestName("Contoh", "Ayah"), GuestName("Contoh", "Anak", 7)))


async def a_flight_quote(world: World, rbd: str = "K") -> Quote:
    """K gives back all but a penalty, V nothing."""
    found = search_flights(world.hub, world.asking, SHOPPED, deadline_s=5)
    (answer,) = [a async for a in found]
    token = next(o.token for o in answer.offers if o.offer.segments[0].rbd == rbd)
    return await quote_offer(world.hub, world.asking, token)


async def a_tour_quote(world: World) -> Quote:
    found = search_activities(world.hub, world.asking, TOURED, deadline_s=5)
    (answer,) = [a async for a in found]
    return await quote_offer(world.hub, world.asking, answer.offers[0].token)


async def book_flight(world: World, rbd: str = "K", **other: Any) -> Booking:
    quote = await a_flight_quote(world, rbd)
    return await book_quote(world.hub, world.asking, NewBooking(quote.id, FLYING, **other))


async def book_tour(world: World, hub: Hub | None = None) -> Booking:
    quote = await a_tour_quote(world)
    return await book_quote(hub or world.hub, world.asking, NewBooking(quote.id, TOURING))


async def pnrs(world: World) -> Sequence[KeptPnr]:
    async with world.store.read(world.scope) as view:
        return await view.pnrs(Page(limit=200), PnrFilter())


async def pnr_of(world: World, booking: Booking) -> KeptPnr:
    async with world.store.read(world.scope) as view:
        kept = await view.pnr_of(booking.id)
    assert kept is not None
    return kept


async def a_pnr(world: World, rbd: str = "K") -> KeptPnr:
    return await pnr_of(world, await book_flight(world, rbd))


async def pass_time(world: World, span: timedelta, *, step_s: float = 600) -> None:
    """In steps, with everything checked that falls due."""
    ends = world.clock.now() + span
    while world.clock.now() < ends:
        await world.check_due()
        world.clock.move(min(step_s, (ends - world.clock.now()).total_seconds()))
    await world.check_due()
