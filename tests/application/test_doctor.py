"""What the doctor says of work: what waits for a person, and what should have gone out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from core.application.payments.refund_payment import NewRefund, refund_payment
from core.domain.payments.payment import CheckoutState, Dispute, PaymentState, RefundState
from entrypoints.cli.doctor.work import stuck_findings
from entrypoints.cli.doctor.workers import WORK, judged, worker_findings
from entrypoints.loops import CHECKS
from entrypoints.settings import Settings
from ports.jobs import Bell
from ports.store import PastDue
from tests.application.test_dispatch import an_endpoint
from tests.application.test_killed_anywhere import paid as paid_once
from tests.application.test_pace import a_draft, broken, tell
from tests.application.test_plan import a_plan, hear, paid
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio
PRODUCTION = Settings(
    database_url="postgresql+asyncpg://127.0.0.1:1/serai",
    redis_url="redis://127.0.0.1:1",
)


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


async def test_work_that_nobody_takes_up_is_named_with_how_long_it_waits(world: World) -> None:
    await an_endpoint(world)
    await tell(world, a_draft("bkg_1"))
    assert await said_of_workers(world) == "nothing is past due"
    world.clock.move(20)
    assert await said_of_workers(world) == "nothing is past due", "a worker may be starting"
    world.clock.move(700)
    (found,) = await worker_findings(world.hub, PRODUCTION)
    assert found.said == "Nobody takes up webhooks to send (due for 12 min)."
    assert found.remedy.startswith("Does serai worker (or serai serve --with-worker) run?")
    await world.dispatch()
    assert await said_of_workers(world) == "nothing is past due"


async def test_what_waits_for_a_receiver_that_is_down_is_not_past_due(world: World) -> None:
    await broken(world)
    world.clock.move(300)
    assert await said_of_workers(world) == "nothing is past due"


async def said_of_workers(world: World) -> str:
    return "; ".join(f.said for f in await worker_findings(world.hub, Settings()))


def test_a_backlog_that_is_worked_on_is_no_dead_worker() -> None:
    young = {Bell.PULLS: PastDue(200.0, 3), Bell.BOOKINGS: PastDue(31.0, 0)}
    (found,) = judged(young, "serai worker")
    assert found.said == "Nobody takes up bookings to ask about (due for 31 s)."
    (found,) = judged({Bell.PULLS: PastDue(7300.0, 3)}, "serai worker")
    assert (
        found.said == "There is a backlog of channels to ask for reservations (due for 2 h 1 min)."
    )


def test_every_kind_of_work_that_a_loop_takes_up_has_words() -> None:
    assert set(WORK) == {*CHECKS, Bell.DELIVERIES}
