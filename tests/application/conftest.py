"""A hub on a SQLite file of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql import migrate
from tests.fakes.hub import World, open_world


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("hub") / "empty.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path.read_bytes()


@pytest.fixture
async def world(empty_database: bytes, tmp_path: Path) -> AsyncIterator[World]:
    path = tmp_path / "serai.db"
    path.write_bytes(empty_database)
    async with open_world(f"sqlite+aiosqlite:///{path}") as made:
        yield made
