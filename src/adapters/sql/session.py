"""What a view reads through: a snapshot, or a transaction that writes."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import feed, trail
from adapters.sql.engine import Database
from adapters.sql.outbox import audit, event
from core.domain.tenancy import Scope


class Session(Protocol):
    @property
    def locks(self) -> bool:
        """Whether a row read by its id is held until the end."""
        ...

    async def conn(self) -> AsyncConnection: ...

    async def seal(self, scope: Scope) -> None:
        """Give what is committed its place, and see it from here on."""
        ...


class Snapshot:
    """Takes its connection, and so its instant, with the first read."""

    locks = False

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = AsyncExitStack()
        self._conn: AsyncConnection | None = None

    async def conn(self) -> AsyncConnection:
        if self._conn is None:
            self._conn = await self._stack.enter_async_context(self._database.read())
        return self._conn

    async def seal(self, scope: Scope) -> None:
        await self.close()  # never two connections in one hand: a full pool would lock up
        await seal_scope(self._database, scope)

    async def close(self) -> None:
        self._conn = None
        await self._stack.aclose()


class Transaction:
    locks = True

    def __init__(self, conn: AsyncConnection) -> None:
        self._conn = conn

    async def conn(self) -> AsyncConnection:
        return self._conn

    async def seal(self, scope: Scope) -> None:
        """Our own events get their place at once: nobody else places any until we commit."""
        while await feed.seal_events(self._conn, scope) == feed.BATCH:
            pass


async def seal_scope(database: Database, scope: Scope) -> int:
    """Place everything of *scope* that is committed, in short transactions; how many."""
    count = 0
    for table, place, batch in (
        (event, feed.seal_events, feed.BATCH),
        (audit, trail.seal_entries, trail.BATCH),
    ):
        placed = batch if await _waits(database, table, scope) else 0
        while placed == batch:
            async with database.write() as conn:
                placed = await place(conn, scope)
            count += placed
    return count


async def _waits(database: Database, table: sa.Table, scope: Scope) -> bool:
    async with database.read() as conn:
        return (await conn.execute(feed.unsealed(table, scope))).first() is not None
