"""A flight is booked and ticketed at most once, and whatever carriers do to it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from core.application.bookings.book_quote import NewBooking, book_quote
from core.application.bookings.cancel_booking import cancel_booking, cancellation_fee
from core.application.bookings.price_flight import price_flight, read_fare_rules
from core.application.bookings.resolve_booking import Resolution, Resolve, resolve_booking
from core.application.bookings.search_flights import search_flights
from core.application.pnrs.ask_tickets import refund_quote, refund_tickets, ticket_pnr, void_tickets
from core.application.pnrs.read_pnr import (
    PnrOutcome,
    ResolvePnr,
    acknowledge_pnr,
    look_at_pnr,
    resolve_pnr,
)
from core.application.pnrs.read_queues import read_queues
from core.domain.bookings.booking import BookingState
from core.domain.bookings.flight import Bound, FlightOffer, FlightSearch
from core.domain.bookings.kept_pnr import PnrState
from core.domain.bookings.pnr import SegmentStatus, Task
from core.domain.money import Money
from core.domain.person import Gender
from core.domain.problem import Conflict, Invalid
from tests.application.travelling import (
    ADT,
    FAMILY,
    FLYING,
    SHOPPED,
    a_flight_quote,
    a_pnr,
    book_flight,
    pass_time,
    pnr_of,
)
from tests.fakes.hub import World as Hubs

pytestmark = pytest.mark.anyio
S, P = BookingState, PnrState


@pytest.fixture
async def world(world: Hubs) -> Hubs:
    await world.travel()
    return world


async def test_a_search_in_the_past_is_refused_before_anybody_is_asked(world: Hubs) -> None:
    past = FlightSearch((Bound("CGK", "JED", date(2020, 1, 1)),), {ADT: 1})
    with pytest.raises(Invalid) as e:
        [a async for a in search_flights(world.hub, world.asking, past, deadline_s=1)]
    assert e.value.faults[0].pointer == "/bounds/0/date"


async def test_a_booking_makes_a_pnr_of_its_passengers(world: Hubs) -> None:
    booking = await book_flight(world)
    kept = await pnr_of(world, booking)
    assert (booking.state, booking.supplier_reference) == (S.CONFIRMED, kept.locator)
    assert (kept.state, kept.passengers) == (P.HELD, 4)
    assert await world.told(kept.id) == ["pnr.created"]
    order = world.gds.orders[kept.locator]
    father, _, child, infant = order.travellers
    assert (father.passport, father.passport_country, father.gender) == ("X0000001", "ID", "M")
    assert (child.born_on, infant.with_adult) == (date(2019, 5, 1), 1)
    assert [(r.code, r.passenger) for r in order.requests] == [("MOML", 1)]
    assert order.email == "ayah@example.test"


async def test_personal_data_of_passengers_is_in_no_event_and_no_booking(world: Hubs) -> None:
    booking = await book_flight(world)
    told = msgspec.json.encode([e.payload for e in await world.events()])
    for text in (told, msgspec.json.encode(booking)):
        for secret in (b"X0000001", b"Contoh", b"MOML", b"1985-03-01"):
            assert secret not in text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"born_on": None}, "/passengers/0/born_on"),
        ({"gender": None}, "/passengers/0/gender"),
        ({"nationality": "Indonesia"}, "/passengers/0/nationality"),
        ({"born_on": date(2019, 1, 1)}, "/passengers/0/born_on"),
        ({"with_adult": 2}, "/passengers/0/with_adult"),
        ({"name": ""}, "/passengers/0/name"),
    ],
)
async def test_a_passenger_that_cannot_fly_is_named(
    world: Hubs, change: dict[str, Any], pointer: str
) -> None:
    quote = await a_flight_quote(world)
    first = msgspec.structs.replace(FAMILY[0], **change)
    party = msgspec.structs.replace(FLYING, passengers=(first, *FAMILY[1:]))
    with pytest.raises(Invalid) as e:
        await book_quote(world.hub, world.asking, NewBooking(quote.id, party))
    assert pointer in {f.pointer for f in e.value.faults}
    assert world.gds.pnrs == {}


@pytest.mark.parametrize(
    "ends_on", [date(2027, 1, 1), date(2027, 1, 23)], ids=["before", "underway"]
)
async def test_a_passport_that_ends_on_the_way_is_refused(world: Hubs, ends_on: date) -> None:
    quote = await a_flight_quote(world)
    assert FAMILY[0].passport is not None
    passport = msgspec.structs.replace(FAMILY[0].passport, ends_on=ends_on)
    first = msgspec.structs.replace(FAMILY[0], passport=passport, gender=Gender.MALE)
    party = msgspec.structs.replace(FLYING, passengers=(first, *FAMILY[1:]))
    with pytest.raises(Invalid) as e:
        await book_quote(world.hub, world.asking, NewBooking(quote.id, party))
    assert e.value.faults[0].pointer == "/passengers/0/passport/ends_on"


async def test_rooms_do_not_fly(world: Hubs) -> None:
    quote = await a_flight_quote(world)
    party = msgspec.structs.replace(FLYING, rooms=((),), passengers=())
    with pytest.raises(Invalid) as e:
        await book_quote(world.hub, world.asking, NewBooking(quote.id, party))
    assert {f.pointer for f in e.value.faults} == {"/rooms", "/passengers"}


async def test_a_price_that_rose_is_said(world: Hubs) -> None:
    found = search_flights(world.hub, world.asking, SHOPPED, deadline_s=5)
    (answer,) = [a async for a in found]
    offer = answer.offers[0]
    world.gds.break_next("check", "dearer", 10)
    priced = await price_flight(world.hub, world.asking, offer.token)
    assert priced.previous_sell == offer.offer.price.sell
    assert priced.on_sale.offer.price.sell.minor > offer.offer.price.sell.minor


async def test_rules_are_read_of_an_offer_and_of_what_was_booked(world: Hubs) -> None:
    booking = await book_flight(world)
    offer, fares = await read_fare_rules(world.hub, world.asking, booking=booking.id)
    assert isinstance(offer, FlightOffer)
    assert [f.fare_basis for f in fares] == ["KMEM", "KMEM"]
    with pytest.raises(Invalid):
        await read_fare_rules(world.hub, world.asking)


async def test_tickets_are_issued_once_and_told(world: Hubs) -> None:
    kept = await a_pnr(world)
    ticketed = await ticket_pnr(world.hub, world.asking, kept.id)
    assert (ticketed.state, len(ticketed.tickets)) == (P.TICKETED, 4)
    again = await ticket_pnr(world.hub, world.asking, kept.id)
    assert again == ticketed
    assert world.gds.sent[f"ticket {kept.locator}"] == 1
    assert await world.told(kept.id) == ["pnr.created", "ticket.issued"]


async def test_a_lost_answer_to_ticketing_is_found_by_looking(world: Hubs) -> None:
    kept = await a_pnr(world)
    world.gds.break_next("ticket", "lost")
    assert (await ticket_pnr(world.hub, world.asking, kept.id)).state is P.TICKETING
    await pass_time(world, timedelta(minutes=10))
    after = (await world.pnr(kept.id)).state
    assert (after, world.gds.sent[f"ticket {kept.locator}"]) == (P.TICKETED, 1)
    assert await world.told(kept.id) == ["pnr.created", "ticket.issued"]


def meanwhile(world: Hubs, operation: str, act: Callable[[], Awaitable[object]]) -> None:
    """*act* happens while the answer to the next *operation* is on its way."""
    ask = getattr(world.gds, operation)

    async def slow(*args: Any, **named: Any) -> Any:
        delattr(world.gds, operation)
        try:
            return await ask(*args, **named)
        finally:
            await act()

    setattr(world.gds, operation, slow)


@pytest.mark.parametrize("queued", [False, True], ids=["as it was", "moved by the carrier"])
async def test_an_answer_counts_whatever_was_read_of_the_pnr_meanwhile(
    world: Hubs, queued: bool
) -> None:
    kept = await a_pnr(world)

    async def read() -> None:
        before = world.gds.pnrs[kept.locator]
        world.gds.pnrs[kept.locator] = msgspec.structs.replace(before, tickets=())
        if queued:
            world.gds.carrier(kept.locator, SegmentStatus.TK)
        world.clock.move(1)
        await read_queues(world.hub, world.scope, world.fly.id)
        assert (await world.pnr(kept.id)).state is P.TICKETING  # it read what was before

    meanwhile(world, "ticket", read)
    after = await ticket_pnr(world.hub, world.asking, kept.id)
    assert (after.state, len(after.tickets)) == (P.TICKETED, 4)
    assert bool(after.open_segments) is queued


async def test_a_refusal_counts_whatever_was_read_of_the_pnr_meanwhile(world: Hubs) -> None:
    kept = await a_pnr(world)

    async def read() -> None:
        world.clock.move(1)
        await read_queues(world.hub, world.scope, world.fly.id)

    world.gds.break_next("ticket", "forbidden")
    meanwhile(world, "ticket", read)
    after = await ticket_pnr(world.hub, world.asking, kept.id)
    assert (after.state, after.refusal and after.refusal.code) == (P.HELD, "vendor_misconfigured")


async def test_what_was_read_too_early_stays_on_the_queue(world: Hubs) -> None:
    kept = await a_pnr(world)
    world.gds.carrier(kept.locator, SegmentStatus.TK)

    async def ticket() -> None:
        await ticket_pnr(world.hub, world.asking, kept.id)

    meanwhile(world, "retrieve", ticket)
    await read_queues(world.hub, world.scope, world.fly.id)
    assert (await world.pnr(kept.id)).open_segments == ()
    assert kept.locator in {q.locator for q in world.gds.waiting}
    await read_queues(world.hub, world.scope, world.fly.id)
    assert [s.task for s in (await world.pnr(kept.id)).open_segments] != []
    assert world.gds.waiting == []


async def test_tickets_that_never_show_are_a_persons_to_settle(world: Hubs) -> None:
    kept = await a_pnr(world)
    world.gds.break_next("ticket", "not_sent")
    await ticket_pnr(world.hub, world.asking, kept.id)
    await pass_time(world, timedelta(hours=2))
    stuck = await world.pnr(kept.id)
    assert (stuck.state, world.gds.sent[f"ticket {kept.locator}"]) == (P.NEEDS_OPERATOR, 1)
    assert (await world.told(kept.id))[-1] == "pnr.needs_operator"
    with pytest.raises(Conflict):
        await ticket_pnr(world.hub, world.asking, kept.id)
    said = ResolvePnr(PnrOutcome.NOT_DONE, "no ticket in the GDS, says our desk")
    settled = await resolve_pnr(world.hub, world.asking, kept.id, said)
    assert settled.state is P.HELD
    assert (await ticket_pnr(world.hub, world.asking, kept.id)).state is P.TICKETED
    with pytest.raises(Conflict):
        await resolve_pnr(world.hub, world.asking, kept.id, said)


async def test_a_refusal_leaves_it_held_and_is_told(world: Hubs) -> None:
    kept = await a_pnr(world)
    world.gds.break_next("ticket", "forbidden")
    after = await ticket_pnr(world.hub, world.asking, kept.id)
    assert (after.state, after.refusal and after.refusal.code) == (P.HELD, "vendor_misconfigured")
    assert (await world.told(kept.id))[-1] == "ticket.refused"


async def test_voided_tickets_leave_the_flights_held(world: Hubs) -> None:
    kept = await a_pnr(world)
    with pytest.raises(Conflict):
        await void_tickets(world.hub, world.asking, kept.id)
    await ticket_pnr(world.hub, world.asking, kept.id)
    voided = await void_tickets(world.hub, world.asking, kept.id)
    assert (voided.state, voided.tickets, voided.kept) == (P.HELD, (), None)
    assert (await world.told(kept.id))[-1] == "ticket.voided"
    cancelled = await cancel_booking(world.hub, world.asking, kept.booking)
    assert cancelled.cancellation is not None
    assert cancelled.cancellation.fee == Money(0, "USD")


@pytest.mark.parametrize("answer", ["given", "lost"])
async def test_flights_are_not_let_go_under_their_tickets(world: Hubs, answer: str) -> None:
    kept = await a_pnr(world)
    if answer == "lost":
        world.gds.break_next("ticket", "lost")
    await ticket_pnr(world.hub, world.asking, kept.id)
    with pytest.raises(Conflict) as e:
        await cancel_booking(world.hub, world.asking, kept.booking)
    assert (e.value.code, e.value.resource) == ("has_tickets", kept.id)
    assert (await world.booking(kept.booking)).state is S.CONFIRMED


async def test_tickets_issued_at_the_gds_alone_refuse_a_cancellation_too(world: Hubs) -> None:
    kept = await a_pnr(world)
    await world.gds.ticket(kept.locator, key="")
    stays = await cancel_booking(world.hub, world.asking, kept.booking)
    assert (stays.state, stays.refusal and stays.refusal.code) == (S.CONFIRMED, "vendor_refused")


async def test_a_booking_that_is_being_cancelled_is_not_ticketed(world: Hubs) -> None:
    kept = await a_pnr(world)
    world.gds.break_next("cancel", "lost")
    await cancel_booking(world.hub, world.asking, kept.booking)
    with pytest.raises(Conflict) as e:
        await ticket_pnr(world.hub, world.asking, kept.id)
    assert e.value.code == "not_ticketable"
    await pass_time(world, timedelta(minutes=10))
    assert (await world.booking(kept.booking)).state is S.CANCELLED
    assert (await world.told(kept.id))[-1] == "pnr.cancelled"


async def test_what_a_refund_costs_is_the_fee_of_the_cancelled_booking(world: Hubs) -> None:
    kept = await a_pnr(world)
    await ticket_pnr(world.hub, world.asking, kept.id)
    quote = await refund_quote(world.hub, world.asking, kept.id)
    assert await cancellation_fee(world.hub, world.asking, kept.booking) == quote.penalty
    refunded = await refund_tickets(world.hub, world.asking, kept.id)
    assert (refunded.state, refunded.kept) == (P.HELD, quote.penalty)
    cancelled = await cancel_booking(world.hub, world.asking, kept.booking)
    assert cancelled.cancellation is not None
    assert (cancelled.state, cancelled.cancellation.fee) == (S.CANCELLED, quote.penalty)
    assert (await world.pnr(kept.id)).state is P.CANCELLED
    told = await world.told(kept.id)
    assert told == ["pnr.created", "ticket.issued", "ticket.refunded", "pnr.cancelled"]


async def test_a_fare_that_gives_nothing_back_is_not_refunded(world: Hubs) -> None:
    kept = await a_pnr(world, "V")
    await ticket_pnr(world.hub, world.asking, kept.id)
    with pytest.raises(Conflict):
        await refund_tickets(world.hub, world.asking, kept.id)
    assert (await world.pnr(kept.id)).state is P.TICKETED


async def test_a_schedule_change_is_told_once_and_taken_off_the_queue(world: Hubs) -> None:
    kept = await a_pnr(world)
    world.gds.carrier(kept.locator, SegmentStatus.TK)
    await pass_time(world, timedelta(minutes=30))
    after = await world.pnr(kept.id)
    assert [s.task for s in after.open_segments] == [Task.TELL_AND_ACKNOWLEDGE]
    assert (await world.told(kept.id)).count("pnr.schedule_changed") == 1
    assert world.gds.waiting == []
    (event,) = [e for e in await world.events(kept.id) if e.type == "pnr.schedule_changed"]
    assert event.payload["segments"][0]["was"] == "2027-01-14T09:00:00"
    acknowledged = await acknowledge_pnr(world.hub, world.asking, kept.id)
    assert acknowledged.open_segments == ()
    world.gds.carrier(kept.locator, SegmentStatus.HX)
    await pass_time(world, timedelta(minutes=30))
    assert [s.task for s in (await world.pnr(kept.id)).open_segments] == [Task.REBOOK]


async def test_what_stands_on_a_queue_and_is_not_ours_is_left_there(world: Hubs) -> None:
    other = await a_pnr(world)
    async with world.store.begin(world.scope) as tx:
        await tx.put_pnr(msgspec.structs.replace(other, locator="ZZZZZZ"))
    await pass_time(world, timedelta(minutes=10))
    assert [q.locator for q in world.gds.waiting] == [other.locator]


async def test_a_pnr_without_tickets_is_told_as_due_until_it_has_them(world: Hubs) -> None:
    kept = await a_pnr(world)
    limit = kept.due_by
    assert limit is not None
    await pass_time(world, limit - world.clock.now() + timedelta(hours=1), step_s=1800)
    due = [e for e in await world.events(kept.id) if e.type == "pnr.ticketing_due"]
    assert len(due) == 2  # at once, for it was made within a day of its limit; three hours before
    assert {e.valid_until for e in due} == {limit}
    ticketed = await a_pnr(world)
    await ticket_pnr(world.hub, world.asking, ticketed.id)
    await pass_time(world, timedelta(days=2), step_s=7200)
    assert "pnr.ticketing_due" not in await world.told(ticketed.id)


async def test_what_the_carrier_cancelled_is_cancelled_here(world: Hubs) -> None:
    kept = await a_pnr(world)
    await world.gds.cancel(kept.locator)
    after = await look_at_pnr(world.hub, world.asking, kept.id)
    booking = await world.booking(kept.booking)
    assert (after.state, booking.state) == (P.CANCELLED, S.CANCELLED)
    assert booking.cancellation is not None
    assert booking.cancellation.fee == Money(0, "USD")
    assert (await world.told(booking.id))[-1] == "booking.cancelled"


async def test_tickets_that_an_agent_issued_at_the_gds_are_told_too(world: Hubs) -> None:
    kept = await a_pnr(world)
    await world.gds.ticket(kept.locator, key="")
    assert (await look_at_pnr(world.hub, world.asking, kept.id)).state is P.TICKETED
    assert (await world.told(kept.id))[-1] == "ticket.issued"


async def test_a_lost_answer_to_booking_is_found_by_the_remark(world: Hubs) -> None:
    world.gds.break_next("create_pnr", "lost")
    booking = await book_flight(world)
    assert booking.state is S.SUBMITTING
    await pass_time(world, timedelta(minutes=10))
    found = await world.booking(booking.id)
    assert (found.state, len(world.gds.pnrs)) == (S.CONFIRMED, 1)
    kept = await pnr_of(world, found)
    assert (kept.told is not None, await world.told(kept.id)) == (
        True,
        ["pnr.created", "pnr.ticketing_due"],
    )


async def test_what_a_gds_does_not_show_is_never_booked_again(world: Hubs) -> None:
    world.gds.break_next("create_pnr", "not_sent")
    booking = await book_flight(world)
    await pass_time(world, timedelta(days=1), step_s=3600)
    stuck = await world.booking(booking.id)
    assert stuck.state is S.NEEDS_OPERATOR
    assert world.gds.sent[f"create {stuck.vendor_reference}"] == 1
    said = Resolve(Resolution.CONFIRMED, "found in the GDS", supplier_reference="MEMZZZ")
    await resolve_booking(world.hub, world.asking, booking.id, said)
    assert (await pnr_of(world, stuck)).locator == "MEMZZZ"


async def test_flights_that_differ_from_the_order_are_a_persons_to_judge(world: Hubs) -> None:
    world.gds.break_next("create_pnr", "lost")
    booking = await book_flight(world)
    (locator,) = world.gds.pnrs
    world.gds.carrier(locator, SegmentStatus.HX)
    await pass_time(world, timedelta(minutes=10))
    after = await world.booking(booking.id)
    assert (after.state, after.supplier_reference) == (S.NEEDS_OPERATOR, locator)
    assert after.refusal is not None
    assert "not confirmed" in after.refusal.message
