from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql import migrate
from tests.fakes.hub import World, open_world
from tests.http.rig import Api, serving


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("http") / "empty.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path.read_bytes()


@pytest.fixture
def database(empty_database: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "serai.db"
    path.write_bytes(empty_database)
    return path


@pytest.fixture
async def world(database: Path) -> AsyncIterator[World]:
    async with open_world(f"sqlite+aiosqlite:///{database}") as made:
        yield made


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with serving(world) as made:
        yield made
