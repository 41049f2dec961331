"""A sender, names that lead where a test says, and servers that say what a test says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from adapters.webhook_sender.egress import allow_list
from adapters.webhook_sender.sender import HttpWebhookSender
from core.domain.webhooks.delivery import Sent
from ports.webhook_sender import WebhookSender
from tests.patience import PATIENCE_S, until
from tests.wire_http.server import Peer, Script

LOOPBACK = allow_list(["127.0.0.0/8"])
HEADERS = {"content-type": "application/json", "webhook-id": "evt_1"}
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Names:
    """Answers each question with the next of *addresses*, and the last one for ever."""

    def __init__(self, *addresses: str) -> None:
        self._answers = list(addresses)
        self.asked = 0

    async def addresses(self, host: str) -> list[str]:
        self.asked += 1
        ips = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if not ips:
            raise OSError("no such name")
        return ips.split()

    async def aclose(self) -> None:
        pass


class Hangs(Names):
    async def addresses(self, host: str) -> list[str]:
        await asyncio.sleep(2 * PATIENCE_S)
        raise OSError("no such name")


async def post(
    sender: WebhookSender, url: str, deadline_s: float = PATIENCE_S, raw: bytes = b'{"a":1}'
) -> Sent:
    return await sender.send(url, HEADERS, raw, deadline_s=deadline_s)


def url_of(port: int, path: str = "/") -> str:
    return f"http://127.0.0.1:{port}{path}"


def saying(head: bytes, body: bytes = b"") -> Script:
    """Answers every request with *head* (a status line's rest, and headers) and *body*."""
    return raw(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n%b" % (head, len(body), body))


def raw(answer: bytes) -> Script:
    """Says exactly *answer* to every request on a connection."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(answer)

    return script


def once(*parts: bytes, hang: bool = False) -> Script:
    """Says *parts* with pauses between them to the first request, then hangs up, or hangs."""

    async def script(peer: Peer) -> None:
        await peer.request()
        for part in parts:
            await peer.say(part)
            await asyncio.sleep(0.02)
        if hang:
            await asyncio.sleep(2 * PATIENCE_S)

    return script


async def holds(sender: HttpWebhookSender, count: int) -> bool:
    """Does *sender* have *count* connections, busy and idle? Closing takes the loop a moment."""
    with contextlib.suppress(TimeoutError):
        await until(lambda: len(sender._pool.open) == count)
    return len(sender._pool.open) == count


@contextlib.asynccontextmanager
async def in_thread(serve: Callable[[socket.socket], None]) -> AsyncIterator[int]:
    """Run *serve* on a listening socket, with blocking calls, apart from the loop; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        thread = threading.Thread(target=serve, args=[listener], daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        await asyncio.to_thread(thread.join, PATIENCE_S)
        assert not thread.is_alive()


def sockets() -> int:
    """How many sockets this process has."""
    found = 0
    for fd in Path("/proc/self/fd").iterdir():
        try:
            found += os.readlink(fd).startswith("socket:")
        except FileNotFoundError:
            continue
    return found
