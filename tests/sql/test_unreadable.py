"""An endpoint that this version cannot read holds up nobody else's claims."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.tables import endpoint
from tests.sql.claiming import claim
from tests.sql.given import World
from tests.sql.hand import record

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("column", ["body", "secrets"])
async def test_it_is_handed_out_with_nothing_to_sign_with(
    store: SqlStore, world: World, url: str, column: str
) -> None:
    other = world.an_endpoint()
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(other)
    await record(store, world)
    async with (engine := create_async_engine(url)).begin() as conn:
        mine = sa.update(endpoint).where(endpoint.c.id == world.endpoint.id)
        await conn.execute(mine.values({column: '{"id": 1}' if column == "body" else b"what"}))
    await engine.dispose()
    found = {c.to.id: c.to for c in await claim(store)}
    assert found.keys() == {world.endpoint.id, other.id}
    assert found[other.id].keys
    unread = found[world.endpoint.id]
    assert (unread.keys, unread.scope, unread.url) == ((), world.scope, world.endpoint.url)
