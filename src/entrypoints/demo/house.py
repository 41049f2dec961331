"""The demonstration's four parties: the hub, its worker, the vendors' sandbox, a partner."""

from __future__ import annotations

import base64
import re
import secrets
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from entrypoints.demo.processes import NotReady, Process, free_port

SERAI = ("-m", "entrypoints.cli")
WORKING = "Serai works"  # what a worker prints when it begins
ALL = 1_000_000
_KEY = re.compile(r"admin key\s+(serai_test_\w+)")
_ENTITY = re.compile(r"legal entity\s+(ent_\w+)")


class House:
    """Everything on 127.0.0.1, in a folder of its own. Ports stay the same over restarts.

    settings: of the hub and its worker, SERAI_… names without the prefix.
    postgres, redis: the production engines; without them SQLite and one process.
    """

    def __init__(
        self,
        *,
        postgres: str | None = None,
        redis: str | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="serai-demo-"))
        self.settings = _settings(self.folder, postgres, redis) | (settings or {})
        self.engines = "PostgreSQL and Redis" if postgres else "SQLite"
        self._port, self._sandbox_port, self._receiver_port = (free_port() for _ in range(3))
        self.settings["public_url"] = self.hub_url
        self.hub = self._process("hub", *SERAI, "serve", "--port", str(self._port))
        self.worker = self._process("worker", *SERAI, "worker") if postgres else None
        self.sandbox = self._process(
            "sandbox", *SERAI, "sandbox", "--port", str(self._sandbox_port)
        )
        self.receiver = self._process(
            "receiver", "-m", "entrypoints.demo.receiver", str(self._receiver_port)
        )
        self._http = httpx.Client(timeout=5, trust_env=False)

    @property
    def hub_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self._sandbox_port}"

    @property
    def receiver_url(self) -> str:
        return f"http://127.0.0.1:{self._receiver_port}"

    @property
    def processes(self) -> list[Process]:
        every = (self.hub, self.worker, self.sandbox, self.receiver)
        return [process for process in every if process is not None]

    @property
    def admin_key(self) -> str:
        """As the hub's first run printed it."""
        return self._printed(_KEY)

    @property
    def entity(self) -> str:
        return self._printed(_ENTITY)

    def open(self) -> None:
        """Start everything at once. NotReady: one of them did not come up."""
        self.sandbox.start({})
        self.receiver.start({})
        self.hub.start(self.settings)
        self._hub_answers()
        self.sandbox.ready(lambda: self._answers(f"{self.sandbox_url}/"))
        self.receiver.ready(lambda: self._answers(f"{self.receiver_url}/"))
        self.start_worker()

    def start_hub(self) -> None:
        self.hub.start(self.settings)
        self._hub_answers()

    def start_worker(self) -> None:
        """After the hub, whose first run makes the agency."""
        if self.worker is None:
            return
        before = self.worker.tail(ALL).count(WORKING)
        self.worker.start(self.settings)
        tail = self.worker.tail
        self.worker.ready(lambda: tail(ALL).count(WORKING) > before)

    def _hub_answers(self) -> None:
        self.hub.ready(lambda: self._answers(f"{self.hub_url}/readyz"))

    def close(self) -> None:
        """Stop everything and leave nothing behind."""
        for process in self.processes:
            process.stop()
        self._http.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.open()
        except NotReady:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _process(self, name: str, *command: str) -> Process:
        return Process(name, command, log=self.folder / f"{name}.log", cwd=self.folder)

    def _answers(self, url: str) -> bool:
        try:
            return self._http.get(url).status_code == 200
        except httpx.TransportError:
            return False

    def _printed(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.hub.log.read_text("utf-8"))
        if found is None:
            raise NotReady(f"the hub's first run printed no {pattern.pattern.split(chr(92))[0]}")
        return found.group(1)


def _settings(folder: Path, postgres: str | None, redis: str | None) -> dict[str, str]:
    settings = {
        "data_dir": str(folder / "var"),
        "egress_allow": '["127.0.0.0/8"]',
        "queues_every_s": "2",  # nobody who watches waits for a minute
    }
    if postgres is not None:
        settings |= {"database_url": postgres, "encryption_keys": _key()}
    if redis is not None:
        settings["redis_url"] = redis
    return settings


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")
