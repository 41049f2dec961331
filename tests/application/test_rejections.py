"""A message that is not believed is recorded, and a flood of them is counted."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest

from core.application.inbound.receive_message import receive_message
from core.application.inbound.record_rejection import KEPT_AT_MOST, list_rejections
from core.domain.inbound.rejection import Rejection
from core.domain.problem import Forbidden, NotFound
from core.domain.tenancy import Scope
from ports.store import Busy, Page, Store
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio
JUNK = b'{"name": "Siti", "card": "4111111111111111"}'


async def rejected(world: World, raw: bytes = JUNK) -> None:
    with pytest.raises(Forbidden):
        await receive_message(world.hub, world.pay.id, {"signature": "bad"}, raw)


async def recorded(world: World) -> list[Rejection]:
    return list(await list_rejections(world.hub, world.asking, world.pay.id, Page(limit=200)))


async def test_why_and_when_and_which_and_never_what_was_in_it(world: World) -> None:
    await rejected(world)
    (one,) = await recorded(world)
    assert (one.connection, one.adapter) == (world.pay.id, "gateway")
    assert (one.digest, one.size) == (hashlib.sha256(JUNK).hexdigest(), len(JUNK))
    assert (one.received_at, one.passed_over) == (world.clock.now(), 0)
    assert one.reason
    assert not any(part in repr(one) for part in ("Siti", "4111", "bad"))


async def test_a_flood_writes_so_many_and_the_next_one_says_how_many_more(world: World) -> None:
    for n in range(3 * KEPT_AT_MOST.at_once):
        await rejected(world, b"%d" % n)
    assert len(await recorded(world)) == KEPT_AT_MOST.at_once
    world.clock.move(KEPT_AT_MOST.per_s)
    await rejected(world)
    assert (await recorded(world))[0].passed_over == 2 * KEPT_AT_MOST.at_once
    await rejected(world)
    assert (await recorded(world))[0].passed_over == 0


async def test_a_flood_at_one_connection_hides_nothing_of_another(world: World) -> None:
    for n in range(2 * KEPT_AT_MOST.at_once):
        await rejected(world, b"%d" % n)
    other = await world.connect("gateway")
    with pytest.raises(Forbidden):
        await receive_message(world.hub, other.id, {"signature": "bad"}, b"{}")
    assert len(await list_rejections(world.hub, world.asking, other.id, Page())) == 1


class BusyStore:
    """Reads, and takes no write while others are in the way."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, scope: Scope) -> Any:
        raise Busy("others were in the way")


async def test_a_store_that_is_busy_makes_it_no_more_genuine(world: World) -> None:
    hub = dataclasses.replace(world.hub, store=BusyStore(world.store))
    with pytest.raises(Forbidden):
        await receive_message(hub, world.pay.id, {"signature": "bad"}, JUNK)
    await rejected(world)
    (one,) = await recorded(world)
    assert one.passed_over == 1


async def test_of_a_connection_that_is_not_there_nothing_is_listed(world: World) -> None:
    with pytest.raises(NotFound):
        await list_rejections(world.hub, world.asking, "con_none", Page())
