"""PostgreSQL stops, starts, and cuts connections: a clear 503 meanwhile, and all is well after."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.house import House, open_house
from tests.servers import NotInstalled, Postgres, running_postgres

pytestmark = pytest.mark.anyio
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'serai'"


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    try:
        with running_postgres() as server:
            yield server
    except NotInstalled as e:
        pytest.skip(f"no PostgreSQL: {e}")


async def add(house: House, key: str) -> tuple[int, str]:
    answer = await house.send("POST", "/v1/partners", {"name": "x"}, key=key)
    return answer.status_code, answer.json().get("code", "")


async def test_while_the_database_is_down_the_answer_says_so_and_it_recovers_by_itself(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    async with open_house(tmp_path, database=own_postgres.database("away")) as house:
        assert await add(house, "k-1") == (201, "")
        await asyncio.to_thread(own_postgres.stop)
        told = await house.send("POST", "/v1/partners", {"name": "x"}, key="k-2")
        assert (told.status_code, told.json()["code"]) == (503, "store_unavailable"), told.text
        assert int(told.headers["retry-after"]) > 0
        await asyncio.to_thread(own_postgres.start)
        assert await add(house, "k-2") == (201, "")


async def test_connections_that_are_cut_under_load_are_503_or_good_answers(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    async with open_house(tmp_path, database=own_postgres.database("cut")) as house:

        async def load(number: int) -> set[tuple[int, str]]:
            return {await add(house, f"k-{number}-{n}") for n in range(15)}

        loads = [asyncio.create_task(load(n)) for n in range(8)]
        for _ in range(5):
            await asyncio.sleep(0.1)
            await asyncio.to_thread(own_postgres.sql, CUT)
        seen = set[tuple[int, str]]().union(*await asyncio.gather(*loads))
        assert seen <= {(201, ""), (503, "store_unavailable"), (503, "busy")}
        assert (201, "") in seen
