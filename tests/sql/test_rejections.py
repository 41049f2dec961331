"""Of what was not believed the newest are kept, of each connection by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.sql import SqlStore, rejections
from core.domain import ids
from core.domain.inbound.rejection import KEPT_DAYS, Rejection
from ports.store import Page
from tests.sql.given import NOW, World

pytestmark = pytest.mark.anyio


async def _kept(store: SqlStore, world: World) -> list[Rejection]:
    async with store.read(world.scope) as view:
        return list(await view.rejections(Page(limit=200), connection=world.connection.id))


async def _added(store: SqlStore, world: World, count: int) -> list[Rejection]:
    """Newest first."""
    made = [
        world.a_rejection(id=ids.encode("rej", 1_800_000_000_000 + n, bytes(10)), size=n)
        for n in range(count)
    ]
    for one in made:
        async with store.begin(world.scope) as tx:
            await tx.add_rejection(one)
    return made[::-1]


async def test_the_newest_are_kept(
    store: SqlStore, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejections, "KEPT", 3)
    made = await _added(store, world, 5)
    assert await _kept(store, world) == made[:3]


async def test_and_for_so_long(store: SqlStore, world: World) -> None:
    made = await _added(store, world, 1)
    await store.forget_old(NOW + timedelta(days=KEPT_DAYS))
    assert await _kept(store, world) == made
    assert await store.forget_old(NOW + timedelta(days=KEPT_DAYS, seconds=1)) == 1
    assert await _kept(store, world) == []
