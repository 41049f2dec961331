"""Money in and out, once each, and only as it was intended."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.application.bookings.cancel_booking import cancel_booking
from core.application.inbound.process_message import process_message
from core.application.inbound.receive_message import receive_message
from core.application.payments.close_payment import close_payment
from core.application.payments.reconcile_payment import reconcile_payment, reconcile_refund
from core.application.payments.refund_payment import NewRefund, refund_payment
from core.application.payments.resolve_payment import MoneyOutcome, ResolveMoney, resolve_payment
from core.application.payments.start_payment import NewPayment, send_payment, start_payment
from core.domain.bookings.booking import BookingState, SupplierState
from core.domain.bookings.hotel import Collect
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.money import Money
from core.domain.payments.payment import (
    Checkout,
    CheckoutState,
    Dispute,
    Payment,
    PaymentState,
    Refund,
    RefundFactState,
    RefundState,
)
from core.domain.problem import Conflict, Forbidden, Invalid
from ports import errors
from ports.errors import OutcomeUnknown
from ports.jobs import Bell
from ports.store import InboxFilter, Page
from tests.application.test_booking import OFFER, error
from tests.application.test_killed_anywhere import paid, paid_for
from tests.fakes.hub import World
from tests.fakes.vendors import LOST, Posting
from tests.unit.domain.given import sar

pytestmark = pytest.mark.anyio
P, R = PaymentState, RefundState
PRICE = OFFER.price.sell


async def an_open_payment(world: World, **other: Any) -> Payment:
    booking = await world.book(OFFER)
    return await start_payment(world.hub, world.asking, a_wish(world, booking.id, **other))


def a_wish(world: World, booking: str, **other: Any) -> NewPayment:
    return NewPayment(booking, world.pay.id, "https://agency.test/back", **other)


async def payment_of(world: World, id: str) -> Payment:
    async with world.store.read(world.scope) as view:
        found = await view.payment(id)
    assert found is not None
    return found


async def refund_of(world: World, id: str) -> Refund:
    async with world.store.read(world.scope) as view:
        found = await view.refund(id)
    assert found is not None
    return found


async def post(world: World, *checkouts: Checkout, id: str = "in_1", **other: Any) -> InboxMessage:
    """The gateway's webhook, received and processed."""
    posting = Posting(id, checkouts, other.get("refunds", ()))
    raw = msgspec.json.encode(posting)
    connection = other.get("connection", world.pay.id)
    message = await receive_message(world.hub, connection, {"signature": "good"}, raw)
    assert message is not None
    return await process_message(world.hub, world.scope, message.id)


def paid_word(payment: Payment, **other: Any) -> Checkout:
    word = Checkout(
        payment.gateway_reference or "checkout_1",
        payment.id,
        CheckoutState.PAID,
        payment.amount,
        charge_reference="charge_1",
    )
    return msgspec.structs.replace(word, **other)


async def test_the_webhook_comes_before_the_answer(world: World) -> None:
    world.gateway.lose_answer("start_checkout")
    payment = await an_open_payment(world)
    assert payment.state is P.STARTING
    message = await post(world, paid_word(payment))
    assert message.state is InboxState.PROCESSED
    late = await send_payment(world.hub, world.asking, payment)
    assert (late.state, late.charge_reference) == (P.SUCCEEDED, "charge_1")
    assert await world.told(payment.id) == ["payment.succeeded"]


async def test_the_same_word_twice_is_told_once(world: World) -> None:
    payment = await an_open_payment(world)
    await post(world, paid_word(payment), paid_word(payment))
    await post(world, paid_word(payment), id="in_2")
    assert await world.told(payment.id) == ["payment.opened", "payment.succeeded"]


async def test_the_same_message_twice_is_kept_once(world: World) -> None:
    payment = await an_open_payment(world)
    await post(world, paid_word(payment))
    raw = msgspec.json.encode(Posting("in_1"))
    again = await receive_message(world.hub, world.pay.id, {"signature": "good"}, raw)
    assert again is None


async def test_an_unsigned_message_is_not_even_kept(world: World) -> None:
    with pytest.raises(Forbidden):
        await receive_message(world.hub, world.pay.id, {"signature": "bad"}, b"{}")
    assert await world.store.next_due(Bell.INBOX) is None


@pytest.mark.parametrize(
    "difference",
    [
        {"amount": sar(1)},
        {"amount": Money(100_000, "USD")},
        {"gateway_reference": "checkout_9"},
    ],
)
async def test_what_was_not_intended_is_quarantined_and_changes_nothing(
    world: World, difference: dict[str, Any]
) -> None:
    payment = await an_open_payment(world)
    message = await post(world, paid_word(payment, **difference))
    assert message.state is InboxState.QUARANTINED
    assert message.note
    assert await payment_of(world, payment.id) == payment
    assert await world.told(message.id) == ["inbox.quarantined"]
    assert await world.told(payment.id) == ["payment.opened"]


async def test_a_word_through_another_connection_is_quarantined(world: World) -> None:
    payment = await an_open_payment(world)
    other = await world.connect("gateway")
    message = await post(world, paid_word(payment), connection=other.id)
    assert message.state is InboxState.QUARANTINED
    assert (await payment_of(world, payment.id)).state is P.OPEN


async def test_a_refunds_word_through_another_connection_is_quarantined(world: World) -> None:
    world.gateway.refunds_pend = True
    payment = await paid(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    (held,) = world.gateway.refunds.values()
    done = msgspec.structs.replace(held, state=RefundFactState.FAILED)
    other = await world.connect("gateway")
    message = await post(world, refunds=(done,), connection=other.id)
    assert message.state is InboxState.QUARANTINED
    assert (await refund_of(world, refund.id)).state is R.PENDING


async def test_another_programs_payment_is_ignored(world: World) -> None:
    payment = await an_open_payment(world)
    message = await post(world, paid_word(payment, reference="not-ours"))
    assert message.state is InboxState.PROCESSED
    assert (await payment_of(world, payment.id)).state is P.OPEN


async def test_a_lost_webhook_is_asked_for_until_the_link_has_ended(world: World) -> None:
    payment = await an_open_payment(world)
    for _ in range(22):
        world.clock.move(3600)
        await world.check_due()
    world.gateway.pay(payment.gateway_reference or "")
    await world.until_quiet()
    assert (await payment_of(world, payment.id)).state is P.SUCCEEDED


async def test_a_link_nobody_used_expires(world: World) -> None:
    payment = await an_open_payment(world)
    await world.until_quiet()
    after = await payment_of(world, payment.id)
    assert (after.state, after.url) == (P.EXPIRED, None)
    assert world.clock.now() < payment.created_at + timedelta(hours=26)
    assert await world.told(payment.id) == ["payment.opened", "payment.expired"]


async def test_a_gateway_that_says_something_else_is_asked_again_later(world: World) -> None:
    payment = await an_open_payment(world)
    held = world.gateway.checkouts[payment.gateway_reference or ""]
    world.gateway.checkouts[held.gateway_reference] = msgspec.structs.replace(held, amount=sar(1))
    world.clock.move(600)
    await world.check_due()
    after = await payment_of(world, payment.id)
    assert after.state is P.OPEN
    assert after.check_at is not None
    assert after.check_at > world.clock.now()


async def test_a_second_payment_while_one_is_open_is_refused(world: World) -> None:
    booking = await world.book(OFFER)
    await start_payment(world.hub, world.asking, a_wish(world, booking.id, amount=sar(60_000)))
    with pytest.raises(Invalid, match="at most 40000"):
        await start_payment(world.hub, world.asking, a_wish(world, booking.id, amount=sar(40_001)))
    rest = await start_payment(world.hub, world.asking, a_wish(world, booking.id))
    assert rest.amount == sar(40_000)
    with pytest.raises(Conflict) as caught:
        await start_payment(world.hub, world.asking, a_wish(world, booking.id))
    assert caught.value.code == "already_paid"


async def test_two_payments_at_once_never_ask_for_more_than_the_price(world: World) -> None:
    booking = await world.book(OFFER)
    wish = a_wish(world, booking.id)
    both = [start_payment(world.hub, world.asking, wish) for _ in range(2)]
    made = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(m, Payment) for m in made) == 1
    assert sum(isinstance(m, Conflict) for m in made) == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.Refused, "vendor_refused"),
        (errors.Unavailable, "vendor_unavailable"),
        (errors.Misconfigured, "vendor_misconfigured"),
    ],
)
async def test_a_payment_that_was_not_started_has_failed(
    world: World, kind: type[errors.VendorError], code: str
) -> None:
    world.gateway.fail("start_checkout", error(kind))
    payment = await an_open_payment(world)
    assert payment.refusal is not None
    assert (payment.state, payment.refusal.code) == (P.FAILED, code)
    assert await world.told(payment.id) == ["payment.failed"]


async def test_a_lost_start_is_repeated_under_its_key_through_an_outage(world: World) -> None:
    world.gateway.lose_answer("start_checkout")
    payment = await an_open_payment(world)
    for _ in range(3):
        world.gateway.fail("start_checkout", error(errors.Unavailable))
    world.gateway.fail("start_checkout", error(errors.Misconfigured))
    for _ in range(30):
        world.clock.move(30)
        await world.check_due()
    assert (await payment_of(world, payment.id)).state is P.OPEN
    assert len(world.gateway.checkouts) == 1
    assert await world.told(payment.id) == ["payment.opened"]


async def test_a_start_the_gateway_cannot_repeat_calls_a_person(world: World) -> None:
    world.manifest("gateway", repeatable_for_s=None)
    world.gateway.lose_answer("start_checkout")
    payment = await an_open_payment(world)
    await world.until_quiet()
    assert (await payment_of(world, payment.id)).state is P.NEEDS_OPERATOR
    assert await world.told(payment.id) == ["payment.needs_operator"]


@pytest.mark.parametrize("url", ["ftp://x", "javascript:alert(1)", ""])
async def test_a_return_url_is_a_web_address(world: World, url: str) -> None:
    booking = await world.book(OFFER)
    wish = msgspec.structs.replace(a_wish(world, booking.id), return_url=url)
    with pytest.raises(Invalid):
        await start_payment(world.hub, world.asking, wish)


async def test_what_the_hotel_collects_and_what_is_not_booked_is_not_paid(world: World) -> None:
    at_desk = await world.book(msgspec.structs.replace(OFFER, collect=Collect.HOTEL))
    world.supplier.next("book", LOST)
    unknown = await world.book(OFFER)
    for booking, code in ((at_desk, "hotel_collect"), (unknown, "not_payable")):
        with pytest.raises(Conflict) as caught:
            await start_payment(world.hub, world.asking, a_wish(world, booking.id))
        assert caught.value.code == code


@pytest.mark.parametrize(("fee", "back"), [(0, 100_000), (20_000, 80_000), (99_999, 1)])
async def test_after_a_cancellation_the_fee_is_kept(world: World, fee: int, back: int) -> None:
    world.supplier.fee = sar(fee)
    payment = await paid(world)
    await cancel_booking(world.hub, world.asking, payment.booking or "")
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert (refund.amount, refund.state) == (sar(back), R.SUCCEEDED)
    with pytest.raises(Conflict):
        await refund_payment(world.hub, world.asking, payment.id, NewRefund())


async def test_a_fee_above_what_was_paid_leaves_nothing_due(world: World) -> None:
    world.supplier.fee = sar(100_000)
    booking = await world.book(OFFER)
    payment = await paid_for(world, booking, amount=sar(30_000))
    await cancel_booking(world.hub, world.asking, booking.id)
    with pytest.raises(Conflict) as caught:
        await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert caught.value.code == "nothing_due"
    generous = NewRefund(amount=sar(30_000))
    made = await refund_payment(world.hub, world.asking, payment.id, generous)
    assert made.state is R.SUCCEEDED


async def test_while_a_part_is_not_known_nothing_of_its_booking_is_given_back_by_reckoning(
    world: World,
) -> None:
    world.supplier.fee = sar(70_000)
    booking = await world.book(OFFER)
    first = await paid_for(world, booking, amount=sar(60_000))
    second = await paid_for(world, booking)
    await cancel_booking(world.hub, world.asking, booking.id)
    async with world.store.begin(world.scope) as tx:
        taken = Dispute("", None)
        state = P.CHARGED_BACK
        await tx.put_payment(msgspec.structs.replace(first, state=state, disputes=(taken,)))
    with pytest.raises(Conflict, match=f"resolve {first.id}") as caught:
        await refund_payment(world.hub, world.asking, second.id, NewRefund())
    assert (caught.value.code, caught.value.resource) == ("chargeback_unknown", first.id)
    say = ResolveMoney(MoneyOutcome.CHARGED_BACK, "the bank's letter", charged_back=sar(20_000))
    await resolve_payment(world.hub, world.asking, first.id, say)
    refund = await refund_payment(world.hub, world.asking, second.id, NewRefund())
    assert refund.amount == sar(10_000)


async def test_a_fee_is_kept_once_from_a_booking_paid_in_parts(world: World) -> None:
    world.supplier.fee = sar(70_000)
    booking = await world.book(OFFER)
    first = await paid_for(world, booking, amount=sar(60_000))
    second = await paid_for(world, booking)
    await cancel_booking(world.hub, world.asking, booking.id)
    back = await refund_payment(world.hub, world.asking, first.id, NewRefund())
    assert back.amount == sar(30_000)
    with pytest.raises(Conflict):
        await refund_payment(world.hub, world.asking, second.id, NewRefund())


async def test_while_the_fee_is_not_known_nobody_guesses_what_is_due(world: World) -> None:
    payment = await paid(world)
    world.supplier.next("cancel", LOST)
    await cancel_booking(world.hub, world.asking, payment.booking or "")
    with pytest.raises(Conflict) as caught:
        await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert caught.value.code == "fee_unknown"


async def test_a_paid_request_that_the_hotel_declines_is_given_back_whole(world: World) -> None:
    world.supplier.answers = SupplierState.ON_REQUEST
    payment = await paid(world)
    booking = await world.booking(payment.booking or "")
    world.supplier.change(booking.vendor_reference, state=SupplierState.REFUSED)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is BookingState.REFUSED
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert refund.amount == PRICE


async def test_money_that_comes_after_the_cancellation_is_told_and_due_back(world: World) -> None:
    world.supplier.fee = sar(20_000)
    payment = await an_open_payment(world)
    world.gateway.fail("expire", error(errors.Unavailable))
    await cancel_booking(world.hub, world.asking, payment.booking or "")
    world.gateway.pay(payment.gateway_reference or "")
    await world.until_quiet()
    assert await world.told(payment.id) == ["payment.opened", "payment.succeeded"]
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert refund.amount == sar(80_000)


async def test_more_than_is_left_is_never_given_back(world: World) -> None:
    payment = await paid(world)
    await refund_payment(world.hub, world.asking, payment.id, NewRefund(sar(60_000)))
    for amount in (sar(40_001), sar(0), sar(-1), Money(1, "USD")):
        with pytest.raises(Invalid):
            await refund_payment(world.hub, world.asking, payment.id, NewRefund(amount))
    both = [
        refund_payment(world.hub, world.asking, payment.id, NewRefund(sar(30_000)))
        for _ in range(2)
    ]
    made = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(m, Refund) for m in made) == 1
    assert sum(r.amount.minor for r in world.gateway.refunds.values()) == 90_000


async def test_a_failed_refund_may_be_tried_again(world: World) -> None:
    payment = await paid(world)
    world.gateway.fail("refund", error(errors.Unavailable))
    failed = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert failed.state is R.FAILED
    again = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert (again.state, again.amount) == (R.SUCCEEDED, PRICE)


async def test_an_outage_at_the_second_try_says_nothing_of_the_first_refund(world: World) -> None:
    payment = await paid(world)
    world.gateway.fail("refund", OutcomeUnknown("silence", vendor="memory"))
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    world.gateway.fail("refund", error(errors.Unavailable))
    world.clock.move(400)
    assert (await reconcile_refund(world.hub, world.scope, refund.id)).state is R.SUBMITTING
    await world.until_quiet()
    async with world.store.read(world.scope) as view:
        after = await view.refund(refund.id)
    assert after is not None
    assert (after.state, after.refusal and after.refusal.code) == (R.FAILED, "absent")


@pytest.mark.parametrize("done", [True, False])
async def test_a_refund_whose_answer_was_lost_is_made_once(world: World, done: bool) -> None:
    payment = await paid(world)
    if done:
        world.gateway.lose_answer("refund")
    else:
        world.gateway.fail("refund", OutcomeUnknown("silence", vendor="memory"))
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert refund.state is R.SUBMITTING
    world.clock.move(400)
    both = [reconcile_refund(world.hub, world.scope, refund.id) for _ in range(2)]
    await asyncio.gather(*both)
    await world.until_quiet()
    assert (await refund_of(world, refund.id)).state is R.SUCCEEDED
    assert [r.amount for r in world.gateway.refunds.values()] == [PRICE]
    assert await world.told(refund.id) == ["refund.succeeded"]


async def test_a_refund_the_bank_takes_weeks_for_is_still_asked_about(world: World) -> None:
    world.gateway.refunds_pend = True
    payment = await paid(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    for _ in range(15):
        world.clock.move(48 * 3600)
        await world.check_due()
    (held,) = world.gateway.refunds
    world.gateway.settle_refund(held, RefundFactState.SUCCEEDED)
    await world.until_quiet()
    assert await world.told(refund.id) == ["refund.pending", "refund.succeeded"]


async def test_a_pending_refund_of_another_amount_calls_a_person(world: World) -> None:
    world.gateway.refunds_pend = True
    payment = await paid(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    (held,) = world.gateway.refunds.values()
    wrong = msgspec.structs.replace(held, amount=sar(1))
    world.gateway.refunds[held.gateway_reference] = wrong
    await world.until_quiet()
    assert (await refund_of(world, refund.id)).state is R.NEEDS_OPERATOR


async def test_a_payment_whose_charge_is_not_named_is_not_refunded_blindly(world: World) -> None:
    payment = await an_open_payment(world)
    await post(world, paid_word(payment, charge_reference=None))
    with pytest.raises(Conflict) as caught:
        await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert caught.value.code == "not_refundable"


async def test_a_settled_payment_is_not_asked_about(world: World) -> None:
    payment = await paid(world)
    world.gateway.fail("find", error(errors.BrokenContract))
    assert await reconcile_payment(world.hub, world.scope, payment.id) == payment


async def test_a_closed_link_expires_and_the_booking_can_be_asked_for_again(world: World) -> None:
    payment = await an_open_payment(world)

    closed = await close_payment(world.hub, world.asking, payment.id)
    again = await close_payment(world.hub, world.asking, payment.id)
    second = await start_payment(world.hub, world.asking, a_wish(world, payment.booking or ""))

    assert (closed.state, closed.url, again.state) == (P.EXPIRED, None, P.EXPIRED)
    assert second.state is P.OPEN
    assert await world.told(payment.id) == ["payment.opened", "payment.expired"]


async def test_a_link_that_was_paid_meanwhile_is_paid_and_not_closed(world: World) -> None:
    payment = await an_open_payment(world)
    world.gateway.pay(payment.gateway_reference or "")

    closed = await close_payment(world.hub, world.asking, payment.id)

    assert closed.state is P.SUCCEEDED
    with pytest.raises(Conflict):
        await close_payment(world.hub, world.asking, payment.id)


async def test_what_was_given_back_may_be_paid_again(world: World) -> None:
    payment = await paid(world)
    await refund_payment(world.hub, world.asking, payment.id, NewRefund())

    again = await start_payment(world.hub, world.asking, a_wish(world, payment.booking or ""))

    assert (again.state, again.amount) == (P.OPEN, payment.amount)


async def test_cancelling_closes_the_link(world: World) -> None:
    payment = await an_open_payment(world)

    await cancel_booking(world.hub, world.asking, payment.booking or "")

    assert (await payment_of(world, payment.id)).state is P.EXPIRED


async def test_a_gateway_that_is_away_does_not_hold_up_the_cancellation(world: World) -> None:
    payment = await an_open_payment(world)
    world.gateway.fail("expire", error(errors.Unavailable))

    cancelled = await cancel_booking(world.hub, world.asking, payment.booking or "")

    assert cancelled.state is BookingState.CANCELLED
    assert (await payment_of(world, payment.id)).state is P.OPEN


async def test_what_a_message_held_is_forgotten_once_it_was_read(world: World) -> None:
    payment = await an_open_payment(world)

    read = await post(world, paid_word(payment))
    odd = await post(world, paid_word(payment, amount=sar(1)), id="in_2")

    async with world.store.read(world.scope) as view:
        kept = {m.id: m.raw for m in await view.inbox(Page(), InboxFilter())}
    assert kept[read.id] == b""
    assert b"in_2" in kept[odd.id]
