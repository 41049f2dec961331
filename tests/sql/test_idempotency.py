"""One key, one effect, one answer, however many ask at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.sql import SqlStore
from core.domain.idempotency import Answer, KeyRecord
from ports.store import Busy
from tests.sql.given import NOW, World

pytestmark = pytest.mark.anyio
RECORD = KeyRecord("k-1", "f" * 64, NOW)


async def test_of_twenty_one_starts_and_the_others_see_it(store: SqlStore, world: World) -> None:
    async def start() -> KeyRecord | None:
        async with store.begin(world.scope) as tx:
            return await tx.start_key("key_1", RECORD)

    found = await asyncio.gather(*(start() for _ in range(20)))
    assert found.count(None) == 1
    assert found.count(RECORD) == 19


async def test_a_key_remembers_what_it_made_and_answered(store: SqlStore, world: World) -> None:
    answer = Answer(201, b'{"id": "bkg_1"}', "application/json")
    async with store.begin(world.scope) as tx:
        assert await tx.start_key("key_1", RECORD) is None
        await tx.link_key("key_1", "k-1", "bkg_1")
    async with store.begin(world.scope) as tx:
        await tx.answer_key("key_1", "k-1", answer)
    async with store.read(world.scope) as view:
        assert await view.key_record("key_1", "k-1") == KeyRecord(
            "k-1", "f" * 64, NOW, "bkg_1", answer
        )
        assert await view.key_record("key_2", "k-1") is None


async def test_a_key_stands_for_one_thing_and_who_comes_late_writes_nothing(
    store: SqlStore, world: World
) -> None:
    async with store.begin(world.scope) as tx:
        await tx.start_key("key_1", RECORD)
        await tx.link_key("key_1", "k-1", "bkg_1")
    async with store.begin(world.scope) as tx:
        await tx.link_key("key_1", "k-1", "bkg_1")
    with pytest.raises(Busy):
        async with store.begin(world.scope) as tx:
            await tx.link_key("key_1", "k-1", "bkg_2")
    async with store.read(world.scope) as view:
        kept = await view.key_record("key_1", "k-1")
    assert kept is not None
    assert kept.resource == "bkg_1"
    with pytest.raises(Busy):
        async with store.begin(world.scope) as tx:
            await tx.link_key("key_1", "released", "bkg_3")


async def test_a_key_is_one_principals_own(store: SqlStore, world: World) -> None:
    async with store.begin(world.scope) as tx:
        assert await tx.start_key("key_1", RECORD) is None
        assert await tx.start_key("key_2", RECORD) is None


async def test_a_released_key_is_free_and_a_restarted_one_is_young(
    store: SqlStore, world: World
) -> None:
    later = NOW + timedelta(minutes=5)
    async with store.begin(world.scope) as tx:
        await tx.start_key("key_1", RECORD)
        await tx.restart_key("key_1", "k-1", later)
        stored = await tx.start_key("key_1", RECORD)
        assert stored is not None
        assert stored.started_at == later
        await tx.release_key("key_1", "k-1")
        assert await tx.start_key("key_1", RECORD) is None


async def test_a_start_that_rolls_back_leaves_the_key_free(store: SqlStore, world: World) -> None:
    async def interrupted() -> None:
        async with store.begin(world.scope) as tx:
            await tx.start_key("key_1", RECORD)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await interrupted()
    async with store.begin(world.scope) as tx:
        assert await tx.start_key("key_1", RECORD) is None
