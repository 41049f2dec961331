"""The partner: one process that is never killed, with a port for each endpoint.

    python -m bench.chaos.receiver SCRIPT

It verifies each message with the library `standardwebhooks`, behaves as the plan wants, and
remembers each request that it read. GET /NUMBER at its control port gives the receipts from
that number on. A request counts as read, and is judged, once it is whole; then a receiver
that was killed would have had it too.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import sys
import time
from typing import Any

import httptools
import msgspec
import uvloop
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bench.chaos.plan import Mood, Whim
from bench.chaos.script import FORGED, Receipt, Script, Stand, read

# Any request, at any time: one in so many of each.
NOW_AND_THEN = {
    Mood.SLOW: 50,
    Mood.FAILS: 200,
    Mood.BUSY: 1000,
    Mood.HANGS_UP: 200,
    Mood.RESETS: 200,
}
THINKS_S = (0.0, 0.1)
SLOW_S = (0.3, 1.5)
_ANSWER = "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{more}\r\n{body}"
_STATUS = {Mood.FAILS: "500 No", Mood.BUSY: "429 Busy", FORGED: "401 Forged"}
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, by a reset


class _Told(msgspec.Struct):
    subject: str
    sequence: int


class Book:
    """What was received, in the order it was read."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.chance = random.Random(script.plan.seed)
        self.receipts: list[Receipt] = []

    def enter(self, endpoint: int, event: str, raw: bytes, said: str) -> Receipt:
        told = msgspec.json.decode(raw, type=_Told)
        number, taken = len(self.receipts), said in (Mood.WELL, Mood.SLOW)
        receipt = Receipt(
            number, endpoint, event, told.subject, told.sequence, time.time(), taken, said
        )
        self.receipts.append(receipt)
        return receipt

    def mood(self, endpoint: int) -> Mood:
        now = self.script.now_s()
        for whim in self.script.plan.whims:
            if whim.endpoint == endpoint and whim.from_s <= now < whim.until_s:
                return whim.mood
        for mood, one_in in NOW_AND_THEN.items():
            if self.chance.random() * one_in < 1:
                return mood
        return Mood.WELL


class Visit(asyncio.Protocol):
    """One connection. door None: the control port."""

    def __init__(self, book: Book, door: Door | None = None) -> None:
        self._book, self._door = book, door
        self._parser = httptools.HttpRequestParser(self)
        self._headers: dict[str, str] = {}
        self._raw, self.answering = b"", 0

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        if self._door:
            self._door.visits.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        if self._door:
            self._door.visits.discard(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self._raw += body

    def on_message_complete(self) -> None:
        raw, headers = self._raw, self._headers
        self._raw, self._headers = b"", {}
        if self._door is None:
            told = self._book.receipts[int(self._url[1:]) :]
            self._write("200 OK", msgspec.json.encode(told).decode())
        else:
            self._judge(self._door, raw, headers)

    def _judge(self, door: Door, raw: bytes, headers: dict[str, str]) -> None:
        try:
            door.webhook.verify(raw, headers)
            said: str = self._book.mood(door.number)
        except WebhookVerificationError:
            said = FORGED
        receipt = self._book.enter(door.number, headers["webhook-id"], raw, said)
        if said == Mood.HANGS_UP:
            self.transport.close()
        elif said in (Mood.RESETS, Mood.REFUSES):
            self._reset()
        elif receipt.taken:
            self._take(receipt)
        else:
            self._write(_STATUS[said], "", "retry-after: 1\r\n" if said == Mood.BUSY else "")

    def _take(self, receipt: Receipt) -> None:
        """It was taken when it was read, however long the answer takes."""
        span = SLOW_S if receipt.said == Mood.SLOW else THINKS_S
        self.answering += 1
        later = asyncio.get_running_loop().call_later
        later(self._book.chance.uniform(*span), self._yes, receipt.number)

    def _yes(self, number: int) -> None:
        self.answering -= 1
        self._write("200 OK", f"receipt {number}")

    def _write(self, status: str, body: str, more: str = "") -> None:
        if not self.transport.is_closing():
            answer = _ANSWER.format(status=status, length=len(body), more=more, body=body)
            self.transport.write(answer.encode())

    def _reset(self) -> None:
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _RESET
        )
        self.transport.abort()


class Door:
    """The port of one endpoint."""

    def __init__(self, book: Book, number: int, stand: Stand) -> None:
        self.book, self.number, self._port = book, number, stand.port
        self.webhook = Webhook(stand.secret)
        self.visits: set[Visit] = set()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Visit(self.book, self), "127.0.0.1", self._port, backlog=1024
        )

    def close(self) -> None:
        """Nobody comes in; who waits for an answer gets it."""
        self._server.close()
        for visit in list(self.visits):
            if not visit.answering:
                visit.transport.close()

    async def live_out(self, whim: Whim) -> None:
        script = self.book.script
        await asyncio.sleep(whim.from_s - script.now_s())
        lasts = whim.until_s - whim.from_s
        script.say(f"receiver {self.number} {whim.mood} for {lasts:.1f} s")
        if whim.mood is Mood.REFUSES:
            self.close()
            await asyncio.sleep(lasts)
            await self.open()


async def main(script: Script) -> None:
    book, loop = Book(script), asyncio.get_running_loop()
    doors = [Door(book, number, stand) for number, stand in enumerate(script.stands)]
    for door in doors:
        await door.open()
    await loop.create_server(lambda: Visit(book), "127.0.0.1", script.control)
    async with asyncio.TaskGroup() as group:
        for whim in script.plan.whims:
            group.create_task(doors[whim.endpoint].live_out(whim))
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(read(sys.argv[1])))
