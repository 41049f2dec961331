"""What Xendit alone does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.payments.payment import Checkout, CheckoutState
from core.domain.payments.settlement import LineKind
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable
from tests.contract.opening import opened
from tests.contract.payment_rigs import XENDIT_RESTRICTED, XenditRig, xendit
from tests.contract.test_payment_gateway import NOWHERE, PRICE, a_refund, an_order, paid

pytestmark = pytest.mark.anyio


@pytest.fixture
async def wire() -> AsyncIterator[XenditRig]:
    async with xendit() as rig:
        yield rig


async def test_a_lost_invoice_is_found_however_late(wire: XenditRig) -> None:
    order = an_order(wire, hours=24)
    wire.lose_answer("start_checkout")
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.start_checkout(order, key=order.reference)
    wire.time.later(20 * 3600)
    again = await wire.gateway.start_checkout(order, key="another key altogether")
    assert again.url
    assert wire.checkouts_of(order.reference) == 1


async def test_nothing_is_made_while_it_cannot_be_looked_for(wire: XenditRig) -> None:
    order = an_order(wire)
    wire.break_("fail_before", "list", times=3)
    with pytest.raises(Unavailable):
        await wire.gateway.start_checkout(order, key=order.reference)
    assert wire.checkouts_of(order.reference) == 0


async def test_two_invoices_of_one_reference_are_one_payment(wire: XenditRig) -> None:
    """Another process may have made one too: what was paid counts, else the first made."""
    order = an_order(wire)
    first = await wire.gateway.start_checkout(order, key=order.reference)
    wire.time.later(2)
    body = wire.simulator.requests[-1].body
    second = wire.simulator.books.create_invoice(body, lambda id: f"http://x.example/{id}")
    nothing_known = Checkout("", order.reference, CheckoutState.OPEN, order.amount)
    assert await wire.gateway.find(nothing_known) == first
    wire.simulator.books.pay(second["id"])
    found = await wire.gateway.find(nothing_known)
    assert found is not None
    assert (found.gateway_reference, found.state) == (second["id"], CheckoutState.PAID)


@pytest.mark.parametrize(
    ("price", "wire_amount"),
    [("IDR 12500000", 12_500_000), ("USD 850.50", 850.5), ("VND 90000", 90_000), ("MYR 12", 12)],
)
async def test_a_currency_it_takes_comes_back_as_it_went(
    wire: XenditRig, price: str, wire_amount: float
) -> None:
    currency, amount = price.split()
    order = an_order(wire, Money.of(amount, currency))
    checkout = await wire.gateway.start_checkout(order, key=order.reference)
    assert checkout.amount == order.amount
    assert wire.simulator.books.invoices[checkout.gateway_reference]["amount"] == wire_amount


@pytest.mark.parametrize("price", ["SAR 850.50", "JPY 9000", "KWD 12.340", "UGX 90000", "HUF 4000"])
async def test_a_currency_it_does_not_take_is_refused_before_anything_is_sent(
    wire: XenditRig, price: str
) -> None:
    currency, amount = price.split()
    order = an_order(wire, Money.of(amount, currency))
    with pytest.raises(Refused) as caught:
        await wire.gateway.start_checkout(order, key=order.reference)
    assert (caught.value.vendor_code, wire.requests) == ("currency_not_taken", 0)


@pytest.mark.parametrize(
    "money", [Money(1_250_000_050, "IDR"), Money(0, "IDR"), Money(2**62 + 1, "USD")]
)
async def test_an_amount_that_is_no_exact_number_is_refused(wire: XenditRig, money: Money) -> None:
    with pytest.raises(Refused):
        await wire.gateway.start_checkout(an_order(wire, money), key="k")


async def test_what_came_counts_where_it_is_not_what_was_asked(wire: XenditRig) -> None:
    order = an_order(wire)
    checkout = await wire.gateway.start_checkout(order, key=order.reference)
    wire.simulator.books.pay(checkout.gateway_reference, 12_499_999)
    found = await wire.gateway.find(checkout)
    assert found is not None
    assert (found.state, found.amount) == (CheckoutState.PAID, Money(1_249_999_900, "IDR"))


async def test_the_same_refund_twice_at_once_is_one(wire: XenditRig) -> None:
    charge = await paid(wire)
    order = a_refund(charge, 10_000)
    both = [wire.gateway.refund(order, key=order.reference) for _ in range(2)]
    facts = await asyncio.gather(*both)
    assert facts[0] == facts[1]
    assert wire.refunds_of(order.reference) == 1


async def test_a_reference_guards_a_refund_beyond_its_key(wire: XenditRig) -> None:
    charge = await paid(wire)
    order = a_refund(charge, 10_000)
    await wire.gateway.refund(order, key=order.reference)
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.refund(order, key="another key")
    assert wire.refunds_of(order.reference) == 1


async def test_a_key_for_another_refund_is_unknown(wire: XenditRig) -> None:
    charge = await paid(wire)
    order = a_refund(charge, 10_000)
    await wire.gateway.refund(order, key="k")
    other = msgspec.structs.replace(order, amount=Money(20_000, "IDR"))
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.refund(other, key="k")


async def test_a_key_that_is_not_known_or_too_restricted() -> None:
    async with xendit("xnd_development_nobodyKnowsThis") as wire:
        with pytest.raises(Misconfigured):
            await wire.gateway.find(NOWHERE)
        assert (await wire.gateway.probe()).verdict is Verdict.REJECTED
    async with xendit(XENDIT_RESTRICTED) as wire:
        probe = await wire.gateway.probe()
        assert (probe.verdict, probe.evidence["status"]) == (Verdict.REJECTED, "403")


async def test_another_business_is_seen_by_the_probe(wire: XenditRig) -> None:
    await wire.gateway.start_checkout(an_order(wire), key="k")
    base = f"http://{wire.simulator.requests[0].headers['host']}/xendit"
    config = {"secret_key": wire.secrets[0], "business_id": "5faa", "base_url": base}
    async with opened("xendit", config, wire.time) as stranger:
        assert (await stranger.probe()).verdict is Verdict.REJECTED


async def test_its_ledger_tells_what_was_taken_given_back_and_disputed(wire: XenditRig) -> None:
    charge = await paid(wire)
    order = a_refund(charge, 10_000)
    fact = await wire.gateway.refund(order, key=order.reference)
    await wire.settle_refund(fact)
    wire.simulator.books.charge_back(charge, 40_000)
    now = wire.time.now()
    lines = await wire.gateway.list_settlements(now - timedelta(hours=1), now + timedelta(hours=1))
    payment = wire.simulator.books.invoices[charge]["external_id"]
    assert sorted((x.kind, x.reference, x.amount, x.fee) for x in lines) == sorted(
        [
            (LineKind.PAYMENT, payment, PRICE, Money(499_500, "IDR")),
            (LineKind.REFUND, order.reference, order.amount, Money(0, "IDR")),
            (LineKind.DISPUTE, payment, Money(4_000_000, "IDR"), Money(0, "IDR")),
        ]
    )
    assert {x.charge_reference for x in lines} == {charge, fact.gateway_reference}


async def test_its_ledger_is_read_over_pages(wire: XenditRig) -> None:
    charge = await paid(wire)
    for _ in range(150):
        wire.simulator.books.charge_back(charge)
    now = wire.time.now()
    lines = await wire.gateway.list_settlements(now - timedelta(hours=1), now + timedelta(hours=1))
    assert len({x.id for x in lines}) == 151
