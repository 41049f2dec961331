"""A process under measurement: its log, its end, and the CPU it used."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

READY_WITHIN_S = 30.0
STOPPED_WITHIN_S = 20.0


class Program:
    """One running command. Everything it prints is kept and shown when it fails."""

    def __init__(self, popen: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._popen, self._log = popen, log

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def cpu_s(self) -> float:
        """User and system seconds of the process so far, 0 when it has ended."""
        try:
            times = psutil.Process(self.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)

    def output(self) -> str:
        return Path(self._log.name).read_text("utf-8", "replace")

    def wait_until(self, ready: Callable[[], bool], within_s: float = READY_WITHIN_S) -> None:
        """RuntimeError: it ended, or *ready* was still false after *within_s*."""
        ends = time.monotonic() + within_s
        while not ready():
            if not self.alive or time.monotonic() > ends:
                raise RuntimeError(f"{self._popen.args!r} failed:\n{self.output()[-3000:]}")
            time.sleep(0.005)

    def finished(self, within_s: float) -> str:
        """What it printed. RuntimeError: it failed or took longer."""
        try:
            code = self._popen.wait(within_s)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0:
            raise RuntimeError(f"{self._popen.args!r} failed:\n{self.output()[-3000:]}")
        return self.output()

    def stop(self) -> None:
        """Ask it to end; end it when it does not."""
        if self.alive:
            self._popen.terminate()
            try:
                self._popen.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()


@contextmanager
def program(
    command: Sequence[str], *, settings: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Program]:
    """*command* while the block runs. settings: SERAI_… names without the prefix."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("SERAI_")}
    ours = {f"SERAI_{name.upper()}": value for name, value in (settings or {}).items()}
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        popen = subprocess.Popen(
            command,
            env=inherited | ours,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the one who measures
        )
        running = Program(popen, log)
        try:
            yield running
        finally:
            running.stop()
