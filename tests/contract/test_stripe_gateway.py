"""What Stripe alone does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.domain.connection import Verdict
from core.domain.money import Money
from core.domain.payment import CheckoutState, RefundFactState
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable
from tests.contract.payment_rigs import RESTRICTED, StripeRig, stripe
from tests.contract.test_payment_gateway import NOWHERE, a_refund, an_order, paid

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


async def test_a_key_stripe_does_not_know_is_a_call_for_a_person() -> None:
    async with stripe("sk_test_nobodyKnowsThisKey") as wire:
        with pytest.raises(Misconfigured):
            await wire.gateway.find(NOWHERE)
        assert (await wire.gateway.probe()).verdict is Verdict.REJECTED


async def test_a_restricted_key_may_be_too_restricted() -> None:
    async with stripe(RESTRICTED) as wire:
        probe = await wire.gateway.probe()
        assert (probe.verdict, probe.evidence["status"]) == (Verdict.REJECTED, "403")
