"""Bells that every process hears, by LISTEN and NOTIFY on one connection of each process.

One ring wakes the waiters of every process, where a Redis list wakes one of them: claims
are fenced and cheap, so whoever comes too late finds nothing and waits again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from adapters.jobs.bells import Bells
from ports.clock import Clock
from ports.jobs import Bell

log = logging.getLogger("serai.jobs")

CHANNEL = "serai_bell"
QUIET_S = 0.005
CHECK_S = 10.0
CONNECTS_WITHIN_S = 5.0
ANSWERS_WITHIN_S = 2.0
LAST_WORD_S = 1.0
BACKOFF_S = (0.1, 0.2, 0.5, 1.0)
STEADY_AFTER_S = 30.0
INSIST_S = 0.5
_SQLALCHEMYS = ("async_", "prepared_statement_")  # options of its own, unknown to asyncpg
BY_NAME = {bell.value: bell for bell in Bell}


class PostgresqlJobs:
    """Rings wake this process at once, the others by one NOTIFY for all rings of 5 ms.

    A NOTIFY is a statement of its own: in a writing transaction it would make that commit
    wait for every other such commit of the server. Timers ring here only: the other processes
    find what is due by Store.next_due. Rings while nobody waits are one ring for the next who
    does, in each process.

    It connects at the first ring or wait. While PostgreSQL is away rings are kept, and waits
    hear this process alone or last their whole timeout; each new connection rings every bell
    here, for what was said meanwhile went unheard.

    check_s: seconds of silence after which the connection is asked whether it still lives.
    """

    def __init__(self, url: str, clock: Clock, *, check_s: float = CHECK_S) -> None:
        self._options = connect_options(url)
        self._clock = clock
        self._check_s = check_s
        self._here = Bells(clock)
        self._unsaid: set[Bell] = set()
        self._stirred = asyncio.Event()
        self._all_said = asyncio.Event()
        self._all_said.set()
        self._away = False
        self._link: asyncio.Task[None] | None = None

    async def ring(self, bell: Bell) -> None:
        self._here.ring(bell)
        self._unsaid.add(bell)
        self._all_said.clear()
        self._stirred.set()
        self._start()

    async def ring_at(self, bell: Bell, at: datetime) -> None:
        if at <= self._clock.now():
            return await self.ring(bell)
        return self._here.ring_at(bell, at)

    async def wait(self, bell: Bell, timeout_s: float) -> None:
        self._start()
        await self._here.wait(bell, timeout_s)

    async def aclose(self) -> None:
        """Says what is unsaid, within a second and only if PostgreSQL is there."""
        if self._link is not None:
            if not self._away:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LAST_WORD_S):
                        await self._all_said.wait()
            await _end(self._link)
        await self._here.aclose()

    def _start(self) -> None:
        if self._link is None:
            self._link = asyncio.create_task(self._stay_linked())

    async def _stay_linked(self) -> None:
        failures = 0
        while True:
            began = self._clock.monotonic()
            try:
                async with self._listening() as connection:
                    self._back()
                    for bell in Bell:
                        self._here.ring(bell)
                    await self._say_what_rings(connection)
            except Exception as e:  # the boundary: whatever it was, the next connection may stand
                self._gone(e)
            if self._clock.monotonic() - began > STEADY_AFTER_S:
                failures = 0
            await self._clock.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            failures += 1

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        connection = await asyncpg.connect(**self._options, timeout=CONNECTS_WITHIN_S)
        try:
            connection.add_termination_listener(lambda _: self._stirred.set())
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await connection.add_listener(CHANNEL, self._heard)
            yield connection
        except Exception:  # it broke: a goodbye would wait for its answer
            connection.terminate()
            raise
        finally:
            with suppress(Exception):  # it may break just now
                await connection.close(timeout=LAST_WORD_S)

    def _heard(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        """Our own voice comes back too; a name we do not know is another version's."""
        bell = BY_NAME.get(str(payload))
        if bell is not None and pid != connection.get_server_pid():
            self._here.ring(bell)

    async def _say_what_rings(self, connection: asyncpg.Connection[Any]) -> None:
        """Until the connection breaks.

        Silence is broken by a question and not left to TCP keepalive: a kernel acknowledges
        for a server that hangs, and a proxy for one that is gone.
        """
        while True:
            try:
                async with asyncio.timeout(self._check_s):
                    await self._stirred.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=ANSWERS_WITHIN_S)
                continue
            self._stirred.clear()
            await self._say(connection)
            await self._clock.sleep(QUIET_S)

    async def _say(self, connection: asyncpg.Connection[Any]) -> None:
        bells, self._unsaid = self._unsaid, set()
        words = "; ".join(f"NOTIFY {CHANNEL}, '{bell.value}'" for bell in sorted(bells))
        try:
            await connection.execute(words or "SELECT 1", timeout=ANSWERS_WITHIN_S)
        except BaseException:
            self._unsaid |= bells
            raise
        if not self._unsaid:
            self._all_said.set()

    def _gone(self, error: Exception) -> None:
        if not self._away:  # the kind only: a message may quote the address and its password
            kind = type(error).__name__
            log.warning("bells: PostgreSQL is away (%s); work is found by polling", kind)
        self._away = True
        self._stirred.set()  # what is unsaid is said by the next connection

    def _back(self) -> None:
        if self._away:
            log.info("bells: PostgreSQL is back")
        self._away = False


def connect_options(url: str) -> dict[str, Any]:
    """What asyncpg.connect is given for an SQLAlchemy URL: as SQLAlchemy itself reads it."""
    parsed = make_url(url)
    _, options = parsed.get_dialect()().create_connect_args(parsed)
    plain = {name: value for name, value in options.items() if not name.startswith(_SQLALCHEMYS)}
    return plain | {"server_settings": {"application_name": "serai bells"}}


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel until it is heard: one that comes just as a connection is made may be lost."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=INSIST_S)
