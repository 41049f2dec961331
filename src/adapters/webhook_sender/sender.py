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
from adapters.webhook_sender.proxy import Proxy
from adapters.webhook_sender.request import Target, request, target_of
from adapters.webhook_sender.resolver import OwnThreads, Resolver
from adapters.webhook_sender.url import check_url
from adapters.webhook_sender.way import Straight, Tunnel
from core.domain.webhooks.delivery import Fault, Sent, fault_of
from ports.clock import Clock

TARGETS = 4096
_KEPT = Trail()  # of a connection that was there already


class HttpWebhookSender:
    """HTTP/1.1 on sockets of our own. Keeps connections, so open one for the whole process.

    allow: networks a private install may send to though they are not public.
    tls: None trusts the system's roots. resolver: None asks the system; closed here.
    proxy: every connection is a tunnel through it, to the address that was resolved and vetted here.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        allow: Allow = (),
        tls: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._clock = clock
        self._monotonic = clock.monotonic
        self._allow = allow
        self._resolver = resolver or OwnThreads()
        self._pool = Pool(clock.monotonic)
        self._dialer = Dialer(
            clock.monotonic,
            allow=allow,
            way=Straight(allow) if proxy is None else Tunnel(proxy, allow, self._resolver),
            tls=tls,
            resolver=self._resolver,
            pool=self._pool,
        )
        self._target = lru_cache(TARGETS)(self._judged)

    def refusal(self, url: str) -> str | None:
        return check_url(url, self._allow)

    async def send(
        self, url: str, headers: Mapping[str, str], raw: bytes, *, deadline_s: float
    ) -> Sent:
        """All in one function: each further coroutine costs every delivery half a microsecond."""
        began, trail, connection = self._monotonic(), _KEPT, None
        try:
            target = self._target(url)
            if isinstance(target, str):
                raise faults.refused(target)
            written = request(target, headers, raw)
            connection = self._pool.take(target.origin, began)
            if connection is None:
                trail = Trail()
                connection = await self._dialer.dial(target.origin, trail, within_s=deadline_s)
            await connection.ask(written, by=began + deadline_s)
            return self._answered(target, connection, began, trail)
        except faults.Failed as e:
            failed = e
        except Exception as e:  # the port's promise: whatever happens is in the answer
            failed = faults.unwritable(e)
        except BaseException:
            if connection is not None:
                connection.abort()
            raise
        return self._failed(failed, connection, began, trail)

    async def aclose(self) -> None:
        """What is under way fails as ours."""
        await self._pool.aclose()
        await self._resolver.aclose()

    def _answered(self, target: Target, connection: Connection, began: float, trail: Trail) -> Sent:
        now, answer = self._monotonic(), connection.answer
        self._pool.release(target.origin, connection, now)
        assert answer.status is not None
        fault = fault_of(answer.status)
        fine = fault is Fault.NONE
        after = None if fine else answer.header(b"retry-after")
        return Sent(
            status=answer.status,
            fault=fault,
            elapsed_ms=round((now - began) * 1000),
            first_byte_ms=round((connection.first_byte_at - began) * 1000),
            address=connection.address,
            error="" if fine else f"HTTP {answer.status}",
            excerpt=answer.excerpt(),
            retry_after_s=None if after is None else retry_after(after, now=self._clock.now()),
            dns_ms=trail.dns_ms,
            connect_ms=trail.connect_ms,
            tls_ms=trail.tls_ms,
            headers=answer.headers(),
        )

    def _failed(
        self, failed: faults.Failed, connection: Connection | None, began: float, trail: Trail
    ) -> Sent:
        first_byte_ms = None
        if connection is not None:
            connection.abort()  # whatever still comes would be taken for the next answer
            if connection.answer.fed:
                first_byte_ms = round((connection.first_byte_at - began) * 1000)
        return Sent(
            status=None,
            fault=failed.fault,
            elapsed_ms=round((self._monotonic() - began) * 1000),
            first_byte_ms=first_byte_ms,
            address=trail.address if connection is None else connection.address,
            error=failed.words,
            dns_ms=trail.dns_ms,
            connect_ms=trail.connect_ms,
            tls_ms=trail.tls_ms,
        )

    def _judged(self, url: str) -> Target | str:
        """Where *url* leads, or why nothing is sent there."""
        return self.refusal(url) or target_of(url)
