"""A package paid in parts: through gateways, days, refunds and chargebacks."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from core.application.bookings.cancel_booking import cancel_booking
from core.application.inbound.process_message import process_message
from core.application.inbound.receive_message import receive_message
from core.application.payments.add_plan import NewPlan, add_plan
from core.application.payments.cancel_plan import cancel_plan, refund_plan
from core.application.payments.refund_payment import NewRefund, refund_payment
from core.application.payments.resolve_payment import MoneyOutcome, ResolveMoney, resolve_payment
from core.application.payments.start_payment import NewPayment, start_payment
from core.domain.money import Money
from core.domain.payments.payment import (
    Checkout,
    CheckoutState,
    Dispute,
    Payment,
    PaymentState,
    RefundState,
)
from core.domain.payments.payment_plan import (
    FeeStep,
    Instalment,
    InstalmentKind,
    PaymentPlan,
    PlanState,
)
from core.domain.problem import Conflict, Invalid
from ports import errors
from ports.store import Page, PaymentFilter
from tests.application.test_booking import OFFER, error
from tests.application.test_payment import payment_of
from tests.fakes.hub import World
from tests.fakes.memory_payment_gateway import MemoryPaymentGateway
from tests.fakes.vendors import Posting

pytestmark = pytest.mark.anyio
D = InstalmentKind.DEPOSIT


def idr(rupiah: int) -> Money:
    return Money(rupiah * 100, "IDR")


async def a_plan(world: World, **other: Any) -> PaymentPlan:
    today = world.clock.now().date()
    new = NewPlan(
        entity=world.entity.id,
        price=idr(35_000_000),
        instalments=(
            Instalment(idr(5_000_000), today + timedelta(days=3), D),
            Instalment(idr(15_000_000), today + timedelta(days=33)),
            Instalment(idr(15_000_000), today + timedelta(days=50)),
        ),
        fees=(FeeStep(today, idr(2_500_000)),),
        reference="UMR-7",
    )
    return await add_plan(world.hub, world.asking, msgspec.structs.replace(new, **other))


def a_wish(world: World, plan: PaymentPlan, **other: Any) -> NewPayment:
    return NewPayment(None, world.pay.id, "https://agency.test/back", plan=plan.id, **other)


async def asked(world: World, plan: PaymentPlan, **other: Any) -> Payment:
    return await start_payment(world.hub, world.asking, a_wish(world, plan, **other))


async def paid(world: World, plan: PaymentPlan, **other: Any) -> Payment:
    payment = await asked(world, plan, **other)
    world.gateway.pay(payment.gateway_reference or "")
    world.clock.move(600)
    await world.check_due()
    return await payment_of(world, payment.id)


async def plan_of(world: World, plan: PaymentPlan) -> PaymentPlan:
    async with world.store.read(world.scope) as view:
        found = await view.plan(plan.id)
    assert found is not None
    return found


async def told(world: World, plan: PaymentPlan) -> list[str]:
    return [t.removeprefix("payment_plan.") for t in await world.told(plan.id)]


async def test_a_deposit_and_an_instalment_are_asked_for_in_turn(world: World) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    assert (deposit.amount, deposit.state) == (idr(5_000_000), PaymentState.SUCCEEDED)
    assert deposit.description == "UMR-7, deposit 1"
    second = await paid(world, plan)
    assert (second.amount, second.description) == (idr(15_000_000), "UMR-7, instalment 2")
    after = await plan_of(world, plan)
    assert (after.received, after.state) == (idr(20_000_000), PlanState.ACTIVE)
    assert await told(world, plan) == ["created", "instalment_paid", "instalment_paid"]


async def test_an_open_link_is_not_asked_for_again(world: World) -> None:
    plan = await a_plan(world)
    first = await asked(world, plan)
    second = await asked(world, plan)
    assert (first.amount, second.amount) == (idr(5_000_000), idr(15_000_000))
    with pytest.raises(Invalid, match="at most"):
        await asked(world, plan, amount=idr(15_000_001))
    await asked(world, plan)
    with pytest.raises(Conflict) as caught:
        await asked(world, plan)
    assert caught.value.code == "already_paid"


async def test_days_are_told_and_late_money_settles(world: World) -> None:
    plan = await a_plan(world)
    for _ in range(5):
        world.clock.move(86_400)
        await world.check_due()
    assert await told(world, plan) == ["created", "due", "overdue"]
    assert (await plan_of(world, plan)).state is PlanState.OVERDUE
    await paid(world, plan)
    assert (await plan_of(world, plan)).state is PlanState.ACTIVE


async def test_what_is_late_already_is_told_at_once(world: World) -> None:
    late = Instalment(idr(35_000_000), date(2026, 11, 1), D)
    plan = await a_plan(world, instalments=(late,))
    assert (plan.state, await told(world, plan)) == (PlanState.OVERDUE, ["created", "overdue"])


async def test_paid_whole_and_overpaid_by_a_link_that_was_late(world: World) -> None:
    plan = await a_plan(world)
    late = await asked(world, plan, amount=idr(35_000_000))
    world.clock.move(24 * 3600)
    await world.check_due()
    assert (await payment_of(world, late.id)).state is PaymentState.EXPIRED
    await paid(world, plan, amount=idr(35_000_000))
    assert (await plan_of(world, plan)).state is PlanState.PAID
    await hear(world, late, CheckoutState.PAID)
    over = await plan_of(world, plan)
    assert (over.state, over.due_back) == (PlanState.OVERPAID, idr(35_000_000))
    (refund,) = await refund_plan(world.hub, world.asking, plan.id, "paid twice")
    assert (refund.amount, refund.state) == (idr(35_000_000), RefundState.SUCCEEDED)
    assert (await plan_of(world, plan)).state is PlanState.PAID
    assert "overpaid" in await told(world, plan)


async def hear(world: World, payment: Payment, state: CheckoutState, *disputes: Dispute) -> None:
    word = Checkout(
        payment.gateway_reference or "",
        payment.id,
        state,
        payment.amount,
        charge_reference=payment.charge_reference or "ch_9",
        disputes=disputes,
    )
    if state is CheckoutState.PAID:
        world.gateway.checkouts[word.gateway_reference] = word
    raw = msgspec.json.encode(Posting(f"in_{state}", (word,)))
    message = await receive_message(world.hub, world.pay.id, {"signature": "good"}, raw)
    assert message is not None
    await process_message(world.hub, world.scope, message.id)


async def test_a_chargeback_is_told_and_asked_for_again(world: World) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    await hear(world, deposit, CheckoutState.CHARGED_BACK)
    taken = await payment_of(world, deposit.id)
    assert taken.state is PaymentState.CHARGED_BACK
    after = await plan_of(world, plan)
    assert (after.received, after.charged_back) == (idr(0), idr(5_000_000))
    assert await world.told(deposit.id) == [
        "payment.opened",
        "payment.succeeded",
        "payment.charged_back",
    ]
    assert (await told(world, plan))[-1] == "charged_back"
    with pytest.raises(Conflict):
        await refund_payment(world.hub, world.asking, deposit.id, NewRefund())
    assert (await asked(world, plan)).amount == idr(5_000_000)


async def test_a_part_that_is_charged_back_is_asked_for_again_and_no_more(world: World) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    await hear(world, deposit, CheckoutState.CHARGED_BACK, Dispute("", idr(2_000_000)))
    after = await plan_of(world, plan)
    assert (after.received, after.charged_back) == (idr(3_000_000), idr(2_000_000))
    assert (await asked(world, plan)).amount == idr(2_000_000)


async def test_what_was_refunded_and_then_taken_whole_is_not_given_back_of_another_payment(
    world: World,
) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    await paid(world, plan)
    await refund_payment(world.hub, world.asking, deposit.id, NewRefund(idr(3_000_000)))
    await hear(world, deposit, CheckoutState.CHARGED_BACK)
    assert (await plan_of(world, plan)).received == idr(12_000_000)
    with pytest.raises(Invalid, match="23,000,000"):
        await asked(world, plan, amount=idr(23_000_001))
    await cancel_plan(world.hub, world.asking, plan.id, "ill")
    (refund,) = await refund_plan(world.hub, world.asking, plan.id, "ill")
    assert refund.amount == idr(9_500_000)


async def test_a_plan_whose_only_payment_went_back_twice_is_below_nothing(world: World) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    await refund_payment(world.hub, world.asking, deposit.id, NewRefund(idr(3_000_000)))
    await hear(world, deposit, CheckoutState.CHARGED_BACK)
    assert (await plan_of(world, plan)).received == idr(-3_000_000)
    assert (await asked(world, plan)).amount == idr(5_000_000)
    await cancel_plan(world.hub, world.asking, plan.id, "ill")
    with pytest.raises(Conflict) as caught:
        await refund_plan(world.hub, world.asking, plan.id, "ill")
    assert caught.value.code == "nothing_due"


async def test_a_part_nobody_knows_is_not_asked_for_until_a_person_says_it(world: World) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    await hear(world, deposit, CheckoutState.CHARGED_BACK, Dispute("", None))
    events = await world.events(deposit.id)
    assert (events[-1].type, events[-1].payload["charged_back"]) == ("payment.charged_back", None)
    assert (await plan_of(world, plan)).received == idr(5_000_000)
    with pytest.raises(Conflict, match="resolve"):
        await refund_payment(world.hub, world.asking, deposit.id, NewRefund())
    for wrong in (None, idr(0), idr(5_000_001), Money(1, "USD")):
        with pytest.raises(Invalid):
            await taken_back(world, deposit, wrong)
    said = await taken_back(world, deposit, idr(1_000_000))
    assert (said.state, said.charged_back) == (PaymentState.CHARGED_BACK, idr(1_000_000))
    assert (await plan_of(world, plan)).received == idr(4_000_000)
    back = await refund_payment(world.hub, world.asking, deposit.id, NewRefund(idr(4_000_000)))
    assert back.amount == idr(4_000_000)
    assert (await plan_of(world, plan)).received == idr(0)


async def test_while_a_part_is_not_known_nothing_of_its_plan_is_given_back_by_reckoning(
    world: World,
) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    second = await paid(world, plan)
    await hear(world, deposit, CheckoutState.CHARGED_BACK, Dispute("", None))
    await cancel_plan(world.hub, world.asking, plan.id, "ill")
    with pytest.raises(Conflict, match=f"resolve {deposit.id}") as caught:
        await refund_plan(world.hub, world.asking, plan.id, "ill")
    assert (caught.value.code, caught.value.resource) == ("chargeback_unknown", deposit.id)
    with pytest.raises(Conflict, match=f"resolve {deposit.id}"):
        await refund_payment(world.hub, world.asking, second.id, NewRefund())
    said = NewRefund(idr(1_000_000))
    assert (await refund_payment(world.hub, world.asking, second.id, said)).amount == said.amount
    await taken_back(world, deposit, idr(4_000_000))
    refunds = await refund_plan(world.hub, world.asking, plan.id, "ill")
    assert [r.amount for r in refunds] == [idr(12_500_000)]
    assert (await plan_of(world, plan)).received == idr(2_500_000)


async def taken_back(world: World, payment: Payment, amount: Money | None) -> Payment:
    say = ResolveMoney(MoneyOutcome.CHARGED_BACK, "the bank's letter", charged_back=amount)
    return await resolve_payment(world.hub, world.asking, payment.id, say)


async def test_cancelling_closes_links_keeps_the_fee_and_gives_back_the_rest(world: World) -> None:
    plan = await a_plan(world)
    first = await paid(world, plan)
    second = await paid(world, plan)
    open_ = await asked(world, plan)
    ended = await cancel_plan(world.hub, world.asking, plan.id, "the family cannot go")
    assert await cancel_plan(world.hub, world.asking, plan.id, "again") == ended
    assert (await payment_of(world, open_.id)).state is PaymentState.EXPIRED
    assert (await plan_of(world, plan)).due_back == idr(17_500_000)
    refunds = await refund_plan(world.hub, world.asking, plan.id, "cancelled")
    given = [(r.payment, r.amount) for r in refunds]
    assert given == [(second.id, idr(15_000_000)), (first.id, idr(2_500_000))]
    with pytest.raises(Conflict) as caught:
        await refund_plan(world.hub, world.asking, plan.id, "again")
    assert caught.value.code == "nothing_due"
    with pytest.raises(Conflict):
        await asked(world, plan)


async def test_a_payment_of_a_plan_gives_back_no_more_than_the_plan_owes(world: World) -> None:
    plan = await a_plan(world)
    payment = await paid(world, plan)
    with pytest.raises(Conflict) as caught:
        await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert caught.value.code == "nothing_due"
    await cancel_plan(world.hub, world.asking, plan.id, "ill")
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    assert refund.amount == idr(2_500_000)


async def test_a_refund_that_failed_is_owed_again(world: World) -> None:
    plan = await a_plan(world)
    await paid(world, plan)
    await cancel_plan(world.hub, world.asking, plan.id, "ill")
    world.gateway.fail("refund", error(errors.Unavailable))
    (failed,) = await refund_plan(world.hub, world.asking, plan.id, "ill")
    assert failed.state is RefundState.FAILED
    assert (await plan_of(world, plan)).due_back == idr(2_500_000)
    assert "paid_after_cancel" not in await told(world, plan)  # nobody has paid anything
    (again,) = await refund_plan(world.hub, world.asking, plan.id, "ill")
    assert again.state is RefundState.SUCCEEDED
    assert (await plan_of(world, plan)).due_back == idr(0)


async def test_money_after_the_cancellation_is_told_and_due_back(world: World) -> None:
    plan = await a_plan(world)
    payment = await asked(world, plan)
    world.gateway.fail("expire", error(errors.Unavailable))
    await cancel_plan(world.hub, world.asking, plan.id, "ill")
    world.gateway.pay(payment.gateway_reference or "")
    world.clock.move(600)
    await world.check_due()
    assert (await told(world, plan))[-1] == "paid_after_cancel"
    assert (await plan_of(world, plan)).due_back == idr(5_000_000)


async def test_every_fault_of_a_plan_is_named(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        await a_plan(world, price=idr(1), timezone="Mars/Olympus")
    assert {f.pointer for f in caught.value.faults} == {"/timezone", "/instalments", "/fees/0/fee"}
    for field in ("booking", "holder", "entity", "partner"):
        with pytest.raises(Invalid) as caught:
            await a_plan(world, **{field: "bkg_nobody"})
        assert caught.value.faults[0].pointer == f"/{field}"


@pytest.mark.parametrize("both", [True, False])
async def test_a_payment_is_for_a_booking_or_a_plan(world: World, both: bool) -> None:
    booking = await world.book(OFFER)
    plan = await a_plan(world)
    wish = NewPayment(
        booking.id if both else None,
        world.pay.id,
        "https://agency.test/back",
        plan=plan.id if both else None,
    )
    with pytest.raises(Invalid):
        await start_payment(world.hub, world.asking, wish)


# A second gateway.


@pytest.mark.parametrize(
    "kind", [errors.Unavailable, errors.Refused, errors.Misconfigured, errors.Skipped]
)
async def test_a_second_gateway_is_tried_when_the_first_certainly_made_no_link(
    world: World, kind: type[errors.VendorError]
) -> None:
    plan = await a_plan(world)
    other = MemoryPaymentGateway(world.clock)
    second = await world.connect("gateway", other)
    world.gateway.fail("start_checkout", error(kind))
    payment = await asked(world, plan, fallback=(second.id,))
    assert (payment.state, payment.connection) == (PaymentState.OPEN, second.id)
    assert (len(world.gateway.checkouts), len(other.checkouts)) == (0, 1)
    async with world.store.read(world.scope) as view:
        states = [p.state for p in await view.payments(Page(), PaymentFilter(plan=plan.id))]
    assert states == [PaymentState.OPEN, PaymentState.FAILED]


@pytest.mark.parametrize("lost", [True, False])
async def test_no_second_gateway_after_an_answer_that_is_not_clear(
    world: World, lost: bool
) -> None:
    """The first one's link may exist: the customer could pay twice."""
    plan = await a_plan(world)
    other = MemoryPaymentGateway(world.clock)
    second = await world.connect("gateway", other)
    if lost:
        world.gateway.lose_answer("start_checkout")
    payment = await asked(world, plan, fallback=(second.id,))
    assert payment.connection == world.pay.id
    assert payment.state is (PaymentState.STARTING if lost else PaymentState.OPEN)
    assert other.checkouts == {}


async def test_when_all_say_no_the_last_no_is_the_answer(world: World) -> None:
    plan = await a_plan(world)
    second = await world.connect("gateway", world.gateway)
    for _ in range(2):
        world.gateway.fail("start_checkout", error(errors.Refused))
    payment = await asked(world, plan, fallback=(second.id,))
    assert (payment.state, payment.connection) == (PaymentState.FAILED, second.id)


# A plan that is for one booking.


async def test_a_booking_is_paid_by_itself_or_by_its_plan_and_never_by_both(world: World) -> None:
    booking = await world.book(OFFER)
    plan = await a_plan(world, booking=booking.id)
    by_itself = NewPayment(booking.id, world.pay.id, "https://agency.test/back")
    deposit = await asked(world, plan)
    assert deposit.booking == booking.id
    with pytest.raises(Conflict) as caught:
        await start_payment(world.hub, world.asking, by_itself)
    assert caught.value.code == "paid_otherwise"
    await cancel_plan(world.hub, world.asking, plan.id, "the family pays at once")
    await start_payment(world.hub, world.asking, by_itself)
    other = await a_plan(world, booking=booking.id)
    with pytest.raises(Conflict) as caught:
        await asked(world, other)
    assert caught.value.code == "paid_otherwise"


async def test_a_cancelled_booking_is_not_paid_by_its_plan(world: World) -> None:
    booking = await world.book(OFFER)
    plan = await a_plan(world, booking=booking.id)
    open_ = await asked(world, plan)
    await cancel_booking(world.hub, world.asking, booking.id)
    assert (await payment_of(world, open_.id)).state is PaymentState.EXPIRED
    with pytest.raises(Conflict) as caught:
        await asked(world, plan)
    assert caught.value.code == "not_payable"


async def test_two_who_refund_a_plan_at_once_give_back_what_is_due_once(world: World) -> None:
    plan = await a_plan(world)
    await paid(world, plan)
    await cancel_plan(world.hub, world.asking, plan.id, "ill")
    both = await asyncio.gather(
        *(refund_plan(world.hub, world.asking, plan.id, "ill") for _ in range(2)),
        return_exceptions=True,
    )
    given = [refund.amount.minor for one in both if isinstance(one, list) for refund in one]
    assert sum(given) == idr(2_500_000).minor
    assert (await plan_of(world, plan)).due_back == idr(0)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
async def test_a_day_that_nothing_can_be_reckoned_from_is_a_fault(world: World, day: date) -> None:
    with pytest.raises(Invalid) as caught:
        await a_plan(world, instalments=(Instalment(idr(35_000_000), day, D),), fees=())
    assert [f.pointer for f in caught.value.faults] == ["/instalments/0/due_on"]
