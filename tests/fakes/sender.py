"""A webhook sender that answers what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from core.domain.webhooks.delivery import Fault, Sent, fault_of


class Posted(msgspec.Struct, frozen=True):
    url: str
    headers: dict[str, str]
    raw: bytes


class ScriptedSender:
    """answers: a status, or an exception, for each url; what is not there is answered 204.

    hang: urls whose answer never comes. hold: those whose answer waits for an event.
    """

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.answers: dict[str, int | BaseException] = {}
        self.hang: set[str] = set()
        self._held: dict[str, asyncio.Event] = {}

    def hold(self, url: str) -> asyncio.Event:
        """What is sent to *url* is answered once the event is set."""
        return self._held.setdefault(url, asyncio.Event())

    def refusal(self, url: str) -> str | None:
        return None if url.startswith("https://") else "is not an https address"

    async def send(
        self, url: str, headers: Mapping[str, str], raw: bytes, *, deadline_s: float
    ) -> Sent:
        self.posted.append(Posted(url, dict(headers), raw))
        if url in self.hang:
            await asyncio.get_running_loop().create_future()
        if url in self._held:
            await self._held[url].wait()
        answer = self.answers.get(url, 204)
        if isinstance(answer, BaseException):
            raise answer
        return Sent(answer, fault_of(answer) if answer else Fault.NETWORK, elapsed_ms=5)
