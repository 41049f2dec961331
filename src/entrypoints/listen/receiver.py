"""The receiver itself, as an ASGI application: one webhook in, one answer out, one thing told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from core.domain.event import EventBody
from core.domain.secret import Secret
from core.domain.webhooks.diagnosis import Diagnosis, Known, Received, diagnose
from core.domain.webhooks.partner import SigningSecret
from entrypoints.listen.ledger import Came, Ledger

LARGEST = 1024 * 1024
NOT_GENUINE = 400
AWAY = 503
FORWARD_S = 15.0
_HOP = frozenset({b"host", b"connection", b"content-length", b"transfer-encoding", b"keep-alive"})
_PASSED_BACK = ("content-type", "retry-after")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]


class Answer(msgspec.Struct, frozen=True):
    """of: who gave it, "" for the listener itself. fault: why the app gave none."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    of: str = ""
    fault: str = ""


class Heard(msgspec.Struct, frozen=True):
    """One request, as it is told. event: None, it does not verify, or holds no event of ours."""

    method: str
    path: str
    diagnosis: Diagnosis | None
    event: EventBody | None
    came: Came | None
    answer: Answer
    elapsed_ms: int


class Manner(msgspec.Struct, frozen=True):
    """How it answers. answer: to what verifies. delay_s: before it. forward: who answers instead."""

    answer: int = 200
    delay_s: float = 0.0
    forward: str | None = None


class Receiver:
    """secret: `whsec_…`, with which messages verify. tell: hears of each request.

    until: once it is set, whoever still waits for an answer is sent away.
    """

    def __init__(
        self,
        secret: str,
        tell: Callable[[Heard], None],
        manner: Manner,
        until: asyncio.Event,
    ) -> None:
        self.ledger = Ledger()
        self.verified = self.refused = 0
        self._known = Known((SigningSecret(Secret(secret)),))
        self._tell, self._manner, self._until = tell, manner, until
        self._http = httpx.AsyncClient(timeout=FORWARD_S, trust_env=False)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await _give(send, await self._hear(scope, receive))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._http.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _hear(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        began, headers = time.monotonic(), tuple(scope["headers"])
        raw = await _whole(receive)
        diagnosis = event = came = None
        if scope["method"] != "POST":
            answer = Answer(405)
        elif raw is None:
            answer = Answer(413)
        else:
            diagnosis = self._check(headers, raw)
            event, came = self._note(diagnosis, raw)
            answer = await self._unless_told_to_stop(self._answer(diagnosis, headers, raw))
        elapsed_ms = round((time.monotonic() - began) * 1000)
        self._tell(
            Heard(scope["method"], scope["path"], diagnosis, event, came, answer, elapsed_ms)
        )
        return answer

    def _check(self, headers: Headers, raw: bytes) -> Diagnosis:
        named = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in headers)
        now = datetime.now(UTC)
        return diagnose(Received(named, raw, at=now), self._known, now=now)

    def _note(self, diagnosis: Diagnosis, raw: bytes) -> tuple[EventBody | None, Came | None]:
        """Only what verifies is believed and counted."""
        if not diagnosis.verifies:
            self.refused += 1
            return None, None
        self.verified += 1
        try:
            event = msgspec.json.decode(raw, type=EventBody)
        except msgspec.DecodeError:
            return None, None
        return event, self.ledger.note(event.id, event.subject, event.sequence)

    async def _unless_told_to_stop(self, answering: Coroutine[Any, Any, Answer]) -> Answer:
        task, stop = asyncio.create_task(answering), asyncio.create_task(self._until.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            return task.result()
        task.cancel()
        return Answer(AWAY)

    async def _answer(self, diagnosis: Diagnosis, headers: Headers, raw: bytes) -> Answer:
        await asyncio.sleep(self._manner.delay_s)
        if self._manner.forward is not None:
            return await self._forwarded(self._manner.forward, headers, raw)
        return Answer(self._manner.answer if diagnosis.verifies else NOT_GENUINE)

    async def _forwarded(self, url: str, headers: Headers, raw: bytes) -> Answer:
        """What the developer's own app answers to the very same bytes, genuine or not."""
        kept = [(name, value) for name, value in headers if name.lower() not in _HOP]
        try:
            given = await self._http.post(url, content=raw, headers=kept)
        except httpx.HTTPError as e:
            return Answer(502, of=url, fault=str(e) or type(e).__name__)
        back = tuple((n, given.headers[n]) for n in _PASSED_BACK if n in given.headers)
        return Answer(given.status_code, given.content, back, of=url)


async def _whole(receive: Receive) -> bytes | None:
    """The body; None: it is larger than any webhook."""
    parts, more, size = [], True, 0
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


async def _give(send: Send, answer: Answer) -> None:
    headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in answer.headers]
    if answer.status not in (204, 304):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
