"""A tour is booked at most once; its vouchers are kept, and given as often as they are asked for."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from core.application.bookings.book_quote import NewBooking, book_quote
from core.application.bookings.cancel_booking import cancel_booking
from core.application.bookings.fetch_vouchers import read_vouchers
from core.application.bookings.search_activities import search_activities
from core.domain.bookings.activity import ActivitySearch, Days, ProductCodes, UnitKind, VoucherForm
from core.domain.bookings.booking import BookingState
from core.domain.bookings.party import GuestName
from core.domain.problem import Conflict, Failed, Invalid
from ports.errors import Unavailable
from tests.application.test_booking import OFFER
from tests.application.travelling import (
    OUT,
    TOURED,
    TOURING,
    a_tour_quote,
    book_tour,
    pass_time,
)
from tests.fakes.hub import World as Hubs

pytestmark = pytest.mark.anyio
S = BookingState


@pytest.fixture
async def world(world: Hubs) -> Hubs:
    await world.travel()
    return world


async def test_a_search_asks_suppliers_of_activities_only(world: Hubs) -> None:
    (answer,) = [a async for a in search_activities(world.hub, world.asking, TOURED, deadline_s=5)]
    assert (answer.connection, len(answer.offers)) == (world.tour.id, 1)


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        (
            ActivitySearch(None, Days(date(2020, 1, 1), date(2020, 1, 2)), {UnitKind.ADULT: 1}),
            "/days/last",
        ),
        (
            ActivitySearch(
                ProductCodes({"con_nobody": ("1",)}), Days(OUT, OUT), {UnitKind.ADULT: 1}
            ),
            "/where/codes",
        ),
    ],
)
async def test_a_search_that_cannot_be_is_refused(
    world: Hubs, request_: ActivitySearch, pointer: str
) -> None:
    with pytest.raises(Invalid) as e:
        [a async for a in search_activities(world.hub, world.asking, request_, deadline_s=1)]
    assert e.value.faults[0].pointer == pointer


async def test_a_tour_is_booked_and_its_vouchers_are_kept(world: Hubs) -> None:
    booking = await book_tour(world)
    assert booking.state is S.CONFIRMED
    await world.check_due()
    assert await world.told(booking.id) == ["booking.confirmed", "voucher.issued"]
    world.tours.break_next("vouchers", "forbidden")  # nobody asks again
    for _ in range(2):
        _, sheet = await read_vouchers(world.hub, world.asking, booking.id)
        assert [v.form for v in sheet.vouchers] == [VoucherForm.QR_CODE] * 3
    events = msgspec.json.encode([e.payload for e in await world.events()])
    assert sheet.vouchers[0].value.encode() not in events


async def test_vouchers_that_come_later_are_asked_for_until_they_do(world: Hubs) -> None:
    booking = await book_tour(world)
    world.tours.break_next("vouchers", "rate_limited", 90)
    with pytest.raises(Failed) as e:
        await read_vouchers(world.hub, world.asking, booking.id)
    assert (e.value.code, e.value.retry_after_s) == ("voucher_not_issued", 90)
    await pass_time(world, timedelta(minutes=20))
    assert (await world.told(booking.id))[-1] == "voucher.issued"


async def test_a_cancelled_tour_has_no_voucher(world: Hubs) -> None:
    booking = await book_tour(world)
    await world.check_due()
    assert (await cancel_booking(world.hub, world.asking, booking.id)).state is S.CANCELLED
    with pytest.raises(Conflict) as e:
        await read_vouchers(world.hub, world.asking, booking.id)
    assert e.value.code == "not_confirmed"


async def test_a_hotel_is_entered_by_its_reference(world: Hubs) -> None:
    booking = await world.book(OFFER)
    _, sheet = await read_vouchers(world.hub, world.asking, booking.id)
    assert sheet.vouchers == ()
    assert sheet.issued_at is not None


async def test_a_lost_answer_to_a_tour_is_found_again(world: Hubs) -> None:
    world.tours.break_next("book", "lost")
    booking = await book_tour(world)
    assert booking.state is S.SUBMITTING
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.CONFIRMED
    assert await world.told(booking.id) == ["booking.confirmed", "voucher.issued"]


async def test_more_guests_than_tickets_are_refused(world: Hubs) -> None:
    quote = await a_tour_quote(world)
    crowd = msgspec.structs.replace(TOURING, guests=(GuestName("Contoh", "Tamu"),) * 4)
    with pytest.raises(Invalid) as e:
        await book_quote(world.hub, world.asking, NewBooking(quote.id, crowd))
    assert e.value.faults[0].pointer == "/guests"


async def test_a_supplier_that_is_away_costs_its_part_only(world: Hubs) -> None:
    world.vendors.clients[world.tour.id] = Unavailable("down", vendor="tours")
    (answer,) = [a async for a in search_activities(world.hub, world.asking, TOURED, deadline_s=5)]
    assert (answer.outcome, answer.offers) == ("failed", ())
