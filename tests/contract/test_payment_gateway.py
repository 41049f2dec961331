"""What every payment gateway keeps, whoever is behind it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from adapters import registry
from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.payments.payment import Checkout, CheckoutState, RefundFact, RefundFactState
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.manifest import Role
from ports.payment_gateway import CheckoutOrder, RefundOrder
from tests.contract.payment_rigs import GATEWAYS, LIVE, WIRES, Rig, WireRig

pytestmark = pytest.mark.anyio
NUMBERS = itertools.count(1)
PRICE = Money(12_500_000_00, "IDR")
NOWHERE = Checkout("cs_test_nobodyKnowsThis", "pay_nobodyKnowsThis", CheckoutState.OPEN, PRICE)


@pytest.fixture(params=[*GATEWAYS, *(pytest.param(n, marks=pytest.mark.live) for n in LIVE)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with {**GATEWAYS, **LIVE}[request.param]() as opened:
        yield opened


@pytest.fixture(params=WIRES)
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[WireRig]:
    async with WIRES[request.param]() as opened:
        yield opened


def an_order(rig: Rig, amount: Money = PRICE, hours: float = 1) -> CheckoutOrder:
    return CheckoutOrder(
        reference=f"pay_{next(NUMBERS):026}",
        amount=amount,
        description="Makkah, 4 nights",
        expires_at=rig.time.now().replace(microsecond=0) + timedelta(hours=hours),
        return_url="https://agency.example/thanks",
        email="jamaah@example.com",
    )


async def paid(rig: Rig) -> str:
    """The charge reference of a checkout that the customer paid."""
    order = an_order(rig)
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    await rig.pay(checkout)
    found = await rig.gateway.find(checkout)
    assert found is not None
    assert found.charge_reference
    return found.charge_reference


def a_refund(charge: str, minor: int = PRICE.minor) -> RefundOrder:
    reference = f"rfd_{next(NUMBERS):026}"
    return RefundOrder(reference, charge, Money(minor, PRICE.currency), "the guest fell ill")


async def test_what_was_charged_is_known_by_our_reference(rig: Rig) -> None:
    order = an_order(rig)
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    await rig.pay(checkout)
    found = await rig.gateway.find(checkout)
    assert found is not None
    assert await rig.gateway.find_reference(found.charge_reference or "") == order.reference
    assert await rig.gateway.find_reference("nobodyKnowsThis") == ""


async def test_a_checkout_is_open_and_says_what_was_asked(rig: Rig) -> None:
    order = an_order(rig)
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    assert checkout.state is CheckoutState.OPEN
    assert checkout.reference == order.reference
    assert checkout.amount == order.amount
    assert checkout.url
    assert checkout.expires_at is not None
    assert abs(checkout.expires_at - order.expires_at) < timedelta(seconds=2)
    assert await rig.gateway.find(checkout) == checkout


async def test_one_key_is_one_checkout(rig: Rig) -> None:
    order = an_order(rig)
    first = await rig.gateway.start_checkout(order, key=order.reference)
    again = await rig.gateway.start_checkout(order, key=order.reference)
    assert again == first
    assert rig.checkouts_of(order.reference) == 1


async def test_one_key_at_once_is_one_checkout(rig: Rig) -> None:
    order = an_order(rig)
    starts = (rig.gateway.start_checkout(order, key=order.reference) for _ in range(8))
    answers = await asyncio.gather(*starts, return_exceptions=True)
    known = [a for a in answers if isinstance(a, Checkout)]
    assert known
    assert all(isinstance(a, Checkout | OutcomeUnknown) for a in answers)
    assert len({a.gateway_reference for a in known}) == 1
    assert rig.checkouts_of(order.reference) == 1


async def test_a_lost_answer_is_unknown_and_the_key_gives_it_again(rig: Rig) -> None:
    order = an_order(rig)
    rig.lose_answer("start_checkout")
    with pytest.raises(OutcomeUnknown):
        await rig.gateway.start_checkout(order, key=order.reference)
    assert rig.checkouts_of(order.reference) == 1
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    assert checkout.reference == order.reference
    assert rig.checkouts_of(order.reference) == 1


async def test_a_key_with_another_order_is_no_refusal(rig: Rig) -> None:
    """What was done under the key stands; only asking again can tell."""
    order = an_order(rig)
    first = await rig.gateway.start_checkout(order, key=order.reference)
    other = msgspec.structs.replace(order, description="Madinah, 3 nights")
    if rig.guards_key:
        with pytest.raises(OutcomeUnknown):
            await rig.gateway.start_checkout(other, key=order.reference)
    else:
        assert await rig.gateway.start_checkout(other, key=order.reference) == first
    assert rig.checkouts_of(order.reference) == 1


async def test_what_is_paid_says_so_and_what_to_refund(rig: Rig) -> None:
    order = an_order(rig)
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    await rig.pay(checkout)
    found = await rig.gateway.find(checkout)
    assert found is not None
    assert (found.state, found.amount) == (CheckoutState.PAID, order.amount)
    assert found.charge_reference
    assert found.url is None


async def test_there_is_none_under_an_unknown_reference(rig: Rig) -> None:
    found = await rig.gateway.find(NOWHERE)
    assert found is None if rig.knows_absence else found == NOWHERE


async def test_expiring_closes_once(rig: Rig) -> None:
    order = an_order(rig)
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    for _ in range(2):
        closed = await rig.gateway.expire(checkout)
        assert (closed.state, closed.url) == (CheckoutState.EXPIRED, None)


async def test_expiring_what_was_paid_says_paid(rig: Rig) -> None:
    order = an_order(rig)
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    await rig.pay(checkout)
    assert (await rig.gateway.expire(checkout)).state is CheckoutState.PAID


async def test_expiring_what_is_not_there_is_refused(rig: Rig) -> None:
    with pytest.raises(Refused):
        await rig.gateway.expire(NOWHERE)


async def test_a_checkout_ends_with_its_time(rig: Rig) -> None:
    order = an_order(rig)
    checkout = await rig.gateway.start_checkout(order, key=order.reference)
    rig.time.later(3601)
    found = await rig.gateway.find(checkout)
    assert found is not None
    assert found.state is CheckoutState.EXPIRED


async def test_refunds_in_parts_up_to_what_was_paid(rig: Rig) -> None:
    charge = await paid(rig)
    for minor in (PRICE.minor - 100, 100):
        order = a_refund(charge, minor)
        fact = await rig.gateway.refund(order, key=order.reference)
        assert fact.state is rig.refunded
        assert (fact.reference, fact.amount) == (order.reference, order.amount)
    with pytest.raises(Refused):
        await rig.gateway.refund(a_refund(charge, 100), key="one-too-many")


async def test_more_than_is_left_is_refused_and_nothing_given(rig: Rig) -> None:
    charge = await paid(rig)
    order = a_refund(charge, PRICE.minor + 100)
    with pytest.raises(Refused):
        await rig.gateway.refund(order, key=order.reference)
    assert await rig.gateway.find_refund(order.reference, charge) is None


async def test_one_key_is_one_refund(rig: Rig) -> None:
    charge = await paid(rig)
    order = a_refund(charge, 100)
    first = await rig.gateway.refund(order, key=order.reference)
    assert await rig.gateway.refund(order, key=order.reference) == first
    assert rig.refunds_of(order.reference) == 1


async def test_a_refund_whose_answer_is_lost_is_found(rig: Rig) -> None:
    charge = await paid(rig)
    order = a_refund(charge, 100)
    rig.lose_answer("refund")
    with pytest.raises(OutcomeUnknown):
        await rig.gateway.refund(order, key=order.reference)
    found = await rig.gateway.find_refund(order.reference, charge)
    assert found is not None
    assert found.amount == order.amount
    assert await rig.gateway.refund(order, key=order.reference) == found
    assert rig.refunds_of(order.reference) == 1


async def test_a_pending_refund_succeeds(rig: Rig) -> None:
    assert await _ended(rig, succeeds=True) is RefundFactState.SUCCEEDED


@pytest.mark.parametrize("rig", sorted(set(GATEWAYS) - {"midtrans"}), indirect=True)
async def test_a_pending_refund_fails(rig: Rig) -> None:
    """Midtrans says at once that the bank denied it, and takes nothing back later."""
    assert await _ended(rig, succeeds=False) is RefundFactState.FAILED


async def _ended(rig: Rig, *, succeeds: bool) -> RefundFactState:
    charge = await paid(rig)
    rig.refunds_pend()
    order = a_refund(charge)
    fact = await rig.gateway.refund(order, key=order.reference)
    assert fact.state is RefundFactState.PENDING
    assert await rig.gateway.find_refund(order.reference, charge) == fact
    await rig.settle_refund(fact, succeeds=succeeds)
    found = await rig.gateway.find_refund(order.reference, charge)
    assert found is not None
    assert (found.gateway_reference, found.amount) == (fact.gateway_reference, fact.amount)
    return found.state


@pytest.mark.parametrize("rig", ["memory", "stripe", "xendit"], indirect=True)
async def test_a_ledger_is_listed_within_its_period(rig: Rig) -> None:
    charge = await paid(rig)
    assert charge
    now = rig.time.now()
    lines = await rig.gateway.list_settlements(now - timedelta(hours=1), now + timedelta(hours=1))
    assert all(now - timedelta(hours=1) <= line.at < now + timedelta(hours=1) for line in lines)
    later = now + timedelta(days=2)
    assert not await rig.gateway.list_settlements(later, later + timedelta(days=1))


@pytest.mark.parametrize("rig", ["midtrans"], indirect=True)
async def test_one_without_a_ledger_says_so(rig: Rig) -> None:
    now = rig.time.now()
    with pytest.raises(NotSupported):
        await rig.gateway.list_settlements(now - timedelta(hours=1), now)


def test_the_manifests_say_which_gateways_have_a_ledger() -> None:
    manifests = [registry.load(name) for name in registry.ADAPTERS]
    able = {m.name for m in manifests if Role.PAYMENT_GATEWAY in m.roles and m.can}
    assert able == {"stripe", "xendit"}


async def test_the_probe_verifies(rig: Rig) -> None:
    assert (await rig.gateway.probe()).verdict is Verdict.VERIFIED


def test_every_registered_gateway_has_a_rig() -> None:
    manifests = [registry.load(name) for name in registry.ADAPTERS]
    registered = {m.name for m in manifests if Role.PAYMENT_GATEWAY in m.roles}
    assert registered == set(GATEWAYS) - {"memory"}


# What only a gateway on a wire can show.

SPOILT = ["lose_answer", "truncate", "empty", "malformed", "wrong_type", "huge"]
CLEAR: list[tuple[str, dict[str, object], type[VendorError]]] = [
    ("unauthorized", {}, Misconfigured),
    ("forbidden", {}, Misconfigured),
    ("rate_limit", {"retry_after": 7}, Unavailable),
]


@pytest.mark.parametrize("kind", SPOILT)
async def test_an_unreadable_answer_to_a_creation_is_unknown(wire: WireRig, kind: str) -> None:
    order = an_order(wire)
    wire.break_(kind, "start_checkout")
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.start_checkout(order, key=order.reference)
    assert wire.checkouts_of(order.reference) == 1
    assert (await wire.gateway.start_checkout(order, key=order.reference)).url


@pytest.mark.parametrize("kind", SPOILT)
async def test_an_unreadable_refund_is_found(wire: WireRig, kind: str) -> None:
    charge = await paid(wire)
    order = a_refund(charge)
    wire.break_(kind, "refund")
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.refund(order, key=order.reference)
    assert isinstance(await wire.gateway.find_refund(order.reference, charge), RefundFact)


@pytest.mark.parametrize("kind", SPOILT[1:])
async def test_an_unreadable_answer_to_a_question_is_a_broken_contract(
    wire: WireRig, kind: str
) -> None:
    order = an_order(wire)
    known = await wire.gateway.start_checkout(order, key=order.reference)
    await wire.pay(known)
    wire.break_(kind, "*", times=9)
    for ask in (
        wire.gateway.find(known),
        wire.gateway.expire(known),
        wire.gateway.find_refund("rfd_x", "pi_x"),
    ):
        with pytest.raises(BrokenContract):
            await ask


async def test_a_lost_answer_to_a_question_is_asked_again(wire: WireRig) -> None:
    order = an_order(wire)
    checkout = await wire.gateway.start_checkout(order, key=order.reference)
    wire.break_("lose_answer", "find")
    assert await wire.gateway.find(checkout) == checkout


@pytest.mark.parametrize(("kind", "how", "error"), CLEAR)
async def test_a_clear_no_before_the_work_leaves_nothing(
    wire: WireRig, kind: str, how: dict[str, object], error: type[VendorError]
) -> None:
    order = an_order(wire)
    wire.break_(kind, "*", times=9, **how)
    for ask in (
        wire.gateway.start_checkout(order, key=order.reference),
        wire.gateway.refund(a_refund("charge_x"), key="k"),
        wire.gateway.find(NOWHERE),
    ):
        with pytest.raises(error) as caught:
            await ask
        if isinstance(caught.value, Unavailable):
            assert caught.value.retry_after_s == 7
    assert wire.checkouts_of(order.reference) == 0


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_5xx_to_a_creation_is_unknown_and_to_a_question_unavailable(
    wire: WireRig, status: int
) -> None:
    order = an_order(wire)
    wire.break_("fail_before", "start_checkout", status=status)
    wire.break_("fail_before", "find", times=3, status=status)
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.start_checkout(order, key=order.reference)
    with pytest.raises(Unavailable):
        await wire.gateway.find(NOWHERE)
    assert (await wire.gateway.start_checkout(order, key=order.reference)).url


@pytest.mark.parametrize("status", [200, 400, 404, 502])
async def test_a_proxys_page_is_neither_yes_nor_no(wire: WireRig, status: int) -> None:
    wire.break_("proxy", "start_checkout", status=status)
    wire.break_("proxy", "find", times=3, status=status)
    order = an_order(wire)
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.start_checkout(order, key=order.reference)
    with pytest.raises((BrokenContract, Unavailable)):
        await wire.gateway.find(NOWHERE)


async def test_another_at_work_under_the_key_is_unknown(wire: WireRig) -> None:
    order = an_order(wire)
    wire.break_("conflict", "start_checkout")
    with pytest.raises(OutcomeUnknown):
        await wire.gateway.start_checkout(order, key=order.reference)


@pytest.mark.parametrize(
    ("kind", "status", "verdict"),
    [
        ("delay", 200, Verdict.VERIFIED),
        ("unauthorized", 401, Verdict.REJECTED),
        ("forbidden", 403, Verdict.REJECTED),
        ("fail_before", 500, Verdict.UNREACHABLE),
        ("lose_answer", 200, Verdict.UNREACHABLE),
        ("wrong_type", 200, Verdict.CANNOT_TEST),
        ("proxy", 404, Verdict.CANNOT_TEST),
    ],
)
async def test_the_probes_four_answers(
    wire: WireRig, kind: str, status: int, verdict: Verdict
) -> None:
    wire.break_(kind, "probe", times=3, status=status)
    probe = await wire.gateway.probe()
    assert probe.verdict is verdict
    assert bool(probe.remedy) == (verdict is not Verdict.VERIFIED)
    assert probe.evidence["endpoint"] == wire.probes


@pytest.mark.parametrize(
    "kind", [*SPOILT, "unauthorized", "rate_limit", "fail_before", "conflict", "proxy"]
)
async def test_no_error_and_no_log_holds_the_key_or_the_guest(
    wire: WireRig, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order = an_order(wire)
    wire.break_(kind, "*", times=9)
    said = []
    for ask in (
        wire.gateway.start_checkout(order, key=order.reference),
        wire.gateway.find(NOWHERE),
    ):
        with pytest.raises(VendorError) as caught:
            await ask
        said += traceback.format_exception(caught.value)
        said += [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    said += [str(await wire.gateway.probe()), repr(wire.gateway)]
    said += [f"{r.getMessage()} {vars(r)}" for r in caplog.records if r.name != "uvicorn.error"]
    hidden = (*wire.secrets, "jamaah@example.com")
    assert not [s for s in said if any(h in s for h in hidden)]
