"""Serai as it is run: a worker on PostgreSQL, or everything in one process on SQLite."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from tests.servers import Postgres

from bench.peers import stock
from bench.peers.contender import IN_FLIGHT, WITHIN_S, Round, measured
from bench.peers.program import Program, program
from bench.peers.sink import Sink
from core.application.hub import Hub
from core.domain.webhooks.partner import IN_FLIGHT_MAX
from entrypoints.bootstrap import open_hub
from entrypoints.demo.processes import free_port
from entrypoints.settings import Settings

ENDPOINTS = 20
WORKER = ("-m", "entrypoints.cli", "worker")
UNRULED = ("-m", "bench.peers.unruled")
_TIDYING = {"postgresql": ("VACUUM ANALYZE", "CHECKPOINT"), "sqlite": ("ANALYZE",)}
_LAST_SETTLED = {
    True: "SELECT (julianday(max(settled_at)) - 2440587.5) * 86400 FROM delivery",
    False: "SELECT extract(epoch FROM max(settled_at)) FROM delivery",
}
T = TypeVar("T")
KEY = base64.b64encode(secrets.token_bytes(32)).decode("ascii")


@dataclass(frozen=True)
class House:
    """A database of the hub's, and how Python starts its process. settings: without SERAI_."""

    url: str
    command: tuple[str, ...] = WORKER
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_settings(self) -> dict[str, str]:
        given = {"database_url": self.url, "encryption_keys": KEY, "log_level": "warning"}
        given |= {"egress_allow": "127.0.0.0/8", "deliveries_in_flight": str(IN_FLIGHT)}
        return given | dict(self.settings)

    def by_hub(self, work: Callable[[Hub], Awaitable[T]]) -> T:
        """What *work* returns, done by a hub opened here for it."""

        async def opened() -> T:
            given: Any = self.all_settings
            async with open_hub(Settings(**given)) as hub:
                return await work(hub)

        return asyncio.run(opened())

    def ask(self, question: str) -> Any:
        """One value from the database."""

        async def asked() -> Any:
            engine = create_async_engine(self.url)
            async with engine.connect() as conn:
                answer = (await conn.execute(sa.text(question))).scalar_one()
            await engine.dispose()
            return answer

        return asyncio.run(asked())

    def furnish(self, sink_url: str) -> str:
        """An agency, and a partner with ENDPOINTS endpoints at the sink; the partner."""
        urls = [f"{sink_url}/hook/{n}" for n in range(ENDPOINTS)]
        return self.by_hub(lambda hub: stock.furnish(hub, "Busy", urls))

    def fill(self, partner: str, deliveries: int, *, salt: int) -> str:
        """So many due deliveries of *partner*; the event that the others are copies of."""
        event = self.by_hub(lambda hub: stock.record_one(hub, partner))
        asyncio.run(stock.multiply(self.url, event, deliveries, salt=salt))
        self.tidy()
        return event

    def season(self, partner: str) -> str:
        """Deliver to each endpoint of *partner* until it is trusted with all it may have at
        once, as one is that has been there for a while; the event that was multiplied for it."""
        event = self.fill(partner, 2 * ENDPOINTS * IN_FLIGHT_MAX, salt=0)
        with self.working() as worker:
            self.when_settled(worker)
        return event

    def tidy(self) -> None:
        """What the database would have done by itself in time, so that it does not do it now."""

        async def tidied() -> None:
            engine = create_async_engine(self.url, isolation_level="AUTOCOMMIT")
            async with engine.connect() as conn:
                for step in _TIDYING[engine.dialect.name]:
                    await conn.execute(sa.text(step))
            await engine.dispose()

        asyncio.run(tidied())

    @contextlib.contextmanager
    def working(self) -> Iterator[Program]:
        """The hub's process that delivers."""
        command = [sys.executable, *self.command]
        with program(command, settings=self.all_settings) as running:
            yield running

    def when_settled(self, worker: Program) -> float:
        """Waits until no delivery is open; the unix time at which the last was settled."""
        worker.wait_until(lambda: self.ask("SELECT count(*) FROM pending") == 0, WITHIN_S)
        return float(self.ask(_LAST_SETTLED[self.url.startswith("sqlite")]))


@dataclass
class SeraiPostgres:
    """One worker process on PostgreSQL, every rule on.

    finished: so many settled deliveries lie in the tables, with their attempts. Without them
    each round has a database of its own.
    """

    postgres: Postgres
    deliveries: int
    finished: int = 0
    _kept: House | None = None
    _partner: str = ""
    _rounds: int = 0

    @property
    def name(self) -> str:
        return f"Serai, PostgreSQL{f', {self.finished:,} finished' if self.finished else ''}"

    def round(self, sink: Sink) -> Round:
        self._rounds += 1
        if self._kept is None:
            self._kept = self._prepared(sink)
        house, fresh = self._kept, f"round_{self._rounds}"
        if not self.finished:
            house = House(self.postgres.database(fresh, "serai_0"))
        house.fill(self._partner, self.deliveries, salt=self._rounds)
        found = measured(sink, house.working(), self.deliveries, house.when_settled)
        self.postgres.drop(fresh)
        return found

    def _prepared(self, sink: Sink) -> House:
        house = House(self.postgres.database(f"serai_{self.finished}"))
        self._partner = house.furnish(sink.url)
        event = house.season(self._partner)
        if self.finished:
            asyncio.run(stock.multiply(house.url, event, self.finished, salt=self._rounds))
            self._rounds += 1
        return house


@dataclass
class SeraiSqlite:
    """`serai serve` on SQLite, everything in one process."""

    deliveries: int
    name: str = "Serai, SQLite"

    def round(self, sink: Sink) -> Round:
        with tempfile.TemporaryDirectory(prefix="serai-") as folder:
            url, port = f"sqlite+aiosqlite:///{folder}/serai.db", free_port()
            house = House(
                url, ("-m", "entrypoints.cli", "serve", "--port", str(port)), {"data_dir": folder}
            )
            partner = house.furnish(sink.url)
            house.season(partner)
            house.fill(partner, self.deliveries, salt=1)
            return measured(sink, house.working(), self.deliveries, house.when_settled)
