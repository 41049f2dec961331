"""One database, two ways in: `write` for what commits together, `read` for a snapshot."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.sql import sqlite
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
        writer: AsyncEngine,
        reader: AsyncEngine,
        clock: Clock | None,
        dispatcher: AsyncEngine | None = None,
    ) -> None:
        self._writer, self._reader, self._clock = writer, reader, clock
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
                await self._plan_anew(conn)
                yield conn

    async def _plan_anew(self, conn: AsyncConnection) -> None:
        info, now = conn.sync_connection.info, self.monotonic()  # type: ignore[union-attr]
        if now >= info.setdefault(_PLANNED_AT, now) + PLANNED_S:
            info[_PLANNED_AT] = now
            await conn.exec_driver_sql("DISCARD PLANS")

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
    dispatcher: AsyncEngine | None = None
    if name == "sqlite":
        writer, reader = sqlite.engines(url, readers=pool_size)
    elif name == "postgresql":
        writer = _postgresql(url, pool_size)
        dispatcher = _postgresql(
            url, DISPATCHERS, pool_pre_ping=False, settings=_PLANNED, within_s=STATEMENT_S
        )
        reader = writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    else:
        raise ValueError(f"the store runs on sqlite and postgresql, not on {name}")
    try:
        yield Database(writer, reader, clock, dispatcher)
    finally:
        for engine in (reader, writer, dispatcher):
            if engine is not None:
                await engine.dispose()


# Its statements are few, run all the time, and have an index for all they ask: they are planned
# once and for all sizes, and anew every few seconds: a plan for an empty table must not last.
DISPATCHERS = 4
STATEMENT_S = 20.0
PLANNED_S, _PLANNED_AT = 5.0, "planned_at"
_PLANNED = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}


def _postgresql(
    url: str,
    pool_size: int,
    *,
    pool_pre_ping: bool = True,
    settings: Mapping[str, str] | None = None,
    within_s: float | None = None,
) -> AsyncEngine:
    """within_s: the longest that one statement may take."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=pool_pre_ping,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        json_deserializer=str,  # a body stays the text it is until its kind decodes it
        connect_args={
            "command_timeout": within_s,
            "server_settings": {
                "application_name": "serai",
                "timezone": "UTC",
                "lock_timeout": "15s",
                "idle_in_transaction_session_timeout": "60s",
                **(settings or {}),
            },
        },
    )
    sa.event.listen(engine.sync_engine, "connect", _watched)
    return engine


SILENCE_S = 10


def _watched(connection: Any, _: object) -> None:
    """A connection whose other side is gone without a word is noticed, and not waited for."""
    sock = connection.driver_connection._transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", SILENCE_S // 2),
        ("TCP_KEEPINTVL", 2),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", SILENCE_S * 1000),
    ):
        if hasattr(socket, name):  # not everywhere
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


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
