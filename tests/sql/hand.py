"""A clock moved by hand, and the short ways into a store that many tests take."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from core.domain.event import Event
from core.domain.stock.cell import InventoryCell
from tests.sql.given import World


class HandClock:
    """Starts at the real now, as PostgreSQL's own clock cannot be moved."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


async def let_pass(clock: HandClock, url: str, seconds: float, *instants: str) -> None:
    """*seconds* pass. In PostgreSQL *instants* (table.column) come nearer instead."""
    clock.advance(seconds)
    if not url.startswith("postgresql"):
        return
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        for table, column in (instant.split(".") for instant in instants):
            nearer = f"UPDATE {table} SET {column} = {column} - interval '{seconds} seconds'"  # noqa: S608
            await conn.execute(sa.text(nearer))
    await engine.dispose()


async def fill(store: SqlStore, world: World) -> None:
    """Put one of each."""
    await store.put_tenant(world.tenant)
    async with store.begin(world.scope) as tx:
        await tx.put_entity(world.entity)
        await tx.put_account(world.account)
        await tx.put_connection(world.connection)
        await tx.put_partner(world.partner)
        await tx.put_endpoint(world.endpoint)
        await tx.put_api_key(world.api_key)
        await tx.put_person(world.person)
        await tx.put_quote(world.quote)
        await tx.put_booking(world.booking)
        await tx.put_plan(world.payment_plan)
        await tx.put_payment(world.payment)
        await tx.put_refund(world.refund)
        await tx.put_agreement(world.agreement)
        await tx.put_template(world.template)
        await tx.receive(world.message)
        await tx.audit(world.audit_entry)
        await tx.put_property(world.house)
        await tx.put_room_type(world.room_type)
        await tx.put_rate_plan(world.plan)
        await tx.put_allotment(world.allotment)
        await tx.put_hold(world.hold)
        await tx.put_sale(world.sale)
        await tx.put_departure(world.departure)
        await tx.put_pilgrim(world.pilgrim)
        await tx.put_dossier(world.person.id, world.dossier)
        await tx.put_filing(world.filing)
        await tx.put_pilgrim_import(world.pilgrim_import)
        await tx.put_channel(world.channel)
        await tx.put_push(world.push)
        await tx.put_lanes(world.channel.id, [world.lane])
        await tx.put_pull(world.pull)
        await tx.put_watch(world.watch)
        await tx.put_reservation(world.reservation)
        await tx.put_acknowledgement(world.acknowledgement)
        await tx.put_breach(world.breach)
        await tx.put_readings(world.channel.id, [world.reading])


async def record(store: SqlStore, world: World, subject: str | None = None) -> Event:
    """One event, and its deliveries, in a transaction of its own."""
    async with store.begin(world.scope) as tx:
        return await tx.record(world.a_draft(subject), datetime.now(UTC))


async def open_nights(
    store: SqlStore, world: World, first: date, nights: int, **what: int
) -> dict[tuple[str, date], InventoryCell]:
    """Set *nights* of the world's room type from *first* on; capacity, oversell, stop_sell."""
    keys = [(world.room_type.id, first + timedelta(days=n)) for n in range(nights)]
    async with store.begin(world.scope) as tx:
        found = await tx.lock_cells(world.house.id, keys)
        made = {key: msgspec.structs.replace(cell, **what) for key, cell in found.items()}
        await tx.put_cells(world.house.id, list(made.values()))
    return made
