"""Stock under load: holds per second on one hot room and spread over 1,000 rooms.

A hold is the whole use case: the row of the hold, its audit entry, three nights locked, decided
and written, one commit that waits for the disk. `bare` takes the same three nights by one guarded
UPDATE and nothing else, over the same connections: what the engine could do at best. Takers and
database share the machine. Rounds of the contenders alternate; the medians are told.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from tests.servers import running_postgres

from adapters.sql.engine import opened
from adapters.sql.stock_tables import inventory
from adapters.vault import new_key
from bench.report import Part
from core.application.hub import Asking, Hub, by_itself
from core.application.stock.add_property import NewProperty, add_property
from core.application.stock.hold_rooms import NewHold, hold_rooms
from core.domain.stay import Stay
from core.domain.stock.moves import Rooms
from core.domain.stock.room_type import RoomType
from core.domain.tenancy import Environment, Scope
from entrypoints.bootstrap import open_hub
from entrypoints.first_run import first_run
from entrypoints.settings import Settings

TAKERS, ROOMS, NIGHTS, ROUNDS = 8, 1000, 3, 3
PLENTY = 10_000_000
STAY = Stay(
    (datetime.now(UTC) + timedelta(days=30)).date(),
    (datetime.now(UTC) + timedelta(days=30 + NIGHTS)).date(),
)
Take = Callable[[str], Awaitable[object]]


async def measure(seconds: float) -> Part:
    """seconds: of each round."""
    rows: dict[str, dict[str, Any]] = {}
    ratios: dict[str, float] = {}
    with running_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        urls = {
            "PostgreSQL": postgres.database("bench"),
            "SQLite": f"sqlite+aiosqlite:///{Path(folder) / 'serai.db'}",
        }
        for engine, url in urls.items():
            async with (
                _stock(url, Path(folder)) as (hub, asking, house, rooms),
                _bare(url) as update,
            ):
                for name, mine in (("one hot room", rooms[:1]), ("1,000 rooms", rooms)):
                    found = await _measure(hub, asking, house, update, mine, seconds)
                    for what, per_s in found.items():
                        rows[f"{engine}, {name}, {what}"] = {"per s": round(per_s)}
                    ratios[f"{engine}, {name}"] = round(found["holds"] / found["bare"], 2)
    return Part(f"{NIGHTS} nights taken by {TAKERS} at once", rows, {"to_bare": ratios})


async def _measure(
    hub: Hub, asking: Asking, house: str, update: Take, rooms: list[str], seconds: float
) -> dict[str, float]:
    async def hold(room: str) -> None:
        await hold_rooms(hub, asking, NewHold(house, (Rooms(room, STAY),)))

    found: dict[str, list[float]] = {"bare": [], "holds": []}
    for _ in range(ROUNDS):
        found["bare"].append(await _rate(update, rooms, seconds))
        found["holds"].append(await _rate(hold, rooms, seconds))
    return {name: statistics.median(rates) for name, rates in found.items()}


async def _rate(take: Take, rooms: list[str], seconds: float) -> float:
    """Done in a second by all takers, each going from room to room."""
    began = time.monotonic()
    ends, turn, done = began + seconds, itertools.cycle(rooms), 0

    async def one_after_another() -> None:
        nonlocal done
        while time.monotonic() < ends:
            await take(next(turn))
            done += 1

    await asyncio.gather(*(one_after_another() for _ in range(TAKERS)))
    return done / (time.monotonic() - began)


@asynccontextmanager
async def _bare(url: str) -> AsyncIterator[Take]:
    t = inventory
    guarded = (
        sa.update(t)
        .where(t.c.room_type == sa.bindparam("room"), t.c.night.between(STAY.check_in, _last()))
        .where(t.c.sold + t.c.held < t.c.capacity)
        .values(held=t.c.held + 1)
    )
    async with opened(url) as database:

        async def take(room: str) -> None:
            async with database.write() as conn:
                assert (await conn.execute(guarded, {"room": room})).rowcount == NIGHTS

        yield take


@asynccontextmanager
async def _stock(url: str, folder: Path) -> AsyncIterator[tuple[Hub, Asking, str, list[str]]]:
    """A hub with a property of 1,000 room types, each with plenty of rooms."""
    postgresql = url.startswith("postgresql")
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=url if postgresql else "",
        encryption_keys=new_key(),
        log_level="warning",
    )
    async with open_hub(settings) as hub:
        first = await first_run(hub)
        assert first is not None
        (tenant,) = await hub.store.tenants()
        asking = by_itself(Scope(tenant.id, Environment.TEST))
        new = NewProperty(first.entity, "BENCH", "Bench", "Asia/Riyadh", "SAR", "SA")
        house = (await add_property(hub, asking, new)).id
        rooms = [hub.mint.id("rmt") for _ in range(ROOMS)]
        async with hub.store.begin(asking.scope) as tx:
            for number, id in enumerate(rooms):
                await tx.put_room_type(RoomType(id, house, f"R{number}", "Room", 2))
            nights = [STAY.check_in + timedelta(days=n) for n in range(NIGHTS)]
            blank = await tx.lock_cells(house, [(id, night) for id in rooms for night in nights])
            many = [msgspec.structs.replace(c, capacity=PLENTY) for c in blank.values()]
            await tx.put_cells(house, many)
        yield hub, asking, house, rooms


def _last() -> Any:
    return STAY.check_out - timedelta(days=1)
