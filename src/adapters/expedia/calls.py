"""How Expedia is called: one message of a hotel at a time, the credential inside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

import httpx

from adapters._kit.answer import Answer, broken
from adapters._kit.apart import IN_THREAD, read_apart
from adapters._kit.http import VendorHttp
from adapters._kit.unreadable import Unreadable
from adapters._kit.wiring import Wiring
from adapters._kit.xml import Element, let_go, read_xml
from adapters.expedia.config import ExpediaConfig
from adapters.expedia.mapping import wire
from adapters.expedia.mapping.faults import Failed, kind_of, read_fault
from ports.errors import Refused, Unavailable, VendorError

VENDOR = "expedia"
CALL_S = 65.0  # they keep a connection for 60 s
MAX_BODY = 20 * 1024 * 1024  # a month of a large hotel is some megabytes
_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"}
T = TypeVar("T")


class Calls:
    """Of one user. Locks are this process's; another one is turned away by Expedia itself."""

    def __init__(self, client: httpx.AsyncClient, config: ExpediaConfig, wiring: Wiring) -> None:
        self._login = wire.Login(config.username, config.password)
        self._clock = wiring.clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._http = VendorHttp(
            client,
            vendor=VENDOR,
            clock=wiring.clock,
            deadline_s=CALL_S,
            max_body=MAX_BODY,
            limiter=wiring.limiter,
            read_fault=read_fault,
        )

    async def ask(
        self,
        message: wire.Kind,
        hotel: str,
        fill: Callable[[Element], None],
        read: Callable[[Element], T],
        *,
        operation: str,
        deadline_s: float = CALL_S,
    ) -> T | Failed:
        """What *read* makes of the answer, or the errors in it. fill: puts what is asked into
        the request, after credential and hotel. All of it may be repeated: it is absolute.

        Refused: it is no id of a hotel, or cannot be said in XML; nothing was sent.
        Unavailable: the hotel's turn did not come in time.
        """
        ends = self._clock.monotonic() + deadline_s
        content = self._content(message, hotel, fill, operation)
        if deadline_s <= 0:
            raise Unavailable("not sent: no time left", vendor=VENDOR, operation=operation)
        lock = self._locks.setdefault(hotel, asyncio.Lock())
        timeout = asyncio.timeout(deadline_s)
        try:
            async with timeout, lock:
                timeout.reschedule(None)  # the call has a deadline of its own
                answer = await self._http.call(
                    "POST",
                    message.path,
                    operation=operation,
                    repeatable=True,
                    content=content,
                    headers=_HEADERS,
                    deadline_s=ends - self._clock.monotonic(),
                )
        except TimeoutError:
            error = Unavailable(
                "not sent: others of the hotel took too long", vendor=VENDOR, operation=operation
            )
        else:
            return await _understood(answer, message, read)
        raise error

    def error(self, failed: Failed, operation: str) -> VendorError:
        """What the caller has to do about it; the gravest of its errors counts."""
        grave = max(failed.errors, key=lambda one: kind_of(one.code).rank)
        kind = kind_of(grave.code)
        if issubclass(kind.error, Unavailable):
            return kind.error(
                "they answered with an error",
                vendor=VENDOR,
                operation=operation,
                vendor_code=str(grave.code),
                retry_after_s=kind.retry_after_s,
            )
        return kind.error(
            "they answered with an error",
            vendor=VENDOR,
            operation=operation,
            vendor_code=str(grave.code),
        )

    def scrubbed(self, words: str) -> str:
        """Their words, without what of ours they may quote."""
        for secret in (self._login.password, self._login.username):
            words = words.replace(secret, "***")
        return words

    def _content(
        self, message: wire.Kind, hotel: str, fill: Callable[[Element], None], operation: str
    ) -> bytes:
        reason = "not an Expedia hotel id"
        if hotel.isascii() and hotel.isdecimal() and len(hotel) <= 14:
            root = wire.request(message, self._login, hotel)
            try:
                fill(root)
            except ValueError:  # a character that XML has no place for
                reason = "a code that cannot be said in XML"
            else:
                return wire.encoded(root)
        raise Refused(f"not sent: {reason}", vendor=VENDOR, operation=operation)


async def _understood(
    answer: Answer, message: wire.Kind, read: Callable[[Element], T]
) -> T | Failed:
    def apart(data: bytes) -> T | Failed:
        root = read_xml(data)
        try:
            errors = wire.errors(root, message)
            return Failed(errors) if errors else read(root)
        finally:
            if len(data) > IN_THREAD:
                let_go(root)

    try:
        return await read_apart(answer.body, apart)
    except Unreadable as e:
        reason = str(e)
    except (ValueError, LookupError, ArithmeticError, RecursionError):
        reason = "its parts do not fit together"
    raise broken(answer, reason)  # outside the except: its context quotes the guest
