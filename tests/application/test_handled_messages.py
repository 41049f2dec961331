"""A person has a quarantined message read again, or dismisses it: once, and never anything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import msgspec
import pytest

from core.application.hub import Asking
from core.application.inbound.handle_message import dismiss_message, retry_message
from core.application.inbound.process_message import process_message
from core.application.payments.resolve_payment import MoneyOutcome, ResolveMoney, resolve_payment
from core.domain.audit import AuditEntry
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.payments.payment import CheckoutState, Dispute, Payment, PaymentState
from core.domain.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from core.domain.tenancy import Permission
from ports import errors
from ports.inbound_webhook import Hint
from ports.store import InboxFilter, Page
from tests.application.given_channels import House
from tests.application.test_booking import error
from tests.application.test_hints import hint
from tests.application.test_hostile_reservations import reservations
from tests.application.test_payment import an_open_payment, payment_of
from tests.fakes.hub import World, an_asking
from tests.unit.domain.given import sar

pytestmark = pytest.mark.anyio
S = InboxState


def saying(world: World, reason: str) -> Asking:
    return msgspec.structs.replace(world.asking, reason=reason)


async def message_of(world: World, id: str) -> InboxMessage:
    async with world.store.read(world.scope) as view:
        found = await view.inbox_message(id)
    assert found is not None
    return found


async def trail(world: World, id: str) -> Sequence[AuditEntry]:
    await world.store.seal()
    async with world.store.read(world.scope) as view:
        return await view.audit_entries(Page(), subject=id)


async def a_differing(world: World) -> tuple[Payment, InboxMessage]:
    """A payment that its customer has paid, and a gateway that says a wrong amount of it."""
    payment = await an_open_payment(world)
    reference = payment.gateway_reference or ""
    world.gateway.pay(reference)
    right = world.gateway.checkouts[reference]
    world.gateway.checkouts[reference] = msgspec.structs.replace(right, amount=sar(1))
    message = await hint(world, Hint(payment.id))
    assert message.state is S.QUARANTINED
    return payment, message


def mend(world: World, payment: Payment) -> None:
    reference = payment.gateway_reference or ""
    wrong = world.gateway.checkouts[reference]
    world.gateway.checkouts[reference] = msgspec.structs.replace(wrong, amount=payment.amount)


async def test_what_was_mended_is_read_again_and_its_money_counts_once(world: World) -> None:
    payment, kept = await a_differing(world)
    mend(world, payment)
    again = await retry_message(world.hub, saying(world, "the amount was mended"), kept.id)
    assert (again.state, again.attempts, again.note) == (S.RECEIVED, 0, "")
    await world.check_due()
    after = await message_of(world, kept.id)
    assert (after.state, after.attempts, after.raw) == (S.PROCESSED, 1, b"")
    assert after.reason == "the amount was mended"
    assert (await payment_of(world, payment.id)).state is PaymentState.SUCCEEDED
    with pytest.raises(Conflict, match="the message is processed: what it says was applied"):
        await retry_message(world.hub, world.asking, kept.id)
    await world.until_quiet()
    assert await world.told(payment.id) == ["payment.opened", "payment.succeeded"]
    assert await world.told(kept.id) == ["inbox.quarantined", "inbox.settled"]
    (_, settled) = await world.events(kept.id)
    assert settled.payload["state"] == "processed"


async def test_an_old_message_takes_nothing_again_of_a_dispute_that_a_person_has_won_since(
    world: World,
) -> None:
    """Its gateway names no dispute, as Midtrans, and does not say that it was won."""
    payment, kept = await a_differing(world)
    reference = payment.gateway_reference or ""
    taken = msgspec.structs.replace(
        world.gateway.checkouts[reference],
        state=CheckoutState.CHARGED_BACK,
        amount=payment.amount,
        disputes=(Dispute("", payment.amount),),
    )
    world.gateway.checkouts[reference] = taken
    await hint(world, Hint(payment.id), id="in_2")
    assert (await payment_of(world, payment.id)).state is PaymentState.CHARGED_BACK
    world.clock.move(3600)
    won = ResolveMoney(MoneyOutcome.SUCCEEDED, "the bank's letter", taken.charge_reference)
    await resolve_payment(world.hub, world.asking, payment.id, won)
    world.clock.move(3600)
    await retry_message(world.hub, world.asking, kept.id)
    await world.check_due()
    assert (await message_of(world, kept.id)).state is S.PROCESSED
    assert (await payment_of(world, payment.id)).state is PaymentState.SUCCEEDED
    await hint(world, Hint(payment.id), id="in_3")  # what comes since may tell of another
    assert (await payment_of(world, payment.id)).state is PaymentState.CHARGED_BACK


async def test_what_still_differs_is_quarantined_and_told_again(world: World) -> None:
    payment, kept = await a_differing(world)
    await retry_message(world.hub, world.asking, kept.id)
    await world.check_due()
    after = await message_of(world, kept.id)
    assert (after.state, after.note, after.raw) == (S.QUARANTINED, kept.note, kept.raw)
    assert await world.told(kept.id) == ["inbox.quarantined"] * 2
    mend(world, payment)
    await retry_message(world.hub, world.asking, kept.id)
    await world.check_due()
    assert (await payment_of(world, payment.id)).state is PaymentState.SUCCEEDED


async def test_a_gateway_that_is_still_away_is_asked_for_another_day(world: World) -> None:
    payment = await an_open_payment(world)
    world.gateway.pay(payment.gateway_reference or "")
    for _ in range(60):
        world.gateway.fail("find", error(errors.Misconfigured))
    kept = await hint(world, Hint(payment.id))
    for _ in range(30):
        world.clock.move(3600)
        await process_message(world.hub, world.scope, kept.id)
    quarantined = await message_of(world, kept.id)
    assert quarantined.state is S.QUARANTINED
    await retry_message(world.hub, world.asking, kept.id)
    waits = await process_message(world.hub, world.scope, kept.id)
    assert (waits.state, waits.attempts) == (S.RECEIVED, 1)


async def test_a_dismissed_one_is_never_read_and_says_why(world: World) -> None:
    payment, kept = await a_differing(world)
    mend(world, payment)
    gone = await dismiss_message(world.hub, world.asking, kept.id, "a test of theirs")
    assert (gone.state, gone.note, gone.reason) == (S.DISMISSED, kept.note, "a test of theirs")
    await process_message(world.hub, world.scope, kept.id)
    after = await message_of(world, kept.id)
    assert (after.state, after.raw, after.handled_at) == (S.DISMISSED, b"", world.clock.now())
    assert (await payment_of(world, payment.id)).state is PaymentState.OPEN
    assert await world.told(kept.id) == ["inbox.quarantined", "inbox.settled"]
    (_, settled) = await world.events(kept.id)
    assert settled.payload["state"] == "dismissed"
    assert "theirs" not in str(settled.payload)
    for act in (
        retry_message(world.hub, world.asking, kept.id),
        dismiss_message(world.hub, world.asking, kept.id, "again"),
    ):
        with pytest.raises(Conflict, match="the message is dismissed: what was in it is forgotten"):
            await act


async def test_the_trail_says_who_and_why_and_never_what_was_in_it(world: World) -> None:
    _, kept = await a_differing(world)
    await retry_message(world.hub, saying(world, "try"), kept.id)
    await world.check_due()
    await dismiss_message(world.hub, world.asking, kept.id, "a test of theirs")
    dismissed, retried = await trail(world, kept.id)
    assert (retried.action, retried.reason) == ("inbox.retried", "try")
    assert (dismissed.action, dismissed.reason) == ("inbox.dismissed", "a test of theirs")
    assert dismissed.actor == world.asking.who.id
    assert dismissed.before == {"state": "quarantined", "note": kept.note, "attempts": 1}
    assert dismissed.after == {"state": "dismissed", "note": kept.note, "attempts": 1}


@pytest.mark.parametrize("reason", ["", "  \n"])
async def test_without_a_reason_nothing_is_dismissed(world: World, reason: str) -> None:
    _, kept = await a_differing(world)
    with pytest.raises(Invalid, match="/reason"):
        await dismiss_message(world.hub, world.asking, kept.id, reason)
    assert await message_of(world, kept.id) == kept


async def test_it_takes_a_permission_and_a_message_of_ones_own(world: World) -> None:
    _, kept = await a_differing(world)
    _, abroad = await world.another_tenant()
    reader = an_asking(world.scope, *set(Permission) - {Permission.ADMIN, P_NEEDED})
    wrong: list[tuple[Asking, type[Problem]]] = [(abroad, NotFound), (reader, Forbidden)]
    for asking, problem in wrong:
        with pytest.raises(problem):
            await retry_message(world.hub, asking, kept.id)
        with pytest.raises(problem):
            await dismiss_message(world.hub, asking, kept.id, "because")
    assert await message_of(world, kept.id) == kept


P_NEEDED = Permission.CONNECTIONS_WRITE


async def test_of_two_operators_at_once_one_is_granted(world: World) -> None:
    payment, kept = await a_differing(world)
    mend(world, payment)
    outcomes: list[str] = []

    async def act(what: Any) -> None:
        try:
            outcomes.append((await what).state)
        except Conflict as e:
            outcomes.append(e.code)

    async with anyio.create_task_group() as group:
        group.start_soon(act, retry_message(world.hub, world.asking, kept.id))
        group.start_soon(act, dismiss_message(world.hub, world.asking, kept.id, "no"))
        group.start_soon(act, retry_message(world.hub, world.asking, kept.id))
    assert outcomes.count("not_quarantined") == 2
    await world.until_quiet()
    assert (await message_of(world, kept.id)).state in (S.PROCESSED, S.DISMISSED)
    assert len(await trail(world, kept.id)) == 1


async def test_one_that_is_read_just_then_is_left_to_its_reader(world: World) -> None:
    """A slow reader finds what a person made of it meanwhile, and writes nothing over it."""
    payment, kept = await a_differing(world)
    await retry_message(world.hub, world.asking, kept.id)
    find, dismissals = world.gateway.find, 0

    async def slow(*asked: Any) -> Any:
        """While it asks, another process reads it and a person dismisses it."""
        nonlocal dismissals
        found = await find(*asked)
        mend(world, payment)
        world.gateway.find = find  # type: ignore[method-assign]
        with pytest.raises(Conflict, match="the message is received: it is read by itself"):
            await dismiss_message(world.hub, world.asking, kept.id, "too early")
        assert found is not None
        world.gateway.checkouts[found.gateway_reference] = found
        await process_message(world.hub, world.scope, kept.id)
        await dismiss_message(world.hub, world.asking, kept.id, "given up")
        dismissals += 1
        return found

    world.gateway.find = slow  # type: ignore[method-assign, assignment]
    after = await process_message(world.hub, world.scope, kept.id)
    assert (dismissals, after.state, after.reason) == (1, S.DISMISSED, "given up")
    assert await message_of(world, kept.id) == msgspec.structs.replace(after, raw=b"")


async def test_what_was_read_before_the_mending_does_not_count_after_it(world: World) -> None:
    """Its reader asked before a person had it read anew: the new reading is not taken for done."""
    payment, kept = await a_differing(world)
    await retry_message(world.hub, world.asking, kept.id)
    world.clock.move(1)
    find = world.gateway.find

    async def slow(*asked: Any) -> Any:
        world.gateway.find = find  # type: ignore[method-assign]
        await process_message(world.hub, world.scope, kept.id)
        await retry_message(world.hub, world.asking, kept.id)
        mend(world, payment)
        return None  # as it was before: nothing was paid

    world.gateway.find = slow  # type: ignore[method-assign, assignment]
    after = await process_message(world.hub, world.scope, kept.id)
    assert after.state is S.RECEIVED
    await world.check_due()
    assert (await message_of(world, kept.id)).state is S.PROCESSED
    assert (await payment_of(world, payment.id)).state is PaymentState.SUCCEEDED


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build()
    return made


async def test_a_reservation_that_can_be_read_by_now_takes_its_room_and_is_acknowledged(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    parse = channel.parse

    def refusing(raw: bytes) -> Any:
        raise errors.BrokenContract("the room is written another way", vendor="acme")

    channel.parse = refusing  # type: ignore[method-assign]
    reference = channel.book("DLX", house.night(3))
    await house.settle(90)
    (kept,) = await _of(world, S.QUARANTINED)
    assert channel.acknowledged == {}
    channel.parse = parse  # type: ignore[method-assign]
    await retry_message(world.hub, world.asking, kept.id)
    await house.settle(90)
    assert [r.reference for r in await reservations(world)] == [reference]
    assert len(channel.acknowledged) == 1
    read = await message_of(world, kept.id)
    assert (read.state, read.note) == (S.PROCESSED, "")
    assert await world.told(kept.id) == ["inbox.quarantined", "inbox.settled"]
    assert (await house.stock())["DLX", house.night(3)] == 4


async def _of(world: World, state: S) -> Sequence[InboxMessage]:
    async with world.store.read(world.scope) as view:
        return await view.inbox(Page(), InboxFilter(state=state))
