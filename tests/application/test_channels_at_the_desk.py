"""What an operator sees of a channel at a terminal: everything that is wrong with it, at once."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from core.application.channels.add_channel import NewChannel, add_channel
from core.application.channels.read_reservations import KeptReservation, list_reservations
from core.application.channels.steer_channel import ChannelStatus, pause_channel, read_channel
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import Failure
from core.domain.stock.ari import RateLine
from entrypoints.cli.channels import Look, look, tell, troubles
from entrypoints.cli.reservations import our_codes, row
from entrypoints.cli.reservations import tell as tell_reservation
from ports.channels import ReservationFilter
from ports.manifest import Role
from ports.store import Page
from tests.application.given_channels import TERMS, House
from tests.application.test_refused_prices import closing, refusing
from tests.fakes.hub import World
from tests.fakes.memory_channel import PROPERTY
from tests.fakes.selling_channel import SellingChannel
from tests.fakes.vendors import a_manifest

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build(nights=2)
    return made


async def status(house: House, name: str) -> ChannelStatus:
    return await read_channel(house.world.hub, house.world.asking, house.ours[name].id)


def failure(code: str) -> Failure:
    return Failure(code, f"{code} was said", NOW, 3)


async def test_a_paused_channel_with_holes_shows_each(
    house: House, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.vendors.known["acme"] = a_manifest("acme", Role.ARI_CHANNEL, distribution=TERMS)
    connection = await world.connect("acme", SellingChannel(world.clock))
    new = NewChannel(connection.id, house.house.id, PROPERTY, "acme")
    made = await add_channel(world.hub, world.asking, new)
    seen = await look(world.hub, world.asking, await read_channel(world.hub, world.asking, made.id))
    assert any("mapping_incomplete" in line for line in troubles(seen))
    tell(seen, world.clock.now())
    shown = capsys.readouterr().out
    assert "no room type is mapped yet" in shown
    assert "trouble none" not in " ".join(shown.split())


async def test_a_refused_price_is_shown_with_whether_its_nights_are_closed(
    house: House, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    mended = refusing(channel, lambda line: isinstance(line, RateLine))
    await house.price("DLX", "BAR", 0, 1, 1)
    await house.settle()
    mended()
    refusing(channel, lambda line: isinstance(line, RateLine) or closing(line))
    await house.price("FAM", "BAR", 0, 1, 1)
    await house.settle()
    seen = await look(world.hub, world.asking, await status(house, "acme"))
    (trouble,) = troubles(seen)
    assert trouble.startswith("it refuses to close nights of a rate plan (1)")
    tell(seen, world.clock.now())
    shown = capsys.readouterr().out
    for room, *rest in (("DLX", "closed"), ("FAM", "price", "open"), ("FAM", "to", "be", "closed")):
        assert any(
            line.split()[0] == room and " ".join(rest) in " ".join(line.split())
            for line in shown.splitlines()
            if line.split()
        ), (room, rest)


async def test_every_failure_and_warning_is_told(
    house: House, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.sell_at("acme")
    of = await status(house, "acme")
    assert list(troubles(await look(world.hub, world.asking, of))) == []
    push = msgspec.structs.replace(
        of.push, failure=failure("vendor_unavailable"), warnings=("a rate plan is hidden",)
    )
    pull = Pull("con_1", 60, NOW, failure=failure("vendor_misconfigured"))
    watch = Watch(of.id, NOW, NOW, 4, failure("outcome_unknown"))
    tell(Look(ChannelStatus(of.channel, push, (), watch, pull), ()), world.clock.now())
    shown = " ".join(capsys.readouterr().out.split())
    for said in (
        "it cannot be told: vendor_unavailable: vendor_unavailable was said (3 times since",
        "reservations cannot be asked for: vendor_misconfigured",
        "it cannot be read back: outcome_unknown",
        "a rate plan is hidden",
        "4 nights were not as it was told",
    ):
        assert said in shown


async def test_a_paused_channel_that_is_whole_has_no_trouble(house: House, world: World) -> None:
    await house.sell_at("acme")
    of = await pause_channel(world.hub, world.asking, house.ours["acme"].id)
    assert list(troubles(await look(world.hub, world.asking, of))) == []


async def test_an_overbooking_is_listed_with_its_nights(house: House, world: World) -> None:
    seller = await house.sell_at("acme")
    await house.settle()
    reference = seller.book("DLX", house.night(1), 1)
    await house.open("DLX", 0, 2, capacity=0)
    await house.settle(90)
    (kept,) = await list_reservations(
        world.hub, world.asking, Page(), ReservationFilter(overbooked=True)
    )
    shown = row(kept.reservation)
    assert shown[:2] == (kept.id, reference)
    assert shown[-2:] == (f"{house.night(1)}: 1", "")


async def test_a_reservation_is_shown_with_its_nights_what_is_short_and_its_messages(
    house: House, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    seller = await house.sell_at("acme")
    await house.settle()
    reference = seller.book("DLX", house.night(0), 1)
    assert reference is not None
    await house.settle(90)
    await house.open("DLX", 1, 1, capacity=0)
    seller.break_("acknowledge", "refused", times=None)
    seller.change(reference, house.night(0), 2)
    await house.settle(90)
    kept = await one_kept(world)
    tell_reservation(kept, await our_codes(world.hub, world.asking, kept.reservation))
    shown = " ".join(capsys.readouterr().out.split())
    first, second = house.night(0), house.night(1)
    for said in (
        f"reference {reference}",
        f"DLX/BAR (ours: DLX/BAR), {first} to {house.night(2)}, 2 adults",
        f"overbooked {second}: 1 of DLX",
        "revisions 2",
        f"1 {first}",
        f"1 {second}",
        " new ",
        " modified ",
        "not yet, due by",
    ):
        assert said in shown, shown
    assert shown.count(seller.tellings[0]) == shown.count(seller.tellings[1]) == 1


async def test_of_an_erased_guest_nothing_but_the_id_is_shown(
    house: House, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    seller = await house.sell_at("acme")
    await house.settle()
    seller.book("DLX", house.night(0), 1)
    await house.settle(90)
    kept = await one_kept(world)
    erased = msgspec.structs.replace(kept, people={})
    tell_reservation(erased, {})
    shown = " ".join(capsys.readouterr().out.split())
    assert f"holder (erased) {kept.reservation.holder}" in shown
    assert "email" not in shown


async def one_kept(world: World) -> KeptReservation:
    (kept,) = await list_reservations(world.hub, world.asking, Page(), ReservationFilter())
    return kept
