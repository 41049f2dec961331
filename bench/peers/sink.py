"""Where every contender sends to: a receiver that costs as little as can be.

nginx where it is installed, else a bare protocol on uvloop, a process of its own:

    python -m bench.peers.sink PORT

What the second does depends on the path: /seen/… remembers when each webhook-id arrived,
/after/<ms>… answers late, /flap/<s>… refuses every other span of so many seconds, anything
else is answered 204 at once. GET /_handled and GET /_seen tell of it.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from bench.peers.program import Program, program
from entrypoints.demo.processes import free_port

_YES = b"HTTP/1.1 204 No Content\r\n\r\n"
_NO = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
_NGINX = """daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location = /_handled {{ stub_status; }}
    location / {{ return 204; }} }} }}
"""


class Sink:
    """A running sink, as the measuring side sees it. kind: `nginx` or `uvloop`."""

    def __init__(self, kind: str, port: int, running: Program) -> None:
        self.kind, self.url = kind, f"http://127.0.0.1:{port}"
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._asked, self._began = 0, 0
        running.wait_until(self._answers)
        self.reset()

    def handled(self) -> int:
        """Requests answered since the last reset, these questions apart."""
        return self._counted() - self._began

    def reset(self) -> None:
        self._began = self._counted()

    def seen(self) -> dict[str, list[float]]:
        """Unix times at which each webhook-id arrived; forgotten with this. Only `uvloop`."""
        found: dict[str, list[float]] = json.loads(self._get("/_seen"))
        return found

    def _counted(self) -> int:
        answer = self._get("/_handled").split()
        self._asked += 1
        return int(answer[9]) - self._asked if self.kind == "nginx" else int(answer[0])

    def _get(self, path: str) -> str:
        self._http.request("GET", path)
        return self._http.getresponse().read().decode()

    def _answers(self) -> bool:
        try:
            self._counted()
        except OSError:
            self._http.close()
            return False
        return True


@contextmanager
def running_sink(*, recording: bool = False) -> Iterator[Sink]:
    """recording: one that remembers arrivals and can be slow, which nginx cannot."""
    port, nginx = free_port(), None if recording else shutil.which("nginx")
    with tempfile.TemporaryDirectory(prefix="sink-") as folder:
        command = [sys.executable, "-m", "bench.peers.sink", str(port)]
        if nginx:
            config = Path(folder) / "nginx.conf"
            config.write_text(_NGINX.format(folder=folder, port=port))
            Path(folder).chmod(0o755)  # its worker is another user when we are root
            command = [nginx, "-c", str(config), "-e", f"{folder}/error.log"]
        with program(command) as running:
            yield Sink("nginx" if nginx else "uvloop", port, running)


class Receiver(asyncio.Protocol):
    """One connection. Requests may come in pieces, and several at once."""

    handled = 0
    seen: dict[str, list[float]] = {}  # noqa: RUF012 - of all connections

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.WriteTransport = transport
        self._rest, self._first_byte = b"", 0.0

    def data_received(self, data: bytes) -> None:
        if not self._rest:
            self._first_byte = time.time()
        data = self._rest + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end].lower()
            whole = end + 4 + int(_field(head, b"content-length") or 0)
            if len(data) < whole:
                break
            self._answer(head)
            data = data[whole:]
        self._rest = data

    def _answer(self, head: bytes) -> None:
        path = head[head.index(b" ") + 1 : head.index(b" http/")]
        if path.startswith(b"/_"):
            return self._tell(path)
        Receiver.handled += 1
        if path.startswith(b"/seen/"):
            id = _field(head, b"webhook-id").decode()
            Receiver.seen.setdefault(id, []).append(self._first_byte)
        elif path.startswith(b"/after/"):
            wait_s = int(path.split(b"/")[2]) / 1000
            asyncio.get_running_loop().call_later(wait_s, self._transport.write, _YES)
            return None
        elif path.startswith(b"/flap/") and int(time.time() / int(path.split(b"/")[2])) % 2:
            return self._transport.write(_NO)
        return self._transport.write(_YES)

    def _tell(self, path: bytes) -> None:
        if path == b"/_seen":
            told, Receiver.seen = json.dumps(Receiver.seen), {}
        else:
            told = str(Receiver.handled)
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(told))
        self._transport.write(told.encode())


def _field(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    end = head.find(b"\r\n", start + 2)
    return head[start + len(name) + 3 : end if end >= 0 else None].strip()


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        Receiver, "127.0.0.1", port, backlog=4096
    )
    gc.freeze()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
