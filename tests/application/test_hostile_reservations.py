"""Reservations whose ids nothing can be kept under: none is lost, and none holds up another."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from core.domain.channels.reservation import Reservation
from core.domain.inbound.inbox import InboxMessage, InboxState
from ports.channels import ReservationFilter
from ports.reservation_source import PulledReservation
from ports.store import InboxFilter, Page
from tests.application.given_channels import House
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio
ODD = {"blank": "", "space": " ", "NUL": "a\0b", "long": "\u4e00" * 4000}


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build()
    return made


async def reservations(world: World) -> list[Reservation]:
    async with world.store.read(world.scope) as view:
        return list(await view.reservations(Page(limit=200), ReservationFilter()))


async def inbox(world: World) -> list[InboxMessage]:
    async with world.store.read(world.scope) as view:
        return list(await view.inbox(Page(limit=200), InboxFilter()))


@pytest.mark.parametrize("id", ODD.values(), ids=ODD)
async def test_two_messages_without_a_usable_id_are_two_and_hold_up_no_third(
    house: House, world: World, id: str
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    asked = channel.pull

    async def pull(codes: Sequence[str]) -> Sequence[PulledReservation]:
        odd = [
            PulledReservation(id if not id.strip() else id + str(n), b'{"odd": %d}' % n)
            for n in range(2)
        ]
        return [*odd, *await asked(codes)]

    channel.pull = pull  # type: ignore[method-assign, assignment]
    reference = channel.book("DLX", house.night(3))
    await house.settle(300)
    assert [one.reference for one in await reservations(world)] == [reference]
    assert channel.waiting == []
    kept = await inbox(world)
    assert sorted(one.state for one in kept) == [
        InboxState.PROCESSED,
        *[InboxState.QUARANTINED] * 2,
    ]
    assert [e.type for e in await world.events()].count("inbox.quarantined") == 2


@pytest.mark.parametrize("field", ["message", "reference", "property_code"])
@pytest.mark.parametrize("id", ODD.values(), ids=ODD)
async def test_a_reservation_that_names_itself_so_is_set_apart_and_told(
    house: House, world: World, field: str, id: str
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    asked = channel.pull

    async def pull(codes: Sequence[str]) -> Sequence[PulledReservation]:
        return [
            msgspec.structs.replace(one, raw=_renamed(one.raw, field, id))
            for one in await asked(codes)
        ]

    channel.pull = pull  # type: ignore[method-assign, assignment]
    channel.book("DLX", house.night(3))
    await house.settle(300)
    assert await reservations(world) == []
    assert [one.state for one in await inbox(world)] == [InboxState.QUARANTINED]
    assert [e.type for e in await world.events()].count("inbox.quarantined") == 1
    assert channel.acknowledged == {}


def _renamed(raw: bytes, field: str, id: str) -> bytes:
    document = msgspec.json.decode(raw)
    document["reservation"][field] = id
    return msgspec.json.encode(document)
