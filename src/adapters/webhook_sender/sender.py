"""The sending itself: bounded, vetted, and told apart by whose fault it was."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import lru_cache

from adapters._kit.verdict import retry_after
from adapters.webhook_sender import faults
from adapters.webhook_sender.connection import Connection
from adapters.webhook_sender.dial import Dialer, Trail
from adapters.webhook_sender.egress import Allow
from adapters.webhook_sender.pool import Pool
from adapters.webhook_sender.request import Target, request, target_of
from adapters.webhook_sender.resolver import OwnThreads, Resolver
from adapters.webhook_sender.url import check_url
from core.domain.delivery import Fault, Sent, fault_of
from ports.clock import Clock

TARGETS = 4096


class HttpWebhookSender:
    """HTTP/1.1 on sockets of our own. Keeps connections, so open one for the whole process.

    allow: networks a private install may send to though they are not public.
    tls: None trusts the system's roots. resolver: None asks the system; closed here.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        allow: Allow = (),
        tls: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        self._clock = clock
        self._allow = allow
        self._resolver = resolver or OwnThreads()
        self._pool = Pool(clock.monotonic)
        self._dialer = Dialer(
            clock.monotonic,
            allow=allow,
            tls=tls,
            resolver=self._resolver,
            among=self._pool.open,
        )
        self._target = lru_cache(TARGETS)(self._judged)

    def refusal(self, url: str) -> str | None:
        return check_url(url, self._allow)

    async def send(
        self, url: str, headers: Mapping[str, str], raw: bytes, *, deadline_s: float
    ) -> Sent:
        began, trail = self._clock.monotonic(), Trail()
        try:
            return await self._send(url, headers, raw, began, deadline_s, trail)
        except faults.Failed as e:
            failed = e
        except Exception as e:  # the port's promise: whatever happens is in the answer
            failed = faults.unwritable(e)
        return Sent(
            status=None,
            fault=failed.fault,
            elapsed_ms=_ms(self._clock.monotonic() - began),
            address=trail.address,
            error=failed.words,
            dns_ms=trail.dns_ms,
            connect_ms=trail.connect_ms,
            tls_ms=trail.tls_ms,
        )

    async def aclose(self) -> None:
        """What is under way fails as ours."""
        await self._pool.aclose()
        await self._resolver.aclose()

    async def _send(
        self,
        url: str,
        headers: Mapping[str, str],
        raw: bytes,
        began: float,
        deadline_s: float,
        trail: Trail,
    ) -> Sent:
        target = self._target(url)
        if isinstance(target, str):
            raise faults.refused(target)
        written = request(target, headers, raw)
        connection = self._pool.take(target.origin)
        if connection is None:
            connection = await self._dialer.dial(target.origin, trail, within_s=deadline_s)
        trail.address = connection.address
        await connection.ask(written, within_s=deadline_s - (self._clock.monotonic() - began))
        try:
            return self._answered(connection, began, trail)
        finally:
            self._pool.release(target.origin, connection)

    def _answered(self, connection: Connection, began: float, trail: Trail) -> Sent:
        answer = connection.answer
        assert answer.status is not None
        fault = fault_of(answer.status)
        after = answer.header(b"retry-after")
        return Sent(
            status=answer.status,
            fault=fault,
            elapsed_ms=_ms(self._clock.monotonic() - began),
            first_byte_ms=_ms(connection.first_byte_at - began),
            address=connection.address,
            error="" if fault is Fault.NONE else f"HTTP {answer.status}",
            excerpt=answer.excerpt(),
            retry_after_s=None if after is None else retry_after(after, now=self._clock.now()),
            dns_ms=trail.dns_ms,
            connect_ms=trail.connect_ms,
            tls_ms=trail.tls_ms,
        )

    def _judged(self, url: str) -> Target | str:
        """Where *url* leads, or why nothing is sent there."""
        return self.refusal(url) or target_of(url)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
