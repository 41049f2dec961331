"""Processes of the demonstration: started, asked whether they are ready, stopped or killed."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

READY_WITHIN_S = 120.0
STOPPED_WITHIN_S = 60.0
POLL_S = 0.02
SPAN, SPANS = 500, range(20_000, 32_000, 500)  # of ports


class NotReady(Exception):
    """It ended, or took too long; the text holds the end of its log."""


class Process:
    """One command of ours with a log of its own. It can be started again after it ended."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, cwd: Path) -> None:
        self.name = name
        self.log = log
        self._command = [sys.executable, *command]
        self._cwd = cwd
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self, settings: Mapping[str, str]) -> None:
        """Begin; `ready` waits for it. settings: SERAI_… names without the prefix."""
        if self.alive:
            raise RuntimeError(f"{self.name} is running already")
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                cwd=self._cwd,
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the one who plays; it then stops the rest
            )

    def ready(self, answers: Callable[[], bool]) -> None:
        """Return when it *answers*. NotReady: it ended, or took too long."""
        try:
            wait_until(lambda: not self.alive or answers(), within_s=READY_WITHIN_S)
        except TimeoutError:
            self.kill()
        if not self.alive:
            raise NotReady(f"{self.name} did not come up; its log ends:\n{self.tail()}")

    def stop(self) -> int | None:
        """Ask it to end, and wait; kill it when it does not. Its exit code."""
        if self._running is None:
            return None
        if self.alive:
            self._running.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running.wait(STOPPED_WITHIN_S)
        return self.kill()

    def kill(self) -> int | None:
        """As in a power cut. Its exit code."""
        if self._running is None:
            return None
        self._running.kill()
        return self._running.wait()

    def tail(self, lines: int = 25) -> str:
        """The end of everything it ever logged."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours without any settings of a hub that is configured here, and with *settings*."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("SERAI_")}
    return inherited | {f"SERAI_{name.upper()}": value for name, value in settings.items()}


def wait_until(condition: Callable[[], object], *, within_s: float) -> None:
    """TimeoutError: *condition* was still false after *within_s*."""
    ends = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(POLL_S)


def free_port() -> int:
    """Below the ephemeral range, where a client of a stopped server could take its port.

    Each process draws from a span of its own, and gives none of its ports again before all the
    others: a port is not held before its server is there, nor while it is away.
    (Connecting to a closed ephemeral port can even succeed, to oneself.)
    """
    for port in itertools.islice(_own_ports(), SPAN - 1):
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"none of {SPAN - 1} ports is free")


@cache
def _own_ports() -> Iterator[int]:
    begins = _own_span()
    return itertools.cycle(random.sample(range(begins + 1, begins + SPAN), SPAN - 1))


def _own_span() -> int:
    """Where one begins that no other process has; any, once they all have one.

    Its first port is never given: who holds it has the span, until the process ends.
    """
    for begins in random.sample(SPANS, len(SPANS)):
        holding = socket.socket()
        try:
            holding.bind(("127.0.0.1", begins))
        except OSError:
            holding.close()
            continue
        atexit.register(holding.close)
        return begins
    return random.choice(SPANS)  # noqa: S311
