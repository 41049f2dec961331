"""A PostgreSQL whose now() is what the test's own clock says.

The store asks the database for the time, as it must where several processes share it. Here a
function of ours stands before PostgreSQL's in the search path, and every transaction is told the
time as it begins; nothing of the store is changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import postgresql
from adapters.sql.engine import Database
from ports.clock import Clock
from tests.servers import Postgres

CONNECTIONS = 5
_NOW = """
CREATE FUNCTION public.{name}() RETURNS timestamptz STABLE LANGUAGE sql
AS $$ SELECT current_setting('hand.now')::timestamptz $$
"""


class TimedDatabase(Database):
    """Each way in tells the time first."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self._told(super().write()) as conn:
            yield conn

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._told(super().read()) as conn:
            yield conn

    @asynccontextmanager
    async def dispatch(self) -> AsyncIterator[AsyncConnection]:
        async with self._told(super().dispatch()) as conn:
            yield conn

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[AsyncConnection]:
        async with self._told(super().statements()) as conn:
            yield conn

    @asynccontextmanager
    async def _told(
        self, opened: AbstractAsyncContextManager[AsyncConnection]
    ) -> AsyncIterator[AsyncConnection]:
        async with opened as conn:
            await conn.exec_driver_sql(f"SET hand.now = '{self.instant().isoformat()}'")
            yield conn


@asynccontextmanager
async def timed(postgres: Postgres, url: str, clock: Clock) -> AsyncIterator[TimedDatabase]:
    """url: a migrated database of *postgres*, from now on without a time of its own."""
    name = url.rpartition("/")[2]
    for function in ("now", "clock_timestamp"):
        postgres.sql(_NOW.format(name=function), name)
    postgres.sql(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')
    engines = postgresql.engines(url, pool_size=CONNECTIONS)
    try:
        yield TimedDatabase(clock, *engines)
    finally:
        for engine in reversed(engines):
            await engine.dispose()
