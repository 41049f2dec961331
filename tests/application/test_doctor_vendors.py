"""What the doctor says of vendors: what they sent, what they are told, and what they have not heard."""

from __future__ import annotations

import msgspec
import pytest

from core.application.channels.steer_channel import pause_channel, refresh_channel
from core.application.inbound.handle_message import dismiss_message, retry_message
from core.application.inbound.process_message import process_message
from core.application.inbound.receive_message import receive_message
from core.domain.problem import Forbidden
from core.domain.stock.ari import RateLine
from entrypoints.cli.doctor.work import stuck_findings
from ports import errors
from ports.errors import OutcomeUnknown
from ports.inbound_webhook import Hint
from ports.store import InboxFilter, Page
from tests.application.given_channels import House
from tests.application.test_agreement import check, sent
from tests.application.test_booking import error
from tests.application.test_doctor import words
from tests.application.test_hints import hint
from tests.application.test_payment import an_open_payment
from tests.application.test_refused_prices import closing, refusing
from tests.fakes.hub import World
from tests.unit.domain.given import sar

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build()
    return made


async def test_an_agreement_that_needs_a_person_is_named(world: World) -> None:
    world.esign.fail("send", error(OutcomeUnknown))
    world.esign.fail("find", error(errors.NotSupported))
    agreement = await sent(world)
    await check(world, 90)
    (said,) = await words(world)
    assert said.startswith(f"The agreement {agreement.id} needs an operator")


async def test_what_a_vendor_sent_and_nobody_can_apply_is_named_until_somebody_handles_it(
    world: World,
) -> None:
    payment = await an_open_payment(world)
    message = await hint(world, Hint(payment.id, amount=sar(1)))
    world.clock.move(30 * 86_400)
    (finding,) = await stuck_findings(world.hub, world.scope)
    assert finding.said == (
        f"Quarantined of {world.pay.name}: 1, the newest ({message.id}):"
        f" {payment.id}: amount is SAR 0.01, not SAR 1,000.00."
    )
    assert f"serai inbox list --state quarantined --connection {world.pay.id}" in finding.remedy
    assert f"serai inbox retry {message.id}" in finding.remedy
    await retry_message(world.hub, world.asking, message.id)
    assert await words(world) == []
    await process_message(world.hub, world.scope, message.id)
    assert len(await words(world)) == 1
    await dismiss_message(world.hub, world.asking, message.id, "a test of theirs")
    assert await words(world) == []


async def test_junk_from_a_stranger_makes_no_house_ill(world: World) -> None:
    for junk in (b"{}", b"", b"\xff", msgspec.json.encode({"id": "in_1", "checkouts": 7})):
        with pytest.raises(Forbidden):
            await receive_message(world.hub, world.pay.id, {"signature": "bad"}, junk)
    async with world.store.read(world.scope) as view:
        assert await view.inbox(Page(), InboxFilter()) == []
    assert await words(world) == []


async def test_a_message_that_cannot_be_read_is_named(world: World) -> None:
    raw = b'{"id": "in_1", "checkouts": 7}'
    kept = await receive_message(world.hub, world.pay.id, {"signature": "good"}, raw)
    assert kept is not None
    await process_message(world.hub, world.scope, kept.id)
    (said,) = await words(world)
    assert kept.id in said


async def test_a_failing_channel_is_named_until_it_is_paused(house: House, world: World) -> None:
    channel = await house.sell_at("acme", pull_every_s=1e6)
    await house.settle()
    assert await words(world) == []
    channel.break_("push", "unauthorised", times=None)
    await house.open("DLX", 0, 2, capacity=3)
    await house.settle(3)
    id = house.ours["acme"].id
    (said,) = await words(world)
    assert said.startswith(f"The channel {id} is told nothing since")
    await pause_channel(world.hub, world.asking, id)
    assert await words(world) == []


async def test_a_channel_that_will_not_close_nights_is_named(house: House, world: World) -> None:
    channel = await house.sell_at("acme", pull_every_s=1e6)
    await house.settle()
    mended = refusing(channel, lambda line: isinstance(line, RateLine) or closing(line))
    await house.price("DLX", "BAR", 1, 2, 1)
    await house.settle(30)
    (said,) = await words(world)
    assert said == f"The channel {house.ours['acme'].id} refuses to close nights of a rate plan: 2."
    mended()
    await refresh_channel(world.hub, world.asking, house.ours["acme"].id)
    await house.settle(30)
    assert await words(world) == []


async def test_a_channel_whose_reservations_do_not_come_is_named(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("pull", "server_error", times=None)
    await house.settle(900)
    (said,) = await words(world)
    assert said.startswith(f"No reservation comes from {house.ours['acme'].connection} since")
    channel.heal()
    await house.settle(900)
    assert await words(world) == []


async def test_a_reservation_its_channel_has_not_heard_of_is_named(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("acknowledge", "refused", times=None)
    channel.book("DLX", house.night(3))
    await house.settle(90)
    (said,) = await words(world)
    assert said.startswith(
        f"Kept and not acknowledged to {house.ours['acme'].connection}: 1 reservation, the first"
    )
    channel.heal()
    await house.settle(400)
    assert await words(world) == []
