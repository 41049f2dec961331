"""What Midtrans alone does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.payments.payment import Checkout, CheckoutState, Dispute, RefundFactState
from ports.errors import Misconfigured, OutcomeUnknown, Refused
from tests.contract.payment_rigs import MidtransRig, midtrans
from tests.contract.test_payment_gateway import NOWHERE, PRICE, a_refund, an_order, paid

pytestmark = pytest.mark.anyio


@pytest.fixture
async def wire() -> AsyncIterator[MidtransRig]:
    async with midtrans() as opened:
        yield opened


async def started(wire: MidtransRig) -> Checkout:
    order = an_order(wire)
    return await wire.gateway.start_checkout(order, key=order.reference)


async def found(wire: MidtransRig, checkout: Checkout) -> Checkout:
    found = await wire.gateway.find(checkout)
    assert found is not None
    return found


async def test_after_five_minutes_the_order_is_known_and_its_page_lost(wire: MidtransRig) -> None:
    order = an_order(wire)
    wire.lose_answer("start_checkout")
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.start_checkout(order, key=order.reference)
    wire.time.later(301)
    with pytest.raises(OutcomeUnknown) as caught:
        await wire.gateway.start_checkout(order, key=order.reference)
    assert caught.value.vendor_code == "order_id_taken"
    assert wire.checkouts_of(order.reference) == 1


async def test_a_long_key_is_not_ignored_in_silence(wire: MidtransRig) -> None:
    order = an_order(wire)
    for _ in range(2):
        await wire.gateway.start_checkout(order, key=order.reference * 4)
    keys = {r.headers["idempotency-key"] for r in wire.simulator.requests}
    assert {len(key) for key in keys} == {46}
    assert wire.checkouts_of(order.reference) == 1


async def test_a_refund_that_came_through_is_found_after_five_minutes(wire: MidtransRig) -> None:
    charge = await paid(wire)
    order = a_refund(charge, 10_000)
    wire.lose_answer("refund")
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.refund(order, key=order.reference)
    wire.time.later(301)
    fact = await wire.gateway.refund(order, key=order.reference)
    assert (fact.amount, wire.refunds_of(order.reference)) == (order.amount, 1)
    more = msgspec.structs.replace(order, amount=Money(20_000, "IDR"))
    wire.time.later(301)
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.refund(more, key=order.reference)


async def test_two_of_several_refunds_are_told_apart(wire: MidtransRig) -> None:
    charge = await paid(wire)
    orders = [a_refund(charge, minor) for minor in (30_000, 50_000, 70_000)]
    for order in orders:
        await wire.gateway.refund(order, key=order.reference)
    wire.simulator.books.confirm_refund(orders[1].reference)
    facts = [await wire.gateway.find_refund(o.reference, charge) for o in orders]
    assert [f.amount if f else None for f in facts] == [o.amount for o in orders]
    sure = RefundFactState.SUCCEEDED
    assert [f.state is sure if f else None for f in facts] == [False, True, False]


@pytest.mark.parametrize("price", ["SAR 850.50", "JPY 9000", "KWD 12.340", "UGX 90000", "HUF 4000"])
async def test_it_takes_rupiah_alone(wire: MidtransRig, price: str) -> None:
    currency, amount = price.split()
    order = an_order(wire, Money.of(amount, currency))
    with pytest.raises(Refused) as caught:
        await wire.gateway.start_checkout(order, key=order.reference)
    assert caught.value.vendor_code == "currency_not_taken"
    assert wire.requests == 0


@pytest.mark.parametrize("minor", [0, -100, 50, 1_250_000_050])
async def test_and_whole_rupiah(wire: MidtransRig, minor: int) -> None:
    order = an_order(wire, Money(minor, "IDR"))
    with pytest.raises(Refused):
        await wire.gateway.start_checkout(order, key=order.reference)


@pytest.mark.parametrize("hours", [0.02, 7 * 24 + 1])
async def test_a_page_lives_from_five_minutes_to_seven_days(
    wire: MidtransRig, hours: float
) -> None:
    order = an_order(wire, hours=hours)
    with pytest.raises(Refused) as caught:
        await wire.gateway.start_checkout(order, key=order.reference)
    assert caught.value.vendor_code == "expiry.duration"


async def test_chosen_and_not_paid_is_open_until_its_time_is_over(wire: MidtransRig) -> None:
    checkout = await started(wire)
    wire.simulator.books.choose(checkout.gateway_reference, "bank_transfer")
    chosen = await found(wire, checkout)
    assert (chosen.state, chosen.url) == (CheckoutState.OPEN, checkout.url)
    assert chosen.charge_reference
    wire.time.later(3601)
    assert (await found(wire, checkout)).state is CheckoutState.EXPIRED


async def test_closing_what_was_chosen_ends_it(wire: MidtransRig) -> None:
    checkout = await started(wire)
    transaction = wire.simulator.books.choose(checkout.gateway_reference, "bank_transfer")
    assert (await wire.gateway.expire(checkout)).state is CheckoutState.EXPIRED
    assert transaction["transaction_status"] == "expire"


async def test_a_denied_card_may_be_tried_again_until_the_page_is_closed(
    wire: MidtransRig,
) -> None:
    checkout = await started(wire)
    wire.simulator.books.deny(checkout.gateway_reference)
    denied = await found(wire, checkout)
    assert (denied.state, denied.url) == (CheckoutState.OPEN, checkout.url)
    closed = await wire.gateway.expire(checkout)
    assert (closed.state, closed.url) == (CheckoutState.EXPIRED, None)
    assert wire.simulator.books.pages[checkout.gateway_reference]["canceled_at"]


@pytest.mark.parametrize("how", ["bank_transfer", "dana"])
async def test_who_was_denied_and_then_paid_otherwise_has_paid(wire: MidtransRig, how: str) -> None:
    """The transaction we knew stays denied for ever; the order, or a notification, tells more."""
    checkout = await started(wire)
    wire.simulator.books.deny(checkout.gateway_reference)
    denied = await found(wire, checkout)
    paid = wire.simulator.books.pay(checkout.gateway_reference, how)
    if how == "dana":
        known = msgspec.structs.replace(checkout, charge_reference=paid["transaction_id"])
    else:
        known = denied
    after = await found(wire, known)
    assert (after.state, after.charge_reference) == (CheckoutState.PAID, paid["transaction_id"])


async def test_a_challenged_card_is_not_paid(wire: MidtransRig) -> None:
    checkout = await started(wire)
    transaction = wire.simulator.books.challenge(checkout.gateway_reference)
    held = await found(wire, checkout)
    assert (held.state, held.url) == (CheckoutState.OPEN, None)
    wire.simulator.books.settle(transaction["transaction_id"])
    assert (await found(wire, checkout)).state is CheckoutState.PAID


async def test_dana_is_loud_and_found_by_its_transaction_alone(wire: MidtransRig) -> None:
    """Until its notification came, its page looks unused."""
    checkout = await started(wire)
    transaction = wire.simulator.books.pay(checkout.gateway_reference, "dana")
    assert (await found(wire, checkout)).state is CheckoutState.OPEN
    hinted = msgspec.structs.replace(checkout, charge_reference=transaction["transaction_id"])
    assert wire.simulator.books.shown(transaction["transaction_id"])["transaction_status"] == (
        "SETTLEMENT"
    )
    assert (await found(wire, hinted)).state is CheckoutState.PAID


async def test_a_made_up_transaction_is_asked_about_by_its_order(wire: MidtransRig) -> None:
    checkout = await started(wire)
    made_up = msgspec.structs.replace(checkout, charge_reference="not-a-transaction")
    assert (await found(wire, made_up)).state is CheckoutState.OPEN


async def test_what_was_charged_back_says_so(wire: MidtransRig) -> None:
    checkout = await started(wire)
    transaction = wire.simulator.books.pay(checkout.gateway_reference, "credit_card")
    wire.simulator.books.settle(transaction["transaction_id"])
    wire.simulator.books.charge_back(transaction["transaction_id"])
    back = await found(wire, checkout)
    assert (back.state, back.disputes) == (CheckoutState.CHARGED_BACK, (Dispute("", PRICE),))


async def test_of_a_part_that_was_charged_back_it_does_not_say_how_much(wire: MidtransRig) -> None:
    checkout = await started(wire)
    transaction = wire.simulator.books.pay(checkout.gateway_reference, "credit_card")
    wire.simulator.books.settle(transaction["transaction_id"])
    wire.simulator.books.charge_back(transaction["transaction_id"], in_part=True)
    back = await found(wire, checkout)
    assert (back.state, back.disputes) == (CheckoutState.CHARGED_BACK, (Dispute("", None),))


async def test_the_instants_are_those_of_jakarta(wire: MidtransRig) -> None:
    checkout = await started(wire)
    wire.simulator.books.choose(checkout.gateway_reference, "bank_transfer")
    chosen = await found(wire, checkout)
    assert chosen.expires_at is not None
    assert checkout.expires_at is not None
    assert abs(chosen.expires_at - checkout.expires_at) < timedelta(seconds=1)


async def test_each_checkout_asks_to_be_notified_here(wire: MidtransRig) -> None:
    await started(wire)
    (request,) = wire.simulator.requests
    assert request.headers["x-override-notification"] == "http://hub.example/in/con_x"


async def test_a_key_midtrans_does_not_know_is_a_call_for_a_person() -> None:
    async with midtrans("SB-Mid-server-nobodyKnowsThis") as wire:
        with pytest.raises(Misconfigured):
            await wire.gateway.find(NOWHERE)
        assert (await wire.gateway.probe()).verdict is Verdict.REJECTED


async def test_the_price_in_the_page_is_in_rupiah(wire: MidtransRig) -> None:
    checkout = await started(wire)
    page = wire.simulator.books.pages[checkout.gateway_reference]
    assert page["gross_amount"] * 100 == PRICE.minor
