"""Pilgrims and their papers on both engines: what is put is read, sealed field by field, and
gone when the person is erased."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.filing_tables import dossier as table
from core.domain.filings.dossier import FIELDS
from core.domain.filings.filing import FilingState
from ports.filings import FilingFilter
from ports.jobs import Bell
from ports.paging import Page
from ports.store import Violated
from ports.vault import Unreadable
from tests.sql.given import NOW, World, an_id
from tests.unit.domain.test_filing import WHOLE

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def whole(store: SqlStore, world: World) -> None:
    """Every field of a dossier, where the world has only some."""
    async with store.begin(world.scope) as tx:
        await tx.put_dossier(world.person.id, WHOLE)


async def test_what_is_put_is_read(store: SqlStore, world: World) -> None:
    page = Page()
    async with store.read(world.scope) as view:
        assert await view.departure(world.departure.id) == world.departure
        assert await view.departures(page, entity=world.entity.id) == [world.departure]
        assert await view.departures(page, entity=an_id("ent")) == []
        assert await view.pilgrim(world.pilgrim.id) == world.pilgrim
        assert await view.pilgrims(page, departure=world.departure.id) == [world.pilgrim]
        assert await view.group(world.departure.id) == [world.pilgrim]
        assert await view.dossiers([world.person.id, an_id("per")]) == {world.person.id: WHOLE}
        assert await view.filing(world.filing.id) == world.filing
        where = FilingFilter(world.departure.id, FilingState.OPEN)
        assert await view.filings(page, where) == [world.filing]
        assert await view.filings(page, FilingFilter(state=FilingState.FILED)) == []
        assert await view.pilgrim_import(world.pilgrim_import.id) == world.pilgrim_import
        running = [world.pilgrim_import]
        assert await view.pilgrim_imports(page, departure=world.departure.id) == running


async def test_another_departure_has_none_of_them(store: SqlStore, world: World) -> None:
    page, another = Page(), an_id("dpt")
    async with store.read(world.scope) as view:
        assert await view.pilgrims(page, departure=another) == []
        assert await view.group(another) == []
        assert await view.filings(page, FilingFilter(another)) == []
        assert await view.pilgrim_imports(page, departure=another) == []


async def _lying(url: str, person: str) -> dict[str, bytes]:
    """Past the store, as somebody with the database in hand."""
    engine = create_async_engine(url)
    async with engine.connect() as conn:
        found = await conn.execute(
            sa.select(table.c.field, table.c.sealed).where(table.c.person == person)
        )
        lying = {row.field: bytes(row.sealed) for row in found}
    await engine.dispose()
    return lying


async def test_each_field_lies_sealed_by_itself(store: SqlStore, world: World, url: str) -> None:
    known = {n for n in FIELDS if getattr(WHOLE, n) is not None}
    before = await _lying(url, world.person.id)
    assert set(before) == known
    assert WHOLE.nik is not None
    assert not any(WHOLE.nik.encode() in sealed for sealed in before.values())
    changed = msgspec.structs.replace(WHOLE, email=None, phone=None, address="Jalan Lain 2")
    async with store.begin(world.scope) as tx:
        await tx.put_dossier(world.person.id, changed)
    async with store.read(world.scope) as view:
        assert await view.dossiers([world.person.id]) == {world.person.id: changed}
    assert set(await _lying(url, world.person.id)) == known - {"email", "phone"}


async def test_a_field_does_not_open_in_anothers_place(
    store: SqlStore, world: World, url: str
) -> None:
    fathers = (await _lying(url, world.person.id))["father_name"]
    moved = sa.update(table).where(table.c.field == "full_name").values(sealed=fathers)
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(moved)
    await engine.dispose()
    async with store.read(world.scope) as view:
        with pytest.raises(Unreadable):
            await view.dossiers([world.person.id])


async def test_erasing_the_person_leaves_nothing(store: SqlStore, world: World, url: str) -> None:
    async with store.begin(world.scope) as tx:
        assert await tx.erase_person(world.person.id)
    assert await _lying(url, world.person.id) == {}
    async with store.read(world.scope) as view:
        assert await view.dossiers([world.person.id]) == {}
        assert await view.pilgrim(world.pilgrim.id) == world.pilgrim
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_dossier(world.person.id, WHOLE)


async def test_a_reference_and_a_kind_are_there_once(store: SqlStore, world: World) -> None:
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_pilgrim(world.a_pilgrim("A-1"))
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_filing(msgspec.structs.replace(world.filing, id=an_id("flg")))


async def test_filings_and_imports_fall_due(store: SqlStore, world: World) -> None:
    due = msgspec.structs.replace(world.filing, check_at=NOW)
    async with store.begin(world.scope) as tx:
        await tx.put_filing(due)
    for bell, id in ((Bell.FILINGS, due.id), (Bell.IMPORTS, world.pilgrim_import.id)):
        assert (world.scope, id) in await store.claim_due(bell, lease_s=60, limit=9)
        assert await store.claim_due(bell, lease_s=60, limit=9) == []
