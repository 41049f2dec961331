"""SQLite as a server's database: WAL, one writer, many readers, nothing lost on a power cut."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import sqlalchemy as sa
from aiosqlite.core import _STOP_RUNNING_SENTINEL
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

BUSY_MS = 10_000
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL may lose commits at a power cut; a booking must not be lost
    f"busy_timeout={BUSY_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",  # an erased person's key must not stay in a free page
    "cache_size=-32000",
    "temp_store=MEMORY",
)


class AlreadyServed(Exception):
    """Another process serves this database file."""


def engines(url: str, *, readers: int) -> tuple[AsyncEngine, AsyncEngine]:
    """Writer and readers. Readers see a snapshot and neither wait for the writer nor hold it."""
    writer = _engine(url, pool_size=1, pool_timeout=60)
    reader = _engine(url, pool_size=readers)
    _prepare(writer, _PRAGMAS, "BEGIN IMMEDIATE")
    _prepare(reader, (*_PRAGMAS, "query_only=ON"), "BEGIN")
    return writer, reader


def _engine(url: str, **pool: int) -> AsyncEngine:
    path = path_of(url)

    async def connect() -> aiosqlite.Connection:
        made = _Connection(lambda: sqlite3.connect(path), iter_chunk_size=64)
        made._thread.daemon = True  # as SQLAlchemy does for those it makes itself
        return await made

    return create_async_engine(
        url, async_creator=connect, max_overflow=0, hide_parameters=True, **pool
    )


class _Connection(aiosqlite.Connection):
    """Rolls back before it closes.

    A task that is cancelled leaves its connection to be closed while a cursor of it is still
    referred to; SQLite then keeps it, with its write lock, until that cursor is collected.
    """

    async def close(self) -> None:
        if self._connection is not None:
            try:
                await self.rollback()
            except BaseException:  # a second cancellation too: its own thread closes it then
                self.stop()
                raise
        await super().close()

    def __del__(self) -> None:
        """A cancelled task leaves it to another to be closed, and asyncio holds tasks weakly: that
        one may be collected before it began. Its own thread closes it then."""
        if self._connection is not None:
            self._running = False
            for last in (self._connection.rollback, self._connection.close, _stop):
                self._tx.put_nowait((None, last))


def _stop() -> object:
    return _STOP_RUNNING_SENTINEL


def _prepare(engine: AsyncEngine, pragmas: tuple[str, ...], begin: str) -> None:
    @sa.event.listens_for(engine.sync_engine, "connect")
    def connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # we begin by ourselves: the driver's begin is a deferred one
        cursor = dbapi.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def start(conn: sa.Connection) -> None:
        conn.exec_driver_sql(begin)


async def truncate_log(writer: AsyncEngine) -> None:
    """Move the write-ahead log into the file and empty it; waits for readers, but not for long."""
    pooled = await writer.raw_connection()
    try:
        await _run(pooled, "PRAGMA busy_timeout=1000")
        await _run(pooled, "PRAGMA wal_checkpoint(TRUNCATE)")
        await _run(pooled, f"PRAGMA busy_timeout={BUSY_MS}")
    finally:
        await greenlet_spawn(pooled.close)  # handing it back rolls back, which awaits


async def _run(pooled: Any, pragma: str) -> None:
    cursor = await pooled.driver_connection.execute(pragma)
    await cursor.close()


def create(url: str) -> None:
    """Make the file, where there is none, its owner's alone; its log takes the same mode."""
    os.close(os.open(path_of(url), os.O_RDWR | os.O_CREAT, 0o600))


def path_of(url: str) -> Path:
    """The database file. ValueError: it lives in memory, where nothing outlives the process."""
    name = make_url(url).database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise ValueError("the store needs a database file: sqlite+aiosqlite:///path/to/serai.db")
    return Path(name)


def is_busy(error: object) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.Error) and code is not None and code & 0xFF in (5, 6)


@contextmanager
def served_alone(url: str) -> Iterator[None]:
    """Hold the file for this process. AlreadyServed names the process that has it.

    The kernel lets go when the process ends, however it ends.
    """
    path = path_of(url)
    lock = path.with_name(path.name + ".lock")
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyServed(
                f"{path} is already served by process {pid}. One SQLite file has one server:"
                " stop that one first, or use PostgreSQL to run several."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)
