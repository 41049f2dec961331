"""What must be right before the store opens, and what the database itself refuses."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from adapters.sql import AlreadyServed, NotMigrated, SqlStore, WrongKey, migrate, open_store
from adapters.sql.columns import metadata
from adapters.sql.migrate import newest
from adapters.system import SystemMint
from adapters.vault import EnvelopeVault
from ports.store import Store, Violated
from tests.sql.conftest import VAULT
from tests.sql.given import World
from tests.sql.hand import HandClock, fill

pytestmark = pytest.mark.anyio


async def test_a_wrong_key_stops_the_boot(url: str, clock: HandClock) -> None:
    async with open_store(url, vault=VAULT, clock=clock, mint=SystemMint()):
        pass
    other = EnvelopeVault([b"x" * 32])
    with pytest.raises(WrongKey):
        async with open_store(url, vault=other, clock=clock, mint=SystemMint()):
            pass
    both = EnvelopeVault([b"x" * 32, b"k" * 32])
    async with open_store(url, vault=both, clock=clock, mint=SystemMint()) as store:
        await store.ping()


async def test_a_database_that_was_not_migrated_is_named_so(
    tmp_path: Path, clock: HandClock
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    with pytest.raises(NotMigrated):
        async with open_store(url, vault=VAULT, clock=clock, mint=SystemMint()):
            pass


async def test_a_second_server_on_one_file_is_refused(sqlite_url: str, clock: HandClock) -> None:
    async with open_store(sqlite_url, vault=VAULT, clock=clock, mint=SystemMint(), exclusive=True):
        with pytest.raises(AlreadyServed, match=f"process {os.getpid()}"):
            async with open_store(
                sqlite_url, vault=VAULT, clock=clock, mint=SystemMint(), exclusive=True
            ):
                pass
        async with open_store(sqlite_url, vault=VAULT, clock=clock, mint=SystemMint()) as beside:
            assert await beside.tenants() == []
    async with open_store(
        sqlite_url, vault=VAULT, clock=clock, mint=SystemMint(), exclusive=True
    ) as next_one:
        await next_one.ping()


_SERVE = """
import sys, time
from adapters.sql.sqlite import served_alone
with served_alone(sys.argv[1]):
    print("serving", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_server(sqlite_url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _SERVE, sqlite_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"serving\n"
        yield process
        process.kill()


async def test_a_killed_server_lets_go_of_the_file(
    sqlite_url: str, clock: HandClock, other_server: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(AlreadyServed, match=f"process {other_server.pid}"):
        async with open_store(
            sqlite_url, vault=VAULT, clock=clock, mint=SystemMint(), exclusive=True
        ):
            pass
    other_server.kill()
    other_server.wait()
    async with open_store(
        sqlite_url, vault=VAULT, clock=clock, mint=SystemMint(), exclusive=True
    ) as store:
        await store.ping()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_a_database_in_memory_is_refused(url: str, clock: HandClock) -> None:
    with pytest.raises(ValueError, match="file"):
        await migrate(url)


async def test_migrating_at_once_from_many_places_is_safe(
    postgres_url: str, tmp_path: Path
) -> None:
    for url in (postgres_url, f"sqlite+aiosqlite:///{tmp_path}/many.db"):
        assert set(await asyncio.gather(*(migrate(url) for _ in range(4)))) == {newest()}


async def test_tables_and_migrations_agree(url: str) -> None:
    """What alembic compares, and the checks and partial indexes that it does not."""
    engine = create_async_engine(url)
    async with engine.connect() as conn:
        assert await conn.run_sync(_differences) == []
    await engine.dispose()


def _differences(conn: sa.Connection) -> list[object]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
    }
    return list(compare_metadata(MigrationContext.configure(conn, opts=options), metadata))


async def test_the_migrations_write_the_very_tables(sqlite_url: str) -> None:
    engine = create_async_engine(sqlite_url)
    async with engine.connect() as conn:
        found = await conn.execute(
            sa.text(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
            )
        )
        stored = {_clauses(sql) for sql in found.scalars()}
    await engine.dispose()
    ddl: list[CreateTable | CreateIndex] = [CreateTable(t) for t in metadata.sorted_tables]
    ddl += [CreateIndex(i) for t in metadata.sorted_tables for i in t.indexes]
    assert {_clauses(str(d.compile(dialect=engine.dialect))) for d in ddl} == stored


def _clauses(sql: str) -> tuple[str, ...]:
    """What is between the outermost commas: SQLite adds a column to the text in its own way."""
    depth, clauses = 0, [""]
    for letter in sql:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 1:
            clauses.append("")
        else:
            clauses[-1] += letter
    first, *others = (" ".join(clause.split()) for clause in clauses)
    head, _, column = first.partition("(")
    return head.strip(), *sorted([column.strip(" )"), *(other.strip(" )") for other in others)])


async def test_an_environment_is_test_or_live(store: SqlStore, world: World, url: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as conn:
        with pytest.raises(sa.exc.IntegrityError):
            await conn.execute(sa.text("UPDATE head SET environment = 'staging'"))
    await engine.dispose()


async def test_no_error_repeats_a_value(store: SqlStore, world: World) -> None:
    twin = msgspec.structs.replace(world.a_booking(), entity="ent_of_nobody")

    async def cross() -> None:
        async with store.begin(world.scope) as tx:
            await tx.put_booking(twin)

    with pytest.raises(Violated) as refused:
        await cross()
    assert "ent_of_nobody" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_the_store_is_what_the_port_says(store: SqlStore) -> None:
    as_port: Store = store
    await as_port.ping()


async def test_two_worlds_fit_in_one_store(store: SqlStore) -> None:
    await fill(store, World())
    await fill(store, World())
    assert len(await store.tenants()) == 2
