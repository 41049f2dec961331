"""Serving an ASGI application on a socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from entrypoints.bootstrap import BadSetting

DRAIN_S = 20
HEAD_MAX = 64 * 1024
LINGER_S = 2.0
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedHead(HttpToolsProtocol):
    """Cuts off a request whose head goes on beyond HEAD_MAX: uvicorn gathers it without end.

    Whoever still sends is told so first: closed at once, with bytes unread, the connection would
    be reset, and the answer lost on its way. So what comes is let go by until the other side has
    hung up, for LINGER_S at most.
    """

    _in_head = True
    _gathered = 0
    _cut_off = False

    def data_received(self, data: bytes) -> None:
        if self._cut_off:
            return
        self._gathered += len(data) if self._in_head else 0
        super().data_received(data)
        if self._gathered > HEAD_MAX and not self.transport.is_closing():
            self._cut_off = True
            self.transport.write(_TOO_LARGE)
            self.loop.call_later(LINGER_S, self.transport.close)

    def on_headers_complete(self) -> None:
        self._in_head, self._gathered = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()


class Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again, before we have closed the hub."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run *main* on uvloop until it ends by itself or is told to stop."""
    uvloop.run(main)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. BadSetting: it is in use or not ours."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as e:
        why = (e.strerror or "no such address").lower()
        raise BadSetting(
            f"Cannot listen on {host} port {port}: {why}. Choose another by --port."
        ) from None


def address(host: str, sock: socket.socket) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104
    shown = f"[{shown}]" if ":" in shown else shown
    return f"http://{shown}:{sock.getsockname()[1]}"


async def serve_asgi(
    app: Any, sock: socket.socket, until: asyncio.Event, *, drain_s: int = DRAIN_S
) -> None:
    """Serve *app* on *sock*; after *until* is set, answer what was asked already, and end."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHead,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=drain_s,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve([sock]))
    stopping = asyncio.create_task(until.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


@asynccontextmanager
async def told_to_stop() -> AsyncIterator[asyncio.Event]:
    """Set by SIGTERM and by the first Ctrl-C; a second Ctrl-C does not wait."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def serve_alone(app: Any, sock: socket.socket) -> None:
    async with told_to_stop() as stop:
        await serve_asgi(app, sock, stop, drain_s=1)  # a fault may hold a request for ever
