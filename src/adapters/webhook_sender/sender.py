"""The sending itself, over aiohttp: bounded, vetted, and told apart by whose fault it was."""

from __future__ import annotations

import asyncio
import ssl as ssl_module
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from yarl import URL

from adapters._kit.verdict import retry_after
from adapters.webhook_sender.answer import excerpt, read_some
from adapters.webhook_sender.egress import Allow, guard
from adapters.webhook_sender.faults import explain, late
from adapters.webhook_sender.resolver import OwnThreads
from adapters.webhook_sender.url import check_url
from core.domain.delivery import Fault, Sent, fault_of
from ports.clock import Clock

# Many servers close after 5 idle seconds; a request that crosses their goodbye is a failure.
KEEPALIVE_S = 4.0
# A body that came packed would have to be unpacked to be shown, and a small one can be huge.
_OWN_HEADERS = CIMultiDict({"accept-encoding": "identity", "user-agent": "Serai-Webhooks"})


class _Trail:
    """How far one sending came."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.address: str | None = None
        self.may = False
        self.resolving = False
        self.sent = False

    def tried(self, address: str, may: bool) -> None:
        if may or self.address is None:
            self.address = address
        self.may = self.may or may

    @property
    def vetoed(self) -> bool:
        return self.address is not None and not self.may


_trail: ContextVar[_Trail] = ContextVar("serai.webhook_trail")


class AioWebhookSender:
    """Keeps connections, so open one for the whole process.

    allow: networks a private install may send to though they are not public.
    tls: None trusts the system's roots. resolver: None asks the system; closed here.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        allow: Allow = (),
        tls: ssl_module.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._clock = clock
        self._allow = allow
        self._tls = True if tls is None else tls
        self._resolver = resolver or OwnThreads()
        self._session: aiohttp.ClientSession | None = None  # needs a running loop

    def refusal(self, url: str) -> str | None:
        return check_url(url, self._allow)

    async def send(
        self, url: str, headers: Mapping[str, str], raw: bytes, *, deadline_s: float
    ) -> Sent:
        trail = _Trail(self._clock.monotonic())
        reason = self.refusal(url)
        if reason is not None:
            return self._failed(trail, (Fault.PARTNER_CONFIG, reason))
        _trail.set(trail)
        try:
            async with asyncio.timeout(deadline_s) as deadline:
                return await self._post(url, headers, raw, trail)
        except (aiohttp.ClientError, OSError, ValueError) as e:  # TimeoutError is an OSError
            if deadline.expired():
                return self._failed(trail, late(resolving=trail.resolving, sent=trail.sent))
            return self._failed(trail, explain(e, vetoed=trail.vetoed))

    async def _post(self, url: str, headers: Mapping[str, str], raw: bytes, trail: _Trail) -> Sent:
        session = self._session = self._session or self._open()
        all_headers = _OWN_HEADERS.copy()
        all_headers.update(headers)
        async with session.post(
            URL(url), headers=all_headers, data=raw, allow_redirects=False
        ) as answer:
            first_byte = self._clock.monotonic()
            body = await read_some(answer)
            if not answer.content.at_eof():
                answer.close()
        fault = fault_of(answer.status)
        return Sent(
            status=answer.status,
            fault=fault,
            elapsed_ms=self._since(trail),
            first_byte_ms=round((first_byte - trail.began) * 1000),
            address=trail.address,
            error="" if fault is Fault.NONE else f"HTTP {answer.status}",
            excerpt=excerpt(body, answer.headers.get("content-encoding", "")),
            retry_after_s=retry_after(answer.headers.get("retry-after"), now=self._clock.now()),
        )

    def _failed(self, trail: _Trail, why: tuple[Fault, str]) -> Sent:
        fault, error = why
        return Sent(None, fault, self._since(trail), address=trail.address, error=error)

    def _since(self, trail: _Trail) -> int:
        return round((self._clock.monotonic() - trail.began) * 1000)

    def _open(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls,
                resolver=self._resolver,
                socket_factory=guard(self._allow, lambda ip, may: _trail.get().tried(ip, may)),
                limit=0,  # whoever calls bounds how many are under way; waiting here would be
                keepalive_timeout=KEEPALIVE_S,  # taken for the partner's slowness
                use_dns_cache=False,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("Accept", "Content-Type"),
            response_class=_Answer,
            trace_configs=[_TRACE],
        )
        session._retry_connection = False  # never send twice by itself
        return session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()


class _Answer(aiohttp.ClientResponse):
    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """The one place that sees whom a reused connection leads to."""
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        if peer is not None:
            _trail.get().tried(peer[0], True)
        return await super().start(connection)


def _trace() -> aiohttp.TraceConfig:
    async def resolving(*_: object) -> None:
        _trail.get().resolving = True

    async def resolved(*_: object) -> None:
        _trail.get().resolving = False

    async def connected(*_: object) -> None:
        _trail.get().sent = True

    trace = aiohttp.TraceConfig()
    trace.on_dns_resolvehost_start.append(resolving)
    trace.on_dns_resolvehost_end.append(resolved)
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return trace


_TRACE = _trace()
