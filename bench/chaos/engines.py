"""What is struck: the hub's processes and the servers they need."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Postgres, Redis, running_postgres, running_redis

from bench.chaos.plan import Blow, Kind
from bench.peers.serai import House
from entrypoints.demo.house import ALL, SERAI
from entrypoints.demo.processes import POLL_S, Process, free_port

SERVES = re.compile(r"^Serai (works|serves)", re.MULTILINE)  # what it prints when it begins
READY_WITHIN_S = 30.0


class Engine:
    """The hub's processes that deliver, called workers here, and what they work on.

    crashed: how often a worker ended by itself after it had begun to work.
    """

    def __init__(
        self,
        house: House,
        workers: Sequence[Process],
        *,
        postgres: Postgres | None = None,
        redis: Redis | None = None,
    ) -> None:
        self.house, self.workers, self._redis = house, workers, redis
        servers = {Kind.KILL_POSTGRES: postgres, Kind.KILL_REDIS: redis}
        self._servers = {kind: server for kind, server in servers.items() if server is not None}
        self._begun = [0] * len(workers)
        self._felled: set[int] = set()
        self.crashed = 0

    def mind(self) -> None:
        """Start the workers that should run and do not, as a service manager would: the first
        time, and where one could not open its database because that was away."""
        for number, worker in enumerate(self.workers):
            if number not in self._felled and not worker.alive:
                began = self._times(number)
                self.crashed += began > self._begun[number]
                self._begun[number] = began
                worker.start(self.house.all_settings)

    def fell(self, blow: Blow) -> int | None:
        """Strike, as soon as the worker that it hits is one that works. The exit code of a
        worker that was told to stop."""
        if blow.worker is not None and self._waited(blow.worker):
            time.sleep(blow.works_s)
        if (server := self._servers.get(blow.kind)) is not None:
            server.kill()
        elif blow.kind is Kind.FLUSH_REDIS and self._redis is not None:
            self._redis.flush()
        if blow.worker is None:
            return None
        self._felled.add(blow.worker)
        worker = self.workers[blow.worker]
        code = worker.stop() if blow.kind is Kind.STOP_WORKER else worker.kill()
        self._begun[blow.worker] = self._times(blow.worker)
        return code

    def raise_again(self, blow: Blow) -> None:
        """Start what was felled; when this returns, a server answers."""
        if (server := self._servers.get(blow.kind)) is not None:
            server.start()
        self._felled -= {blow.worker}
        self.mind()

    def _waited(self, number: int) -> bool:
        """Until it works; False: it did already. TimeoutError: it never began."""
        ends, waited = time.monotonic() + READY_WITHIN_S, False
        while self._times(number) <= self._begun[number]:
            if time.monotonic() > ends:
                raise TimeoutError(f"{self.workers[number].name} did not begin")
            self.mind()
            time.sleep(POLL_S)
            waited = True
        return waited

    def _times(self, number: int) -> int:
        """How often it began to work."""
        return len(SERVES.findall(self.workers[number].tail(ALL)))


@contextmanager
def production(workers: int) -> Iterator[Engine]:
    """`serai worker`, several times, on PostgreSQL and Redis."""
    with running_postgres() as postgres, running_redis() as redis, _folder() as folder:
        house = House(postgres.database("chaos"), settings={"redis_url": redis.url})
        processes = [_process(folder, f"worker {n}", "worker") for n in range(workers)]
        with _ended(processes):
            yield Engine(house, processes, postgres=postgres, redis=redis)


@contextmanager
def embedded() -> Iterator[Engine]:
    """`serai serve` on SQLite: everything in one process."""
    with _folder() as folder:
        house = House(f"sqlite+aiosqlite:///{folder}/serai.db", settings={"data_dir": str(folder)})
        process = _process(folder, "worker 0", "serve", "--port", str(free_port()))
        with _ended([process]):
            yield Engine(house, [process])


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="serai-") as folder:
        yield Path(folder)


def _process(folder: Path, name: str, *command: str) -> Process:
    log = folder / f"{name.replace(' ', '-')}.log"
    return Process(name, [*SERAI, *command], log=log, cwd=Path.cwd())


@contextmanager
def _ended(processes: Sequence[Process]) -> Iterator[None]:
    """However the play ends. One that failed shows what everybody logged."""
    try:
        yield
    except BaseException:
        for process in processes:
            print(f"--- {process.name}\n{process.tail(60)}")
        raise
    finally:
        for process in processes:
            process.stop()
