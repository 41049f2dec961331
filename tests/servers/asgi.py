"""An ASGI application on a real socket, in the test's own loop; up and down within a millisecond."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from socket import AF_INET, IPPROTO_TCP, SOCK_STREAM, socket
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    """Told to stop, it stops: uvicorn itself looks only ten times a second, then waits once more."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up, self.told_to_stop = asyncio.Event(), asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)  # which makes the headers of every answer
        await self.told_to_stop.wait()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Nobody is waited for: a fault may hold a request for ever."""
        for server in self.servers:
            server.close()
        hanging = list(self.server_state.tasks)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        while self.server_state.connections:
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)  # when it is told that it was lost

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # Ctrl-C is for the tests


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """*app* on a loopback port of its own; yields its address."""
    # The protocol named: else asyncio leaves Nagle's algorithm on, 40 ms for every answer.
    with socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, interface="asgi3", lifespan="off", ws="none", log_config=None, access_log=False
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        await server.up.wait()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.told_to_stop.set()
            await running
