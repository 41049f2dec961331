"""One database, two ways in: `write` for what commits together, `read` for a snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql import postgresql, sqlite
from ports.clock import Clock
from ports.store import Away, Busy, Violated

# What it says when it goes down, comes up, or has no room: connection lost, shutdown, too many.
_AWAY = ("08", "57P", "53300")
# What PostgreSQL says when others were in the way: serialization, deadlock, lock timeout.
_IN_THE_WAY = {"40001", "40P01", "55P03"}


class Database:
    """The engines behind a store. On SQLite there is one writer at a time, by design."""

    def __init__(
        self,
        clock: Clock | None,
        writer: AsyncEngine,
        reader: AsyncEngine,
        dispatcher: AsyncEngine | None = None,
    ) -> None:
        self._clock, self._writer, self._reader = clock, writer, reader
        self._dispatcher = dispatcher or writer
        self.is_postgresql = writer.dialect.name == "postgresql"

    def now(self) -> Any:
        """The database's clock where it has one of its own, else the injected clock."""
        if self.is_postgresql:
            return sa.func.now()
        return self.instant()

    def instant(self) -> datetime:
        if self._clock is None:
            raise RuntimeError("this database was opened without a clock")
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds by a clock that never goes back."""
        if self._clock is None:
            raise RuntimeError("this database was opened without a clock")
        return self._clock.monotonic()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Commits at the end. Busy: others were in the way. Violated: a rule forbids it."""
        with translated():
            async with self._writer.begin() as conn:
                yield conn

    @asynccontextmanager
    async def dispatch(self) -> AsyncIterator[AsyncConnection]:
        """As write, on the connections kept for the dispatcher."""
        with translated():
            async with self._dispatcher.begin() as conn:
                yield conn

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[AsyncConnection]:
        """As dispatch, but each statement commits by itself, which spares PostgreSQL's
        dispatcher a begin and a commit each."""
        alone = self._dispatcher.execution_options(isolation_level="AUTOCOMMIT")
        with translated():
            async with alone.connect() as conn:
                await postgresql.plan_anew(conn, self.monotonic())
                yield conn

    async def overwrite_erased(self) -> None:
        """Leave nothing of what was just deleted in SQLite's log; PostgreSQL's vacuum does so."""
        if not self.is_postgresql:
            await sqlite.truncate_log(self._writer)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        with translated():
            async with self._reader.connect() as conn:
                yield conn


@asynccontextmanager
async def opened(
    url: str, clock: Clock | None = None, *, pool_size: int = 10
) -> AsyncIterator[Database]:
    """pool_size: connections at most, on PostgreSQL; readers, on SQLite."""
    name = make_url(url).get_backend_name()
    engines: tuple[AsyncEngine, ...]
    if name == "sqlite":
        engines = sqlite.engines(url, readers=pool_size)
    elif name == "postgresql":
        engines = postgresql.engines(url, pool_size=pool_size)
    else:
        raise ValueError(f"the store runs on sqlite and postgresql, not on {name}")
    try:
        yield Database(clock, *engines)
    finally:
        for engine in reversed(engines):
            await engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """The database's refusals, without the values it quotes: they may be personal."""
    try:
        yield
    except IntegrityError as e:
        raise Violated(_rule(e)) from None
    except PoolTimeout:
        raise Busy("every connection to the database is in use") from None
    except DBAPIError as e:
        if getattr(e.orig, "sqlstate", None) in _IN_THE_WAY or sqlite.is_busy(e.orig):
            raise Busy("other work on the same rows was in the way") from None
        if _is_away(e):
            raise Away("the database went away") from None
        raise
    except OSError as e:  # no connection could be made; a timeout is one of these
        raise Away(f"the database does not answer ({type(e).__name__})") from None


def _is_away(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    # asyncpg, cut off in the middle of a command, may only say that it lost its way
    lost = isinstance(error, InternalError) and not state
    return error.connection_invalidated or state.startswith(_AWAY) or lost


def _rule(error: IntegrityError) -> str:
    """The constraint by its name; SQLite names its columns instead. Neither holds a value."""
    name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    return str(name or error.orig)
