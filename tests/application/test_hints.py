"""A message that proves nothing moves nothing: the gateway is asked, and only that counts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.application.inbound.process_message import MOST_ASKS, process_message
from core.application.inbound.receive_message import receive_message
from core.application.payments.refund_payment import NewRefund, refund_payment
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.payments.payment import Payment, PaymentState, RefundFactState, RefundState
from ports import errors
from ports.inbound_webhook import Hint
from ports.store import InboxFilter, Page
from tests.application.test_booking import error
from tests.application.test_killed_anywhere import paid
from tests.application.test_payment import an_open_payment, payment_of, refund_of
from tests.fakes.hub import World
from tests.fakes.vendors import Posting
from tests.unit.domain.given import sar

pytestmark = pytest.mark.anyio


async def hint(world: World, *hints: Hint, id: str = "in_1", **other: Any) -> InboxMessage:
    raw = msgspec.json.encode(Posting(id, hints=hints))
    connection = other.get("connection", world.pay.id)
    message = await receive_message(world.hub, connection, {"signature": "good"}, raw)
    assert message is not None
    return await process_message(world.hub, world.scope, message.id)


async def test_a_lie_about_money_moves_none(world: World) -> None:
    payment = await an_open_payment(world)
    message = await hint(world, Hint(payment.id, "charge_invented", payment.amount))
    assert message.state is InboxState.PROCESSED
    assert (await payment_of(world, payment.id)).state is PaymentState.OPEN
    assert await world.told(payment.id) == ["payment.opened"]


async def test_what_the_gateway_says_counts(world: World) -> None:
    payment = await an_open_payment(world)
    world.gateway.pay(payment.gateway_reference or "")
    for number in range(2):
        await hint(world, Hint(payment.id), id=f"in_{number}")
    after = await payment_of(world, payment.id)
    assert (after.state, after.charge_reference) == (PaymentState.SUCCEEDED, "charge_2")
    assert await world.told(payment.id) == ["payment.opened", "payment.succeeded"]


@pytest.mark.parametrize("by", ["payment", "refund"])
async def test_an_open_refund_is_asked_about_too(world: World, by: str) -> None:
    world.gateway.refunds_pend = True
    payment = await paid(world)
    refund = await refund_payment(world.hub, world.asking, payment.id, NewRefund())
    (held,) = world.gateway.refunds
    await hint(world, Hint(payment.id if by == "payment" else refund.id))
    assert (await refund_of(world, refund.id)).state is RefundState.PENDING
    world.gateway.settle_refund(held, RefundFactState.SUCCEEDED)
    await hint(world, Hint(payment.id if by == "payment" else refund.id), id="in_2")
    assert (await refund_of(world, refund.id)).state is RefundState.SUCCEEDED


async def test_a_hint_with_another_amount_is_shown_to_a_person(world: World) -> None:
    payment = await an_open_payment(world)
    world.gateway.pay(payment.gateway_reference or "")
    message = await hint(world, Hint(payment.id, amount=sar(1)))
    assert (message.state, message.note) == (
        InboxState.QUARANTINED,
        f"{payment.id}: amount is SAR 0.01, not SAR 1,000.00",
    )
    assert await world.told(message.id) == ["inbox.quarantined"]
    assert (await payment_of(world, payment.id)).state is PaymentState.OPEN


async def test_a_hint_through_another_connection_is_shown_to_a_person(world: World) -> None:
    payment = await an_open_payment(world)
    other = await world.connect("gateway")
    message = await hint(world, Hint(payment.id), connection=other.id)
    assert message.state is InboxState.QUARANTINED


async def test_a_hint_at_nothing_of_ours_asks_nobody(world: World) -> None:
    world.gateway.fail("find", error(errors.BrokenContract))
    message = await hint(world, Hint("pay_of_another_program"))
    assert message.state is InboxState.PROCESSED


async def test_what_the_gateway_says_of_something_else_is_shown_to_a_person(world: World) -> None:
    payment = await an_open_payment(world)
    held = world.gateway.checkouts[payment.gateway_reference or ""]
    world.gateway.checkouts[held.gateway_reference] = msgspec.structs.replace(held, amount=sar(1))
    message = await hint(world, Hint(payment.id))
    assert message.state is InboxState.QUARANTINED


async def test_a_hint_waits_for_a_gateway_that_is_away(world: World) -> None:
    payment = await _paid_and_hinted(world, errors.Unavailable)
    await world.until_quiet()
    assert (await payment_of(world, payment.id)).state is PaymentState.SUCCEEDED


async def _paid_and_hinted(world: World, kind: type[errors.VendorError]) -> Payment:
    payment = await an_open_payment(world)
    world.gateway.pay(payment.gateway_reference or "")
    world.gateway.fail("find", error(kind))
    message = await hint(world, Hint(payment.id))
    assert (message.state, message.attempts) == (InboxState.RECEIVED, 1)
    assert message.note.startswith("the gateway could not be asked")
    return payment


async def test_a_gateway_that_never_answers_is_shown_to_a_person(world: World) -> None:
    payment = await _paid_and_hinted(world, errors.Misconfigured)
    for _ in range(400):
        world.gateway.fail("find", error(errors.Misconfigured))
    for _ in range(60):
        world.clock.move(3600)
        await world.check_due()
    async with world.store.read(world.scope) as view:
        (message,) = await view.inbox(Page(), InboxFilter())
    assert (message.state, message.attempts) == (InboxState.QUARANTINED, MOST_ASKS)
    (told,) = [e.payload for e in await world.events() if e.type == "inbox.quarantined"]
    assert (told["subject"], told["difference"]) == ("in_1", message.note)
    assert message.note.startswith("the gateway could not be asked")
    assert (await payment_of(world, payment.id)).state is PaymentState.OPEN


async def test_what_cannot_be_read_is_kept_and_told(world: World) -> None:
    raw = b'{"id": "in_1", "checkouts": 7}'
    kept = await receive_message(world.hub, world.pay.id, {"signature": "good"}, raw)
    assert kept is not None
    message = await process_message(world.hub, world.scope, kept.id)
    assert (message.state, message.attempts) == (InboxState.QUARANTINED, 1)
    (told,) = [e.payload for e in await world.events() if e.subject == message.id]
    assert (told["subject"], told["difference"]) == ("in_1", message.note)
    again = await process_message(world.hub, world.scope, kept.id)
    assert again.state is InboxState.QUARANTINED
    assert await world.told(message.id) == ["inbox.quarantined"]
