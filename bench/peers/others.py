"""The contenders that are not Serai, each with its own queue or none."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.peers.bare import PACKAGES
from bench.peers.contender import IN_FLIGHT, Absent, Round, measured, printed
from bench.peers.program import program
from bench.peers.sink import Sink

BULLMQ = Path(__file__).parent / "bullmq"
PYREQWEST = "pyreqwest==0.15.1"
INSTALL_WITHIN_S = 120.0


@dataclass(frozen=True)
class Bare:
    """An HTTP client in a loop, without any database."""

    client: str
    deliveries: int

    @property
    def name(self) -> str:
        return f"bare {self.client}"

    def round(self, sink: Sink) -> Round:
        if self.client == "pyreqwest":
            _install_pyreqwest()
        what = [self.client, f"{sink.url}/hook", str(self.deliveries), str(IN_FLIGHT)]
        running = program([sys.executable, "-m", "bench.peers.bare", *what])
        return measured(sink, running, self.deliveries, printed)


@dataclass(frozen=True)
class BullMq:
    """BullMQ's worker with undici."""

    redis: str
    deliveries: int
    name: str = "BullMQ, undici"

    def round(self, sink: Sink) -> Round:
        _install_bullmq()
        given, target = [self.redis, str(self.deliveries)], f"{sink.url}/hook"
        with program(["node", "seed.mjs", *given, target], cwd=BULLMQ) as seeding:
            seeding.finished(INSTALL_WITHIN_S)
        command = ["node", "worker.mjs", *given, str(IN_FLIGHT), target]
        return measured(sink, program(command, cwd=BULLMQ), self.deliveries, printed)


@dataclass(frozen=True)
class Arq:
    """arq's worker with one httpx client."""

    redis: str
    deliveries: int
    name: str = "arq, httpx"

    def round(self, sink: Sink) -> Round:
        peer = [sys.executable, "-m", "bench.peers.arq_httpx"]
        given = [self.redis, str(self.deliveries), str(IN_FLIGHT), f"{sink.url}/hook"]
        with program([*peer, "seed", *given]) as seeding:
            seeding.finished(INSTALL_WITHIN_S)
        return measured(sink, program([*peer, "work", *given]), self.deliveries, printed)


def _install_bullmq() -> None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Absent("node and npm are not installed")
    if not (BULLMQ / "node_modules" / "bullmq").is_dir():
        quiet = ["--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
        _install(["npm", "install", *quiet], BULLMQ)


def _install_pyreqwest() -> None:
    if not (PACKAGES / "pyreqwest").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        if importlib.util.find_spec("pip") is None:
            raise Absent("pip is not installed")
        _install([*pip, "--target", str(PACKAGES), PYREQWEST], PACKAGES.parent)


def _install(command: list[str], where: Path) -> None:
    """Absent: it did not come, for whatever reason."""
    try:
        done = subprocess.run(
            command, cwd=where, capture_output=True, timeout=INSTALL_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise Absent(f"`{command[0]} install` took too long") from None
    if done.returncode != 0:
        raise Absent(f"`{command[0]} install` failed")
