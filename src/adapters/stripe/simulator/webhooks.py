"""Sending the account's events, signed as Stripe signs them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from adapters._kit.transport import AioTransport

API_VERSION = "2026-10-28.endive"


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where events go. secret: `whsec_…`. url "" sends none."""

    url: str = ""
    secret: str = ""


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """copies: how often each event is sent. hold: keep events until they are released.

    retries_s: waits before each repeat of an event that got no 2xx.
    """

    copies: int = 1
    hold: bool = False
    delay_ms: int = 0
    retries_s: tuple[float, ...] = (0.5, 2.0, 5.0)


class Sent(msgspec.Struct, frozen=True):
    """One attempt. status: None when there was no answer."""

    event: str
    type: str
    status: int | None


class Webhooks:
    """target, manner: change them at any time. events: all there were, oldest first.

    transport: None makes one of its own. aclose closes it either way.
    """

    def __init__(
        self, now: Callable[[], float], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.target = Target()
        self.manner = Manner()
        self.events: list[dict[str, Any]] = []
        self.sent: list[Sent] = []
        self._now = now
        self._held: list[dict[str, Any]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport = transport
        self._opened: httpx.AsyncClient | None = None

    def emit(self, type: str, thing: dict[str, Any]) -> None:
        """Make an event of *thing* as it is now, and send it or hold it."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self._now()),
            "data": {"object": dict(thing)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": type,
        }
        self.events.append(event)
        if self.manner.hold:
            self._held.append(event)
        else:
            self._begin(event)

    def release(self, *, reverse: bool = False) -> int:
        """Send what was held, newest first if *reverse*; how many there were."""
        held, self._held = self._held, []
        for event in reversed(held) if reverse else held:
            self._begin(event)
        return len(held)

    def resend(self, event_id: str) -> None:
        """LookupError: there is no such event."""
        found = [e for e in self.events if e["id"] == event_id]
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

    def _begin(self, event: dict[str, Any]) -> None:
        if not self.target.url:
            return
        for _ in range(self.manner.copies):
            task = asyncio.get_running_loop().create_task(
                self._deliver(event, self.target, self.manner)
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, event: dict[str, Any], target: Target, manner: Manner) -> None:
        raw = json.dumps(event, indent=2).encode("utf-8")
        await asyncio.sleep(manner.delay_ms / 1000)
        for wait in (*manner.retries_s, None):
            status = await self._post(target, raw)
            self.sent.append(Sent(event["id"], event["type"], status))
            if wait is None or (status is not None and 200 <= status < 300):
                return
            await asyncio.sleep(wait)

    async def _post(self, target: Target, raw: bytes) -> int | None:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": signature(target.secret, int(self._now()), raw),
            "user-agent": "Stripe/1.0 (+simulator)",
        }
        try:
            async with asyncio.timeout(10):
                return (
                    await self._client().post(target.url, content=raw, headers=headers)
                ).status_code
        except (httpx.HTTPError, TimeoutError):
            return None

    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            self._opened = httpx.AsyncClient(transport=self._transport or AioTransport())
        return self._opened


def signature(secret: str, timestamp: int, raw: bytes) -> str:
    """The Stripe-Signature header: HMAC-SHA256 over `<timestamp>.<body>`, in hex."""
    signed = str(timestamp).encode("ascii") + b"." + raw
    digest = hmac.new(secret.encode("utf-8"), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
