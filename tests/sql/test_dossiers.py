"""Pilgrims and their papers on both engines: what is put is read, sealed field by field, and
gone when the person is erased."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.filing_tables import dossier as table
from core.domain.departure import Departure, Pilgrim
from core.domain.dossier import FIELDS
from core.domain.filing import FilingKind, FilingState, opened
from core.domain.person import Person
from core.domain.pilgrim_import import started
from core.domain.roster import read_roster
from core.domain.tenancy import Scope
from ports.filings import FilingFilter
from ports.jobs import Bell
from ports.paging import Page
from ports.store import Violated
from ports.vault import Unreadable
from tests.sql.given import NOW, World, an_id
from tests.unit.domain.test_filing import PLAN, WHOLE

pytestmark = pytest.mark.anyio


class Group:
    """A departure of the world's connection, and a pilgrim of it."""

    def __init__(self, world: World) -> None:
        self.departure = Departure(
            an_id("dpt"), world.entity.id, world.connection.id, PLAN, NOW, NOW
        )
        self.person = Person(an_id("per"), "SITI CONTOH", "")
        self.pilgrim = self.a_pilgrim("A-1", self.person)
        self.filing = opened(an_id("flg"), FilingKind.RETURN, self.departure, (), NOW)
        later = NOW.date().replace(year=NOW.year + 1)
        roster = read_roster(
            b"reference,registered_on,nik\nA-2,2026-11-20,3171015708850002\n",
            {},
            later,
        )
        self.running = started(an_id("imp"), self.departure.id, roster, "key_1", NOW)

    def a_pilgrim(self, reference: str, person: Person) -> Pilgrim:
        return Pilgrim(an_id("plg"), self.departure.id, person.id, reference, NOW.date(), NOW, NOW)

    async def put(self, store: SqlStore, scope: Scope) -> None:
        async with store.begin(scope) as tx:
            await tx.put_departure(self.departure)
            await tx.put_person(self.person)
            await tx.put_pilgrim(self.pilgrim)
            await tx.put_dossier(self.person.id, WHOLE)
            await tx.put_filing(self.filing)
            await tx.put_pilgrim_import(self.running)


@pytest.fixture
async def group(store: SqlStore, world: World) -> Group:
    made = Group(world)
    await made.put(store, world.scope)
    return made


async def test_what_is_put_is_read(store: SqlStore, world: World, group: Group) -> None:
    page = Page()
    async with store.read(world.scope) as view:
        assert await view.departure(group.departure.id) == group.departure
        both = [group.departure, world.departure]
        assert await view.departures(page, entity=world.entity.id) == both
        assert await view.departures(page, entity=an_id("ent")) == []
        assert await view.pilgrim(group.pilgrim.id) == group.pilgrim
        assert await view.pilgrims(page, departure=group.departure.id) == [group.pilgrim]
        assert await view.group(group.departure.id) == [group.pilgrim]
        assert await view.dossiers([group.person.id, an_id("per")]) == {group.person.id: WHOLE}
        assert await view.filing(group.filing.id) == group.filing
        where = FilingFilter(group.departure.id, FilingState.OPEN)
        assert await view.filings(page, where) == [group.filing]
        assert await view.filings(page, FilingFilter(state=FilingState.FILED)) == []
        assert await view.pilgrim_import(group.running.id) == group.running
        assert await view.pilgrim_imports(page, departure=group.departure.id) == [group.running]


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


async def test_each_field_lies_sealed_by_itself(
    store: SqlStore, world: World, group: Group, url: str
) -> None:
    known = {n for n in FIELDS if getattr(WHOLE, n) is not None}
    before = await _lying(url, group.person.id)
    assert set(before) == known
    assert WHOLE.nik is not None
    assert not any(WHOLE.nik.encode() in sealed for sealed in before.values())
    changed = msgspec.structs.replace(WHOLE, email=None, phone=None, address="Jalan Lain 2")
    async with store.begin(world.scope) as tx:
        await tx.put_dossier(group.person.id, changed)
    async with store.read(world.scope) as view:
        assert await view.dossiers([group.person.id]) == {group.person.id: changed}
    assert set(await _lying(url, group.person.id)) == known - {"email", "phone"}


async def test_a_field_does_not_open_in_anothers_place(
    store: SqlStore, world: World, group: Group, url: str
) -> None:
    fathers = (await _lying(url, group.person.id))["father_name"]
    moved = sa.update(table).where(table.c.field == "full_name").values(sealed=fathers)
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(moved)
    await engine.dispose()
    async with store.read(world.scope) as view:
        with pytest.raises(Unreadable):
            await view.dossiers([group.person.id])


async def test_erasing_the_person_leaves_nothing(
    store: SqlStore, world: World, group: Group, url: str
) -> None:
    async with store.begin(world.scope) as tx:
        assert await tx.erase_person(group.person.id)
    assert await _lying(url, group.person.id) == {}
    async with store.read(world.scope) as view:
        assert await view.dossiers([group.person.id]) == {}
        assert await view.pilgrim(group.pilgrim.id) == group.pilgrim
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_dossier(group.person.id, WHOLE)


async def test_a_reference_and_a_kind_are_there_once(
    store: SqlStore, world: World, group: Group
) -> None:
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_pilgrim(group.a_pilgrim("A-1", group.person))
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_filing(msgspec.structs.replace(group.filing, id=an_id("flg")))


async def test_filings_and_imports_fall_due(store: SqlStore, world: World, group: Group) -> None:
    due = msgspec.structs.replace(group.filing, check_at=NOW)
    async with store.begin(world.scope) as tx:
        await tx.put_filing(due)
    for bell, id in ((Bell.FILINGS, due.id), (Bell.IMPORTS, group.running.id)):
        assert (world.scope, id) in await store.claim_due(bell, lease_s=60, limit=9)
        assert await store.claim_due(bell, lease_s=60, limit=9) == []
