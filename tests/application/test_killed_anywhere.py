"""Killed at any step and started again: one booking, one charge, one refund, each told once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from core.application.bookings.amend_booking import Change, amend_booking
from core.application.bookings.book_quote import NewBooking, book_quote
from core.application.bookings.cancel_booking import cancel_booking
from core.application.hub import Hub
from core.application.payments.refund_payment import NewRefund, refund_payment
from core.application.payments.start_payment import NewPayment, start_payment
from core.application.pnrs.ask_tickets import refund_tickets, ticket_pnr, void_tickets
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.kept_pnr import KeptPnr, PnrState
from core.domain.payments.payment import Payment, PaymentState, RefundState
from core.domain.stay import Stay
from ports.store import Page, PaymentFilter, RefundFilter
from tests.application.test_booking import OFFER
from tests.application.travelling import (
    FLYING,
    TOURING,
    a_flight_quote,
    a_pnr,
    a_tour_quote,
    pass_time,
    pnr_of,
)
from tests.application.tripwire import Killed, Tripwire, wired
from tests.fakes.hub import PARTY, World
from tests.fakes.vendors import LOST, NOT_SENT
from tests.unit.domain.given import sar

pytestmark = pytest.mark.anyio
S = BookingState
Act = Callable[[Hub], Awaitable[object]]
SENT = {"issu": "ticket", "void": "void", "refund": "refund"}


async def kill_everywhere(
    world: World,
    prepare: Callable[[], Awaitable[Any]],
    act: Callable[[Hub, Any], Awaitable[object]],
) -> list[Any]:
    """Do *act* once for each of its steps, killed there; what each was prepared with."""
    killed: list[Any] = []
    while True:
        wire, thing = Tripwire(len(killed) + 1), await prepare()
        try:
            await act(wired(world.hub, wire), thing)
        except Killed:
            killed.append(thing)
        else:
            assert not wire.tripped
            assert len(killed) >= 10
            return killed


async def test_booking(world: World) -> None:
    async def book(hub: Hub, quote: Any) -> object:
        return await book_quote(hub, world.asking, NewBooking(quote.id, PARTY))

    quotes = await kill_everywhere(world, lambda: world.a_quote(OFFER), book)
    await world.until_quiet()
    bookings = await world.bookings()
    assert len(bookings) < len(quotes) + 1  # killed before the intent: nothing is left behind
    for booking in bookings:
        assert booking.state is S.CONFIRMED
        assert world.supplier.booked[booking.vendor_reference] == 1
        assert await world.told(booking.id) == ["booking.confirmed"]
    assert sum(world.supplier.booked.values()) == len(bookings)


async def test_cancelling(world: World) -> None:
    async def cancel(hub: Hub, booking: Booking) -> object:
        return await cancel_booking(hub, world.asking, booking.id)

    world.supplier.fee = sar(20_000)
    bookings = await kill_everywhere(world, lambda: world.book(OFFER), cancel)
    await world.until_quiet()
    for before in bookings:
        booking = await world.booking(before.id)
        count = world.supplier.cancelled[booking.vendor_reference]
        if booking.state is S.CONFIRMED:  # killed before the intent
            assert (count, booking.cancellation) == (0, None)
            continue
        assert (booking.state, count) == (S.CANCELLED, 1)
        assert booking.cancellation is not None
        assert booking.cancellation.fee == sar(20_000)
        assert await world.told(booking.id) == ["booking.confirmed", "booking.cancelled"]


async def test_amending(world: World) -> None:
    stay = Stay(OFFER.stay.check_in, OFFER.stay.check_out.replace(day=21))

    async def amend(hub: Hub, booking: Booking) -> object:
        return await amend_booking(hub, world.asking, booking.id, Change(stay=stay))

    bookings = await kill_everywhere(world, lambda: world.book(OFFER), amend)
    await world.until_quiet()
    for before in bookings:
        booking = await world.booking(before.id)
        held = world.supplier.bookings[booking.vendor_reference]
        assert (booking.state, booking.amendment) == (S.CONFIRMED, None)
        assert booking.stay == held.stay
        amended = booking.stay == stay
        assert await world.told(booking.id) == ["booking.confirmed", *["booking.amended"] * amended]


async def test_paying(world: World) -> None:
    async def pay(hub: Hub, booking: Booking) -> object:
        new = NewPayment(booking.id, world.pay.id, "https://agency.test/back")
        return await start_payment(hub, world.asking, new)

    bookings = await kill_everywhere(world, lambda: world.book(OFFER), pay)
    for _ in range(30):
        await world.check_due()
        world.clock.move(60)
    for checkout in list(world.gateway.checkouts):
        world.gateway.pay(checkout)
    await world.until_quiet()
    for booking in bookings:
        async with world.store.read(world.scope) as view:
            payments = await view.payments(Page(), PaymentFilter(booking.id))
        held = [
            c for c in world.gateway.checkouts.values() if c.reference in {p.id for p in payments}
        ]
        assert len(held) == len(payments) <= 1
        for payment in payments:
            assert payment.state is PaymentState.SUCCEEDED
            assert (await world.told(payment.id)) == ["payment.opened", "payment.succeeded"]


async def test_refunding(world: World) -> None:
    async def refund(hub: Hub, payment: Payment) -> object:
        return await refund_payment(hub, world.asking, payment.id, NewRefund())

    payments = await kill_everywhere(world, lambda: paid(world), refund)
    await world.until_quiet()
    for payment in payments:
        async with world.store.read(world.scope) as view:
            refunds = await view.refunds(RefundFilter(payment.id))
        held = [r for r in world.gateway.refunds.values() if r.reference in {x.id for x in refunds}]
        assert len(held) == len(refunds) <= 1
        for made in refunds:
            assert (made.state, made.amount) == (RefundState.SUCCEEDED, payment.amount)
            assert await world.told(made.id) == ["refund.succeeded"]


async def test_booking_a_flight(world: World) -> None:
    """A kill between the end of the transaction at the GDS and its answer makes no second PNR."""
    await world.travel()

    async def book(hub: Hub, quote: Any) -> object:
        return await book_quote(hub, world.asking, NewBooking(quote.id, FLYING))

    await kill_everywhere(world, lambda: a_flight_quote(world), book)
    await world.until_quiet()
    for booking in await world.bookings():
        sent = world.gds.sent[f"create {booking.vendor_reference}"]
        assert sent <= 1
        if booking.state is S.CONFIRMED:
            assert sent == 1
            kept = await pnr_of(world, booking)
            assert (await world.told(kept.id))[0] == "pnr.created"
        else:  # killed before it was sent, which nobody can prove
            assert (booking.state, sent) == (S.NEEDS_OPERATOR, 0)
    keys = [pnr.remarks for pnr in world.gds.pnrs.values()]
    assert len(keys) == len(set(keys)) > 0


@pytest.mark.parametrize(
    ("wish", "told", "state"),
    [
        (ticket_pnr, "ticket.issued", PnrState.TICKETED),
        (void_tickets, "ticket.voided", PnrState.HELD),
        (refund_tickets, "ticket.refunded", PnrState.HELD),
    ],
)
async def test_asking_for_tickets(world: World, wish: Any, told: str, state: PnrState) -> None:
    await world.travel()
    name = told.removeprefix("ticket.").removesuffix("ed")

    async def prepare() -> KeptPnr:
        kept = await a_pnr(world)
        return kept if wish is ticket_pnr else await ticket_pnr(world.hub, world.asking, kept.id)

    pnrs = await kill_everywhere(world, prepare, lambda hub, p: wish(hub, world.asking, p.id))
    await pass_time(world, timedelta(hours=3))
    for before in pnrs:
        after = await world.pnr(before.id)
        sent = world.gds.sent[f"{SENT[name]} {before.locator}"]
        events = (await world.told(before.id)).count(told)
        assert sent <= 1
        if after.state is PnrState.NEEDS_OPERATOR:  # killed before it was sent
            assert (sent, events) == (0, 0)
        elif sent:
            assert (after.state, events) == (state, 1)
        else:  # killed before the intent
            assert (after.state, events) == (before.state, 0)


async def test_booking_a_tour(world: World) -> None:
    await world.travel()

    async def book(hub: Hub, quote: Any) -> object:
        return await book_quote(hub, world.asking, NewBooking(quote.id, TOURING))

    await kill_everywhere(world, lambda: a_tour_quote(world), book)
    await world.until_quiet()
    for booking in await world.bookings():
        assert booking.state is S.CONFIRMED
        assert await world.told(booking.id) == ["booking.confirmed", "voucher.issued"]
    assert len(world.tours.bookings) == len(await world.bookings())


@pytest.mark.parametrize("how", [LOST, NOT_SENT])
async def test_the_reconciler_itself(world: World, how: str) -> None:
    """The vendor's answer is lost, and then the hub dies at every step of asking."""
    world.supplier.next("book", how)
    booking = await world.book(OFFER)
    world.clock.move(1000)
    steps = 0
    while (await world.booking(booking.id)).state is S.SUBMITTING:
        steps += 1
        wire = Tripwire(steps)
        try:
            await world.check_due(wired(world.hub, wire))
        except Killed:
            world.clock.move(130)  # the lease it held runs out
    await world.until_quiet()
    assert steps >= 10
    assert world.supplier.booked[booking.vendor_reference] <= 1
    after = await world.booking(booking.id)
    assert (after.state is S.CONFIRMED) == (world.supplier.booked[booking.vendor_reference] == 1)
    assert len(await world.told(booking.id)) == 1


async def test_a_cancelled_task_is_a_kill_too(world: World) -> None:
    quote = await world.a_quote(OFFER)
    task = asyncio.create_task(book_quote(world.hub, world.asking, NewBooking(quote.id, PARTY)))
    for _ in range(40):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await world.until_quiet()
    for booking in await world.bookings():
        assert booking.state is S.CONFIRMED
    assert max(world.supplier.booked.values(), default=0) <= 1


async def paid(world: World, **other: Any) -> Payment:
    """A booking, paid."""
    booking = await world.book(OFFER)
    return await paid_for(world, booking, **other)


async def paid_for(world: World, booking: Booking, **other: Any) -> Payment:
    new = NewPayment(booking.id, world.pay.id, "https://agency.test/back", **other)
    payment = await start_payment(world.hub, world.asking, new)
    world.gateway.pay(payment.gateway_reference or "")
    world.clock.move(600)
    await world.check_due()
    async with world.store.read(world.scope) as view:
        settled = await view.payment(payment.id)
    assert settled is not None
    assert settled.state is PaymentState.SUCCEEDED
    return settled
