"""A server that misbehaves exactly as told, and counts what reached it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable


class Peer:
    """One connection as the server sees it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.server = server

    async def request(self) -> bytes:
        """Read one whole request and count it; its head. IncompleteReadError at the end."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.server.count(head)
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await self.reader.readexactly(int(length[1]) if length else 0)
        return head

    async def begun(self) -> None:
        """Read only the first bytes of a request, and count it."""
        self.server.count(await self.reader.readexactly(10))

    async def say(self, data: bytes) -> None:
        if self.writer.is_closing():  # uvloop would raise what no OSError is
            raise ConnectionResetError("the other side has gone")
        self.writer.write(data)
        await self.writer.drain()

    async def ok(self, body: bytes = b"{}", head: bytes = b"") -> None:
        await self.say(
            b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n" % (head, len(body)) + body
        )

    def reset(self) -> None:
        """Hang up the hard way: the client's socket sees ECONNRESET."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


class Server:
    """seen: the head of each request that reached it; arrived: the same, to wait for."""

    def __init__(self) -> None:
        self.port = 0
        self.seen: list[bytes] = []
        self.arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self.connections = 0

    def count(self, head: bytes) -> None:
        self.seen.append(head)
        self.arrived.put_nowait(head)


@contextlib.asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Run *script* for every connection; when it returns, the connection is closed."""
    state = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        state.connections += 1
        try:
            with contextlib.suppress(OSError, EOFError):
                await script(Peer(reader, writer, state))
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
