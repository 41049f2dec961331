"""How long work has waited for a worker, by the clock of the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.due import CHECKED
from adapters.sql.outbox import pending
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import EndpointState
from ports.jobs import Bell
from ports.store import PastDue
from tests.sql.claiming import claim, settle
from tests.sql.given import World
from tests.sql.hand import HandClock, record

pytestmark = pytest.mark.anyio
NONE = PastDue(0.0, 0)


async def put(url: str, table: sa.Table, **values: Any) -> None:
    """PostgreSQL's clock cannot be moved, so the rows are."""
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(sa.update(table).values(values))
    await engine.dispose()


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.fixture
async def idle(store: SqlStore, world: World, url: str) -> SqlStore:
    """A store in which nothing is due; one event waits for nobody yet."""
    for table in CHECKED.values():
        await put(url, table, check_at=None, checked_until=None)
    assert set((await store.past_due()).values()) == {NONE}
    return store


async def test_every_kind_of_check_is_looked_at(idle: SqlStore, url: str) -> None:
    assert set(await idle.past_due()) == {*CHECKED, Bell.DELIVERIES}
    await put(url, CHECKED[Bell.BOOKINGS], check_at=ago(90))
    found = dict(await idle.past_due())
    assert 89 < found.pop(Bell.BOOKINGS).oldest_s < 120
    assert set(found.values()) == {NONE}


async def test_what_is_due_later_waits_for_nobody(idle: SqlStore, url: str) -> None:
    await put(url, CHECKED[Bell.BOOKINGS], check_at=ago(-60))
    assert (await idle.past_due())[Bell.BOOKINGS] == NONE


async def test_what_is_under_a_lease_is_in_hand_and_waits_again_when_it_ends(
    idle: SqlStore, url: str
) -> None:
    bookings = CHECKED[Bell.BOOKINGS]
    await put(url, bookings, check_at=ago(900))
    claimed = await idle.claim_due(Bell.BOOKINGS, lease_s=60, limit=9)
    assert (await idle.past_due())[Bell.BOOKINGS] == PastDue(0.0, len(claimed))
    await put(url, bookings, checked_until=ago(45))
    found = (await idle.past_due())[Bell.BOOKINGS]
    assert 44 < found.oldest_s < 75, "whoever held it died 45 s ago, and it waits since then"
    assert found.in_hand == 0


async def test_deliveries_wait_and_are_taken_up(
    idle: SqlStore, world: World, url: str, clock: HandClock
) -> None:
    await record(idle, world)
    await put(url, pending, due_at=ago(90))
    found = (await idle.past_due())[Bell.DELIVERIES]
    assert 89 < found.oldest_s < 120
    claimed = await claim(idle)
    assert (await idle.past_due())[Bell.DELIVERIES] == PastDue(0.0, 1)
    await put(url, pending, lease_until=ago(50))
    found = (await idle.past_due())[Bell.DELIVERIES]
    assert 49 < found.oldest_s < 80, "whoever sent it died 50 s ago"
    await settle(idle, claimed)
    assert (await idle.past_due())[Bell.DELIVERIES] == NONE


async def test_an_endpoint_that_is_left_alone_keeps_nobody_waiting(
    idle: SqlStore, world: World, url: str
) -> None:
    await record(idle, world)
    await put(url, pending, due_at=ago(900))
    for pace in (
        Pace(world.endpoint.id, 1.0, breaker=Breaker.OPEN, resume_at=ago(600)),
        Pace(world.endpoint.id, 1.0, resume_at=ago(-60)),  # its receiver asked to wait
    ):
        async with idle.begin(world.scope) as tx:
            await tx.put_pace(pace)
        assert (await idle.past_due())[Bell.DELIVERIES] == NONE, pace
    async with idle.begin(world.scope) as tx:
        await tx.put_pace(Pace(world.endpoint.id, 1.0, resume_at=ago(40)))
    assert 39 < (await idle.past_due())[Bell.DELIVERIES].oldest_s < 70
    async with idle.begin(world.scope) as tx:
        await tx.put_endpoint(msgspec.structs.replace(world.endpoint, state=EndpointState.DISABLED))
    assert (await idle.past_due())[Bell.DELIVERIES] == NONE
