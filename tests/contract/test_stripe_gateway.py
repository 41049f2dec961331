"""What Stripe alone does."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.payments.payment import CheckoutState, RefundFactState
from core.domain.payments.settlement import LineKind, SettlementLine
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable
from tests.contract.payment_rigs import RESTRICTED, StripeRig, stripe
from tests.contract.test_payment_gateway import NOWHERE, PRICE, a_refund, an_order, paid

pytestmark = pytest.mark.anyio


@pytest.fixture
async def wire() -> AsyncIterator[StripeRig]:
    async with stripe() as opened:
        yield opened


async def test_a_500_after_the_work_is_kept_under_the_key(wire: StripeRig) -> None:
    """So a refund is looked for; the same key would say 500 for a day."""
    charge = await paid(wire)
    order = a_refund(charge)
    wire.break_("fail_after", "refund")
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await wire.gateway.refund(order, key=order.reference)
    found = await wire.gateway.find_refund(order.reference, charge)
    assert found is not None
    assert found.state is RefundFactState.SUCCEEDED
    assert wire.refunds_of(order.reference) == 1


async def test_stripe_may_ask_not_to_be_asked_again(wire: StripeRig) -> None:
    wire.break_("fail_before", "find", times=9, should_retry=False)
    with pytest.raises(Unavailable) as caught:
        await wire.gateway.find(NOWHERE)
    assert caught.value.retry_after_s == 60
    assert len(wire.simulator.requests) == 1


@pytest.mark.parametrize("hours", [0.25, 24.5])
async def test_a_checkout_too_short_or_too_long_is_refused_clearly(
    wire: StripeRig, hours: float
) -> None:
    order = an_order(wire, hours=hours)
    with pytest.raises(Refused, match="30 minutes to 24 hours"):
        await wire.gateway.start_checkout(order, key=order.reference)
    assert wire.checkouts_of(order.reference) == 0


async def test_a_repeat_near_the_end_gets_the_first_answer(wire: StripeRig) -> None:
    """Under 30 minutes are left by then; the key counts, not the rule."""
    order = an_order(wire, hours=0.75)
    wire.lose_answer("start_checkout")
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.start_checkout(order, key=order.reference)
    wire.time.later(40 * 60)
    assert (await wire.gateway.start_checkout(order, key=order.reference)).url


@pytest.mark.parametrize("minor", [49, 0, -5, 100_000_000])
async def test_an_amount_stripe_does_not_take_is_refused(wire: StripeRig, minor: int) -> None:
    order = an_order(wire, Money(minor, "USD"))
    with pytest.raises(Refused):
        await wire.gateway.start_checkout(order, key=order.reference)


@pytest.mark.parametrize(
    "price",
    ["IDR 12500000", "SAR 850.50", "JPY 9000", "KWD 12.340", "UGX 90000", "HUF 4000", "ISK 5000"],
)
async def test_every_currency_comes_back_as_it_went(wire: StripeRig, price: str) -> None:
    currency, amount = price.split()
    order = an_order(wire, Money.of(amount, currency))
    checkout = await wire.gateway.start_checkout(order, key=order.reference)
    assert checkout.amount == order.amount


async def test_a_debit_is_open_until_the_bank_says(wire: StripeRig) -> None:
    for settles in (True, False):
        order = an_order(wire)
        checkout = await wire.gateway.start_checkout(order, key=order.reference)
        wire.simulator.books.pay(checkout.gateway_reference, settles=False)
        waiting = await wire.gateway.find(checkout)
        assert waiting is not None
        assert (waiting.state, waiting.url) == (CheckoutState.OPEN, None)
        wire.simulator.books.settle(checkout.gateway_reference, paid=settles)
        after = await wire.gateway.find(checkout)
        assert after is not None
        assert after.state is (CheckoutState.PAID if settles else CheckoutState.EXPIRED)


async def test_a_refund_is_found_beyond_the_first_page(wire: StripeRig) -> None:
    charge = await paid(wire)
    wanted = a_refund(charge, 100)
    await wire.gateway.refund(wanted, key=wanted.reference)
    for number in range(250):
        wire.simulator.books.create_refund(
            {"payment_intent": charge, "amount": 100, "metadata": {"n": str(number)}}
        )
    found = await wire.gateway.find_refund(wanted.reference, charge)
    assert found is not None
    assert found.reference == wanted.reference


async def test_its_ledger_tells_what_was_taken_given_back_and_disputed(wire: StripeRig) -> None:
    order = an_order(wire)
    checkout = await wire.gateway.start_checkout(order, key=order.reference)
    session = wire.simulator.books.pay(checkout.gateway_reference)
    charge = session["payment_intent"]
    refund = a_refund(charge, 10_000)
    await wire.gateway.refund(refund, key=refund.reference)
    dispute = wire.simulator.books.charge_back(checkout.gateway_reference, 4_000_000)
    wire.simulator.books.pay_out(50_000, "idr")
    lines = await ledger(wire)
    nothing = Money(0, "IDR")
    assert [(x.kind, x.reference, x.amount, x.fee, x.dispute) for x in lines] == [
        (LineKind.PAYMENT, order.reference, PRICE, Money(PRICE.minor * 29 // 1000, "IDR"), None),
        (LineKind.REFUND, refund.reference, refund.amount, nothing, None),
        (LineKind.DISPUTE, order.reference, Money(4_000_000, "IDR"), nothing, dispute["id"]),
        (LineKind.PAYOUT, "", Money(50_000, "IDR"), nothing, None),
    ]
    assert [x.charge_reference for x in lines[::2]] == [charge, charge]
    assert {x.settled for x in lines} == {False}
    now = wire.time.now()
    wire.time.later(3 * 86_400)
    later = await wire.gateway.list_settlements(now - timedelta(hours=1), wire.time.now())
    assert {x.settled for x in later} == {True}


async def test_what_came_to_nothing_is_no_refund_and_no_dispute(wire: StripeRig) -> None:
    order = an_order(wire)
    checkout = await wire.gateway.start_checkout(order, key=order.reference)
    session = wire.simulator.books.pay(checkout.gateway_reference)
    refund = a_refund(session["payment_intent"], 10_000)
    fact = await wire.gateway.refund(refund, key=refund.reference)
    await wire.settle_refund(fact, succeeds=False)
    dispute = wire.simulator.books.charge_back(checkout.gateway_reference, 4_000_000)
    wire.simulator.books.win(dispute["id"])
    lines = await ledger(wire)
    assert Counter(x.kind for x in lines) == {LineKind.PAYMENT: 1, LineKind.OTHER: 4}
    assert [x.reference for x in lines if x.undone] == [refund.reference] * 2


async def test_its_ledger_is_read_over_pages(wire: StripeRig) -> None:
    await paid(wire)
    for _ in range(250):
        wire.simulator.books.pay_out(1_000, "idr")
    assert len({x.id for x in await ledger(wire)}) == 251


async def test_a_dispute_of_another_program_has_no_reference_of_ours(wire: StripeRig) -> None:
    order = an_order(wire)
    checkout = await wire.gateway.start_checkout(order, key=order.reference)
    session = wire.simulator.books.pay(checkout.gateway_reference)
    wire.simulator.books.payment_intents[session["payment_intent"]]["metadata"] = {}
    wire.simulator.books.charge_back(checkout.gateway_reference)
    (line,) = [x for x in await ledger(wire) if x.kind is LineKind.DISPUTE]
    assert line.reference == ""


async def ledger(wire: StripeRig) -> Sequence[SettlementLine]:
    now = wire.time.now()
    return await wire.gateway.list_settlements(now - timedelta(hours=1), now + timedelta(hours=1))


async def test_a_key_stripe_does_not_know_is_a_call_for_a_person() -> None:
    async with stripe("sk_test_nobodyKnowsThisKey") as wire:
        with pytest.raises(Misconfigured):
            await wire.gateway.find(NOWHERE)
        assert (await wire.gateway.probe()).verdict is Verdict.REJECTED


async def test_a_restricted_key_may_be_too_restricted() -> None:
    async with stripe(RESTRICTED) as wire:
        probe = await wire.gateway.probe()
        assert (probe.verdict, probe.evidence["status"]) == (Verdict.REJECTED, "403")
