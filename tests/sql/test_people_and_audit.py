"""What is erased is gone, what was done stays provable, and what cannot be read says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.engine import opened
from adapters.sql.outbox import audit
from core.domain.audit import AuditEntry
from ports.store import Page, Violated
from ports.vault import Unreadable
from tests.sql.given import World, an_id
from tests.sql.hand import fill

pytestmark = pytest.mark.anyio


async def run(url: str, *statements: sa.Executable) -> None:
    """Past the store, as somebody with the database in hand."""
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        for statement in statements:
            await conn.execute(statement)
    await engine.dispose()


async def test_an_erased_person_is_gone_and_known_to_have_been(
    store: SqlStore, world: World
) -> None:
    async with store.begin(world.scope) as tx:
        assert await tx.erase_person(world.person.id)
    async with store.begin(world.scope) as tx:
        assert not await tx.erase_person(world.person.id)
        assert not await tx.erase_person(an_id("per"))
    async with store.read(world.scope) as view:
        assert await view.people([world.person.id]) == {}
        assert await view.person_exists(world.person.id)
        assert not await view.person_exists(an_id("per"))
        assert await view.booking(world.booking.id) == world.booking
    assert await store.verify_audit(world.scope) == (1, None)


async def test_an_erased_person_does_not_come_back(store: SqlStore, world: World) -> None:
    async def again() -> None:
        async with store.begin(world.scope) as tx:
            await tx.erase_person(world.person.id)
            await tx.put_person(world.person)

    with pytest.raises(Violated):
        await again()


async def test_a_person_is_put_again_under_the_same_key(store: SqlStore, world: World) -> None:
    renamed = msgspec.structs.replace(world.person, surname="Rahman")
    async with store.begin(world.scope) as tx:
        await tx.put_person(renamed)
    async with store.read(world.scope) as view:
        assert await view.people([world.person.id]) == {renamed.id: renamed}


async def test_no_secret_and_no_person_lies_readable_in_the_file(
    sqlite_store: SqlStore, sqlite_url: str
) -> None:
    world = World()
    await fill(sqlite_store, world)
    async with sqlite_store.begin(world.scope) as tx:
        await tx.erase_person(world.person.id)
    path = Path(make_url(sqlite_url).database or "")
    stored = b"".join(p.read_bytes() for p in path.parent.iterdir())
    assert world.booking.id.encode() in stored
    secrets = [*(world.account.credential or {}).values()]
    words = [s.reveal() for s in (*secrets, *(s.value for s in world.endpoint.secrets))]
    for word in (*words, "Aisyah", "Rahmawati", "a@guest.example", "************4242"):
        assert word.encode() not in stored


async def test_an_erased_persons_key_is_in_no_file(
    sqlite_store: SqlStore, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    await fill(sqlite_store, world)
    person = sa.table("person", sa.column("wrapped_key"))
    async with opened(sqlite_url) as database, database.read() as conn:
        key: bytes = (await conn.execute(sa.select(person.c.wrapped_key))).scalar_one()
    folder = Path(make_url(sqlite_url).database or "").parent
    assert any(key in p.read_bytes() for p in folder.iterdir())
    async with sqlite_store.begin(world.scope) as tx:
        await tx.erase_person(world.person.id)
    assert not any(key in p.read_bytes() for p in folder.iterdir())
    assert caplog.records == []


async def test_an_account_that_does_not_open_shows_as_to_be_entered_again(
    store: SqlStore, world: World, url: str
) -> None:
    account = sa.table("account", sa.column("credential"))
    await run(url, sa.update(account).values(credential=b"junk"))
    blank = msgspec.structs.replace(world.account, credential=None)
    async with store.read(world.scope) as view:
        assert await view.account(world.account.id) == blank
        assert await view.active_connections() == [(world.connection, blank)]


async def test_other_rows_that_do_not_open_say_so(store: SqlStore, world: World, url: str) -> None:
    endpoint = sa.table("endpoint", sa.column("secrets"))
    person = sa.table("person", sa.column("sealed"))
    await run(
        url,
        sa.update(endpoint).values(secrets=b"junk"),
        sa.update(person).values(sealed=b"junk" * 9),
    )
    async with store.read(world.scope) as view:
        with pytest.raises(Unreadable):
            await view.endpoint(world.endpoint.id)
        with pytest.raises(Unreadable):
            await view.people([world.person.id])


async def test_a_sealed_field_does_not_open_in_another_row(
    store: SqlStore, world: World, url: str
) -> None:
    other = msgspec.structs.replace(world.account, id=an_id("acc"))
    async with store.begin(world.scope) as tx:
        await tx.put_account(other)
    account = sa.table("account", sa.column("id"), sa.column("credential"))
    theirs = sa.select(account.c.credential).where(account.c.id == world.account.id)
    moved = theirs.scalar_subquery()
    await run(url, sa.update(account).where(account.c.id == other.id).values(credential=moved))
    async with store.read(world.scope) as view:
        found = await view.account(other.id)
        assert found is not None
        assert found.credential is None


async def _five(store: SqlStore, world: World) -> Sequence[AuditEntry]:
    for _ in range(4):
        async with store.begin(world.scope) as tx:
            await tx.audit(world.an_entry())
    assert await store.verify_audit(world.scope) == (5, None)
    async with store.read(world.scope) as view:
        return list(reversed(await view.audit_entries(Page(), subject=None)))


async def test_the_chain_is_one_of_digests(store: SqlStore, world: World) -> None:
    entries = await _five(store, world)
    assert [e.position for e in entries] == [1, 2, 3, 4, 5]
    assert [e.previous for e in entries[1:]] == [e.digest for e in entries[:-1]]
    assert entries[0].at == world.audit_entry.at


CHANGES: dict[str, Any] = {
    "id": "aud_other",
    "tenant": None,
    "environment": "live",
    "at": World().audit_entry.at.replace(microsecond=2),
    "actor": "key_other",
    "action": "booking.create",
    "subject": "bkg_other",
    "reason": "",
    "before": None,
    "after": '{"state": "confirmed"}',
    "request": None,
    "position": 77,
    "previous": "0" * 64,
    "digest": "0" * 64,
}


def test_every_column_is_tried() -> None:
    assert set(CHANGES) == {c.name for c in audit.c}


async def test_a_changed_entry_breaks_the_chain(store: SqlStore, world: World, url: str) -> None:
    entries = await _five(store, world)
    other = World()
    await store.put_tenant(other.tenant)
    third, fourth = entries[2].id, entries[3].id
    for column, value in {**CHANGES, "tenant": other.tenant.id}.items():
        id = "aud_other" if column == "id" else third
        before = await _stored(url, column, third)
        await run(url, sa.update(audit).where(audit.c.id == third).values({column: value}))
        count, broken = await store.verify_audit(world.scope)
        gone = column in ("tenant", "environment", "position")  # then the next one shows the gap
        assert broken is not None, column
        assert (count, broken.position, broken.entry) == (2, 3, fourth if gone else id), column
        await run(url, sa.update(audit).where(audit.c.id == id).values({column: before}))
        assert await store.verify_audit(world.scope) == (5, None), f"{column} was put back"


async def _stored(url: str, column: str, id: str) -> Any:
    async with opened(url) as database, database.read() as conn:
        return (await conn.execute(sa.select(audit.c[column]).where(audit.c.id == id))).scalar_one()


async def test_a_removed_entry_breaks_the_chain_even_at_its_end(
    store: SqlStore, world: World, url: str
) -> None:
    entries = await _five(store, world)
    await run(url, sa.delete(audit).where(audit.c.id == entries[4].id))
    count, broken = await store.verify_audit(world.scope)
    assert count == 4
    assert broken is not None
    assert broken.position == 5


async def test_a_chain_longer_than_a_batch_is_walked_whole(store: SqlStore, world: World) -> None:
    async with store.begin(world.scope) as tx:
        for _ in range(1200):
            await tx.audit(world.an_entry())
    assert await store.verify_audit(world.scope) == (1201, None)
