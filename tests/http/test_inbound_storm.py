"""Every 2xx is stored; what could not be stored got a 503 and is taken when it comes again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.domain.tenancy import Environment, Scope
from tests.http.house import open_house
from tests.http.inbound_storm import connected, messages, storm
from tests.http.test_database_away import own_postgres
from tests.servers import Postgres

pytestmark = pytest.mark.anyio
__all__ = ["own_postgres"]


async def test_a_burst_over_a_restart_of_the_database(
    own_postgres: Postgres,
    tmp_path: Path,
) -> None:
    """The full size, 10,000 of them, is `make bench NAME=inbound`."""
    async with open_house(tmp_path, database=own_postgres.database("storm")) as house:
        posted = messages(await connected(house), 240)

        async def outage(gone: asyncio.Event) -> None:
            await asyncio.to_thread(own_postgres.stop)
            gone.set()
            await asyncio.sleep(0.3)
            await asyncio.to_thread(own_postgres.start)

        scope = Scope(house.first.tenant, Environment.TEST)
        found = await storm(house.platforms[0], house.hubs[0], scope, posted, outage)
    assert set(found.statuses) == {200, 503}
    assert found.statuses[200] == found.sent
    assert (found.lost, found.missing, found.doubled) == (0, 0, 0)
