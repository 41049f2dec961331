"""A vendor's webhooks going out: doubled, held back, late, out of order, tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import httpx
import msgspec

from adapters._kit.transport import AioTransport


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where messages go, and the secret they are signed with. url "" sends none."""

    url: str = ""
    secret: str = ""


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """copies: how often each message is sent. hold: keep messages until they are released.

    retries_s: waits before each repeat of a message that got no 2xx.
    """

    copies: int = 1
    hold: bool = False
    delay_ms: int = 0
    retries_s: tuple[float, ...] = (0.5, 2.0, 5.0, 10.0, 20.0, 40.0)  # a hub may be starting anew


class Message(msgspec.Struct, frozen=True):
    """id: by which it is sent again. url: where to, instead of the target's."""

    id: str
    type: str
    raw: bytes
    url: str = ""


class Sent(msgspec.Struct, frozen=True):
    """One attempt. status: None when there was no answer."""

    event: str
    type: str
    status: int | None


Sign = Callable[[Target, bytes], Mapping[str, str]]


class Sending:
    """target, manner: change them at any time. messages: all there were, oldest first.

    sign: the headers of one attempt. transport: None makes one of its own; aclose closes it
    either way.
    """

    def __init__(self, sign: Sign, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.target = Target()
        self.manner = Manner()
        self.messages: list[Message] = []
        self.sent: list[Sent] = []
        self._sign = sign
        self._held: list[Message] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport = transport
        self._opened: httpx.AsyncClient | None = None

    def post(self, message: Message) -> None:
        """Send it, or hold it."""
        self.messages.append(message)
        if self.manner.hold:
            self._held.append(message)
        else:
            self._begin(message)

    def release(self, *, reverse: bool = False) -> int:
        """Send what was held, newest first if *reverse*; how many there were."""
        held, self._held = self._held, []
        for message in reversed(held) if reverse else held:
            self._begin(message)
        return len(held)

    def resend(self, id: str) -> None:
        """LookupError: there is no such message."""
        found = [m for m in self.messages if m.id == id]
        self._begin(found[0])

    async def settled(self) -> None:
        """Return when nothing is on its way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._opened is not None:
            await self._opened.aclose()

    def _begin(self, message: Message) -> None:
        if not (message.url or self.target.url):
            return
        for _ in range(self.manner.copies):
            task = asyncio.get_running_loop().create_task(
                self._deliver(message, self.target, self.manner)
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, message: Message, target: Target, manner: Manner) -> None:
        await asyncio.sleep(manner.delay_ms / 1000)
        for wait in (*manner.retries_s, None):
            status = await self._post(message, target)
            self.sent.append(Sent(message.id, message.type, status))
            if wait is None or (status is not None and 200 <= status < 300):
                return
            await asyncio.sleep(wait)

    async def _post(self, message: Message, target: Target) -> int | None:
        url = message.url or target.url
        headers = {"content-type": "application/json", **self._sign(target, message.raw)}
        try:
            async with asyncio.timeout(10):
                answer = await self._client().post(url, content=message.raw, headers=headers)
        except (httpx.HTTPError, TimeoutError):
            return None
        return answer.status_code

    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            self._opened = httpx.AsyncClient(transport=self._transport or AioTransport())
        return self._opened
