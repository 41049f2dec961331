"""Queues: read by listing, changed in a session that has the PNR open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from adapters._kit.soap import Envelope
from adapters.sabre.client.host import VENDOR, Host
from adapters.sabre.client.sessions import Sessions
from adapters.sabre.config import SabreConfig
from adapters.sabre.mapping import soap
from adapters.sabre.mapping.faults import TokenRefused
from ports.errors import Refused
from ports.gds import Queued

T = TypeVar("T")


class Queues:
    def __init__(self, host: Host, sessions: Sessions, config: SabreConfig) -> None:
        self._host = host
        self._sessions = sessions
        self._config = config

    async def ours(self) -> Sequence[Queued]:
        """As they were placed, the oldest first."""
        return _in_order(await self._listed((self._config.queue,), "find"))

    async def queued(self) -> Sequence[Queued]:
        numbers = (self._config.queue, *self._config.watched_queues)
        return _in_order(await self._listed(tuple(dict.fromkeys(numbers)), "queued"))

    async def enqueue(self, locator: str) -> None:
        if any(waiting.locator == locator for waiting in await self.ours()):
            return
        async with self._sessions.borrowed() as session:
            await self._done(
                "QueuePlaceRQ",
                soap.place_request(locator, self._config),
                session,
                "enqueue",
                repeatable=False,
            )

    async def dequeue(self, waiting: Queued) -> None:
        """A lost answer is not repeated: a second removal would take the next one off."""
        listed = await self._listed((int(waiting.queue),), "dequeue")
        if all(one.locator != waiting.locator for one in listed):
            return
        async with self._sessions.borrowed() as session:
            await self._complete(
                self._host.call(
                    "GetReservationRQ",
                    soap.open_request(waiting.locator),
                    session,
                    asked="dequeue",
                    read=_or_code(soap.opened),
                ),
                "dequeue",
            )
            message = soap.remove_request(waiting.queue, self._config)
            await self._done("QueueAccessRQ", message, session, "dequeue", repeatable=False)

    async def _listed(self, numbers: tuple[int, ...], operation: str) -> list[Queued]:
        try:
            return await self._read(numbers, operation)
        except TokenRefused:  # a session that ended between two uses
            return await self._read(numbers, operation)

    async def _read(self, numbers: tuple[int, ...], operation: str) -> list[Queued]:
        found: list[Queued] = []
        async with self._sessions.borrowed() as session:
            for number in numbers:
                read = partial(soap.queued, queue=number, ours=self._config.queue)
                call = self._host.call(
                    "QueueAccessRQ",
                    soap.list_request(number, self._config),
                    session,
                    asked=operation,
                    read=_or_code(read),
                )
                found += await self._complete(call, operation)
        return found

    async def _done(
        self, name: str, message: soap.Asked, session: str, operation: str, *, repeatable: bool
    ) -> None:
        read = partial(soap.done, name.replace("RQ", "RS"))
        call = self._host.call(
            name, message, session, asked=operation, read=_or_code(read), repeatable=repeatable
        )
        await self._complete(call, operation)

    @staticmethod
    async def _complete(call: Awaitable[T | soap.NotComplete], operation: str) -> T:
        found = await call
        if isinstance(found, soap.NotComplete):
            raise Refused(
                "they did not do it",
                vendor=VENDOR,
                operation=operation,
                vendor_code=found.code[:64] or None,
            )
        return found


def _or_code(read: Callable[[Envelope], T]) -> Callable[[Envelope], T | soap.NotComplete]:
    """A clear no of theirs is an answer, not a broken one."""

    def reading(envelope: Envelope) -> T | soap.NotComplete:
        try:
            return read(envelope)
        except soap.NotComplete as e:
            return e

    return reading


def _in_order(found: list[Queued]) -> list[Queued]:
    return sorted(found, key=lambda q: (q.placed_at is None, q.placed_at or datetime.min))  # noqa: DTZ901
