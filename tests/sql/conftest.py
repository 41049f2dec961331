"""A migrated store on each engine, empty at the beginning of every test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql import SqlStore, migrate, open_store
from adapters.sql.columns import metadata
from adapters.system import SystemMint
from adapters.vault import EnvelopeVault
from tests.servers import Postgres
from tests.sql.given import World
from tests.sql.hand import HandClock, fill

VAULT = EnvelopeVault([b"k" * 32])
_SHARED = "serai_migrated"
# Partitions that a test of another time has made: what is dropped first is the oldest.
_DAYS_GONE = """
    DO $$
    DECLARE day text;
    BEGIN
        FOR day IN
            SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'attempt'::regclass AND c.relname ~ '_[0-9]{8}$'
                AND c.relname < 'attempt_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')
        LOOP
            EXECUTE 'DROP TABLE ' || quote_ident(day);
        END LOOP;
    END $$
"""


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with the schema, shared by these tests."""
    asyncio.run(migrate(postgres.database(_SHARED)))
    return _SHARED


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "serai.db"
    path.write_bytes(migrated_file.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def migrated_postgres_url(postgres: Postgres, migrated_database: str) -> str:
    """The shared database, emptied: far quicker than a new one for every test."""
    tables = reversed(metadata.sorted_tables)
    emptied = [f"DELETE FROM {t.name}" for t in tables]  # noqa: S608
    postgres.sql("; ".join([*emptied, _DAYS_GONE]), migrated_database)
    return postgres.url_of(migrated_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    value: str = request.getfixturevalue(name)
    return value


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def store(url: str, clock: HandClock) -> AsyncIterator[SqlStore]:
    async with open_store(url, vault=VAULT, clock=clock, mint=SystemMint()) as opened:
        yield opened


@pytest.fixture
async def sqlite_store(sqlite_url: str, clock: HandClock) -> AsyncIterator[SqlStore]:
    async with open_store(sqlite_url, vault=VAULT, clock=clock, mint=SystemMint()) as opened:
        yield opened


@pytest.fixture
async def pg_store(migrated_postgres_url: str, clock: HandClock) -> AsyncIterator[SqlStore]:
    async with open_store(
        migrated_postgres_url, vault=VAULT, clock=clock, mint=SystemMint()
    ) as opened:
        yield opened


@pytest.fixture
async def world(store: SqlStore) -> World:
    """A scope of *store* with one of each row."""
    made = World()
    await fill(store, made)
    return made
