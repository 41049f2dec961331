"""A gateway's ledger against ours: each difference has its name, and is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from core.application.payments.reconcile_settlements import (
    Period,
    Reconciled,
    list_settlements,
    reconcile_settlements,
)
from core.application.payments.refund_payment import NewRefund, refund_payment
from core.application.payments.resolve_payment import MoneyOutcome, ResolveMoney, resolve_payment
from core.domain.money import Money
from core.domain.payments.payment import Payment, PaymentState, RefundState
from core.domain.payments.settlement import Difference, LineKind, SettlementLine
from core.domain.problem import Conflict, Failed, Invalid
from ports import errors
from tests.application.test_booking import error
from tests.application.test_killed_anywhere import paid
from tests.application.test_payment import payment_of
from tests.fakes.hub import World
from tests.unit.domain.given import sar

pytestmark = pytest.mark.anyio


def a_line(world: World, payment: Payment, **other: Any) -> SettlementLine:
    kind = other.pop("kind", LineKind.PAYMENT)
    amount: Money = other.pop("amount", payment.amount)
    reference = other.pop("reference", payment.id)
    at: datetime = other.pop("at", world.clock.now())
    id = f"txn_{len(world.gateway.ledger)}"
    return SettlementLine(id, kind, at, amount, sar(0), reference, None, True)


def the_week(world: World, connection: str | None = None) -> Period:
    now = world.clock.now()
    since, until = now - timedelta(days=7), now + timedelta(days=1)
    return Period(connection or world.pay.id, since, until)


async def reconciled(world: World) -> Reconciled:
    return await reconcile_settlements(world.hub, world.asking, the_week(world))


def named(found: Reconciled) -> list[tuple[Difference, str]]:
    return [(m.difference, m.subject) for m in found.mismatches]


async def test_what_agrees_tells_nothing(world: World) -> None:
    payment = await paid(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund(sar(30_000)))
    world.gateway.ledger = [a_line(world, payment)]
    given = a_line(world, payment, kind=LineKind.REFUND, amount=sar(30_000), reference=refund.id)
    payout = a_line(world, payment, kind=LineKind.PAYOUT, reference="")
    world.gateway.ledger += [given, payout]
    world.clock.move(2 * 86_400)
    found = await reconciled(world)
    assert (len(found.lines), found.mismatches) == (3, ())


async def test_another_amount_is_named_and_told(world: World) -> None:
    payment = await paid(world)
    world.gateway.ledger = [a_line(world, payment, amount=sar(1))]
    found = await reconciled(world)
    assert named(found) == [(Difference.AMOUNT, payment.id)]
    assert (await world.told(payment.id))[-1] == "reconciliation.mismatch"
    (event,) = [e for e in await world.events(payment.id) if e.type.startswith("reconciliation")]
    assert "SAR 0.01" in event.payload["detail"]


async def test_what_the_ledger_lacks_is_missed_after_a_day(world: World) -> None:
    payment = await paid(world)
    assert named(await reconciled(world)) == []
    world.clock.move(86_401)
    assert named(await reconciled(world)) == [(Difference.NOT_THERE, payment.id)]


async def test_what_is_ours_in_the_ledger_and_not_here(world: World) -> None:
    payment = await paid(world)
    ours = a_line(world, payment)
    stranger = a_line(world, payment, reference="SHOP-1")
    lost = SettlementLine(
        "txn_9", LineKind.PAYMENT, ours.at, sar(5), sar(0), "pay_lost", None, False
    )
    world.gateway.ledger = [ours, stranger, lost]
    assert named(await reconciled(world)) == [(Difference.NOT_HERE, "txn_9")]


async def test_a_payment_the_ledger_has_twice_is_named_once_with_its_lines(world: World) -> None:
    payment = await paid(world)
    world.gateway.ledger = [a_line(world, payment)]
    world.gateway.ledger.append(a_line(world, payment))
    (one,) = (await reconciled(world)).mismatches
    assert (one.difference, one.subject) == (Difference.DOUBLED, payment.id)
    assert (one.ours, one.theirs) == (payment.amount, payment.amount + payment.amount)
    assert "txn_0, txn_1" in one.detail


async def test_a_line_that_is_there_twice_is_named_and_other_programs_are_not(
    world: World,
) -> None:
    payment = await paid(world)
    ours = a_line(world, payment)
    fee = a_line(world, payment, kind=LineKind.FEE, reference="", amount=sar(5))
    fee = msgspec.structs.replace(fee, id="txn_fee")
    shop = [a_line(world, payment, reference="SHOP-1") for _ in range(2)]
    shop = [msgspec.structs.replace(x, id=f"txn_s{n}") for n, x in enumerate(shop)]
    world.gateway.ledger = [ours, fee, *shop, fee]
    assert named(await reconciled(world)) == [(Difference.DOUBLED, "txn_fee")]


async def test_two_disputes_are_not_one_of_them_twice(world: World) -> None:
    payment = await paid(world)
    disputes = [
        msgspec.structs.replace(
            a_line(world, payment, kind=LineKind.DISPUTE, amount=sar(5)), id=f"txn_d{n}"
        )
        for n in range(2)
    ]
    world.gateway.ledger = [a_line(world, payment), *disputes]
    assert named(await reconciled(world)) == []


async def test_another_state_is_named(world: World) -> None:
    world.gateway.refunds_pend = True
    payment = await paid(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund(sar(30_000)))
    given = a_line(world, payment, kind=LineKind.REFUND, amount=sar(30_000), reference=refund.id)
    world.gateway.ledger = [a_line(world, payment), given]
    assert named(await reconciled(world)) == [(Difference.STATE, refund.id)]


async def test_a_refund_that_came_to_nothing_in_the_ledger_is_named_once(world: World) -> None:
    payment = await paid(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund(sar(30_000)))
    assert refund.state is RefundState.SUCCEEDED
    world.gateway.ledger = [a_line(world, payment)]
    for _ in range(2):  # it was given, and is taken back
        line = a_line(world, payment, kind=LineKind.OTHER, amount=sar(30_000), reference=refund.id)
        world.gateway.ledger.append(msgspec.structs.replace(line, undone=True))
    world.clock.move(2 * 86_400)
    (one,) = (await reconciled(world)).mismatches
    assert (one.difference, one.subject) == (Difference.STATE, refund.id)
    assert "came to nothing" in one.detail


@pytest.mark.parametrize("dispute", ["dp_1", None])
async def test_the_line_of_a_dispute_hides_no_payment_that_the_ledger_lacks(
    world: World, dispute: str | None
) -> None:
    payment = await paid(world)
    line = a_line(world, payment, kind=LineKind.OTHER if dispute else LineKind.DISPUTE)
    world.gateway.ledger = [msgspec.structs.replace(line, dispute=dispute)]
    world.clock.move(2 * 86_400)
    assert named(await reconciled(world)) == [(Difference.NOT_THERE, payment.id)]


async def test_a_dispute_in_the_ledger_is_a_chargeback_here(world: World) -> None:
    payment = await paid(world)
    world.gateway.ledger = [
        a_line(world, payment),
        a_line(world, payment, kind=LineKind.DISPUTE),
    ]
    for _ in range(2):
        assert (await reconciled(world)).mismatches == ()
    assert (await payment_of(world, payment.id)).state is PaymentState.CHARGED_BACK
    assert (await world.told(payment.id)).count("payment.charged_back") == 1


async def test_a_dispute_of_a_part_takes_that_part(world: World) -> None:
    payment = await paid(world)
    first, second = (
        a_line(world, payment, kind=LineKind.DISPUTE, amount=sar(30_000)),
        msgspec.structs.replace(
            a_line(world, payment, kind=LineKind.DISPUTE, amount=sar(5_000)), id="txn_9"
        ),
    )
    world.gateway.ledger = [a_line(world, payment), first]
    for _ in range(2):
        assert (await reconciled(world)).mismatches == ()
    taken = await payment_of(world, payment.id)
    assert (taken.state, taken.charged_back) == (PaymentState.CHARGED_BACK, sar(30_000))
    with pytest.raises(Invalid):
        await refund_payment(world.hub, world.asking, payment.id, NewRefund(payment.amount))
    world.gateway.ledger.append(second)
    await reconciled(world)
    told = [e for e in await world.events(payment.id) if e.type == "payment.charged_back"]
    assert [e.payload["charged_back"]["minor"] for e in told] == [30_000, 35_000]


async def test_a_dispute_that_was_won_is_not_lost_again_by_its_old_line(world: World) -> None:
    payment = await paid(world)
    world.gateway.ledger = [
        a_line(world, payment),
        a_line(world, payment, kind=LineKind.DISPUTE),
    ]
    await reconciled(world)
    world.clock.move(86_400)
    won = ResolveMoney(MoneyOutcome.SUCCEEDED, "the bank gave it back", "ch_1")
    await resolve_payment(world.hub, world.asking, payment.id, won)
    assert named(await reconciled(world)) == [(Difference.STATE, payment.id)]
    assert (await payment_of(world, payment.id)).state is PaymentState.SUCCEEDED


async def test_a_payment_whose_dispute_was_won_is_missed_in_no_later_ledger(world: World) -> None:
    payment = await paid(world)
    world.gateway.ledger = [
        a_line(world, payment),
        a_line(world, payment, kind=LineKind.DISPUTE),
    ]
    await reconciled(world)
    world.clock.move(40 * 86_400)
    won = ResolveMoney(MoneyOutcome.SUCCEEDED, "the bank gave it back", "ch_1")
    await resolve_payment(world.hub, world.asking, payment.id, won)
    world.gateway.ledger = []
    world.clock.move(2 * 86_400)
    assert named(await reconciled(world)) == []


@pytest.mark.parametrize("days", [0, -1, 32])
async def test_a_period_has_bounds(world: World, days: int) -> None:
    now = world.clock.now()
    with pytest.raises(Invalid):
        await list_settlements(
            world.hub, world.asking, Period(world.pay.id, now, now + timedelta(days=days))
        )


async def test_a_gateway_without_a_ledger_and_one_that_is_away(world: World) -> None:
    world.gateway.fail("list_settlements", error(errors.NotSupported))
    with pytest.raises(Conflict):
        await list_settlements(world.hub, world.asking, the_week(world))
    world.gateway.fail("list_settlements", error(errors.Unavailable))
    with pytest.raises(Failed):
        await list_settlements(world.hub, world.asking, the_week(world))
    with pytest.raises(Invalid):
        await list_settlements(world.hub, world.asking, the_week(world, world.hotel.id))
