"""What the doctor says of work: what waits for a person, and what should have gone out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from core.application.payments.refund_payment import NewRefund, refund_payment
from core.domain.payments.payment import CheckoutState, Dispute, PaymentState, RefundState
from entrypoints.cli.doctor.work import stuck_findings
from ports.store import DeliveryFilter, Page
from tests.application.test_dispatch import an_endpoint
from tests.application.test_killed_anywhere import paid as paid_once
from tests.application.test_pace import a_draft, broken, tell
from tests.application.test_plan import a_plan, hear, paid
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio


async def words(world: World) -> list[str]:
    return [f.said for f in await stuck_findings(world.hub, world.scope)]


async def test_what_waits_for_a_receiver_that_is_down_is_told_of_the_receiver(
    world: World,
) -> None:
    endpoint = await broken(world)
    world.clock.move(300)
    (said,) = await words(world)
    assert said.startswith(f"The endpoint {endpoint.id} has failed since")
    assert said.endswith("its breaker is open.")


async def test_what_nobody_sends_is_past_due(world: World) -> None:
    await an_endpoint(world)
    await tell(world, a_draft("bkg_1"))
    assert await words(world) == []
    world.clock.move(120)
    (said,) = await words(world)
    assert said.startswith("1 webhook is past due")


async def test_a_part_that_was_charged_back_without_a_word_how_much_is_told(world: World) -> None:
    plan = await a_plan(world)
    deposit = await paid(world, plan)
    await hear(world, deposit, CheckoutState.CHARGED_BACK, Dispute("", None))
    assert f"A part of the payment {deposit.id} was charged back" in " ".join(await words(world))


async def test_an_endpoint_that_answered_410_is_told(world: World) -> None:
    gone = await an_endpoint(world, "gone")
    world.sender.answers[gone.url] = 410
    await tell(world, a_draft("bkg_1"))
    await world.dispatch()
    (said,) = await words(world)
    assert said == f"The endpoint {gone.id} answered 410 Gone and is disabled."


async def test_what_is_stuck_is_named_however_much_came_after_it(world: World) -> None:
    world.gateway.refunds_pend = True
    payment = await paid_once(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    async with world.store.begin(world.scope) as tx:
        await tx.put_payment(replace(payment, state=PaymentState.NEEDS_OPERATOR))
        await tx.put_refund(replace(refund, state=RefundState.NEEDS_OPERATOR))
        for _ in range(201):
            await tx.put_payment(replace(payment, id=world.hub.mint.id("pay")))
    assert await words(world) == [
        f"The payment {payment.id} needs an operator.",
        f"The refund {refund.id} needs an operator.",
    ]


async def test_of_a_backlog_the_oldest_is_named(world: World) -> None:
    await an_endpoint(world)
    await tell(world, a_draft("bkg_1"))
    async with world.store.read(world.scope) as view:
        (oldest,) = await view.deliveries(Page(), DeliveryFilter())
    world.clock.move(600)
    async with world.store.begin(world.scope) as tx:
        for number in range(201):
            await tx.record(a_draft(f"bkg_{number}"), world.clock.now())
    world.clock.move(120)
    (said,) = await words(world)
    assert said == f"202 webhooks are past due, the oldest ({oldest.id}) for 12 min."
