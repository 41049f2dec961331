"""The httpx API over an aiohttp session of our own, exact about what was sent.

Why not httpx's own pool: it is quadratic and falls below 100 requests a second
at 200 in flight. Why not the published bridge: it reports a server that hung up
after reading the request as "could not connect", and a booking would be sent twice.

    not sent   ConnectError, ConnectTimeout, CertificateRefused,
               UnsupportedProtocol, LocalProtocolError
    perhaps    ReadError, WriteError, ReadTimeout, RemoteProtocolError

Whether a connection was had decides, not the name of aiohttp's exception: until
then nothing can have been sent, from then on anything can. The same fact is kept
in request.extensions["sent"], for a caller whose deadline cuts the call short.
"""

from __future__ import annotations

import errno
import io
import ssl as ssl_module
import time
from collections.abc import AsyncIterator, Callable
from socket import socket
from typing import Any

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters._kit.answer import Phases

SocketFactory = Callable[[Any], socket]
# aiohttp's own headers stay out: a request carries what the adapter put there.
_NO_AUTO_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_IN_ONE_PIECE = 64 * 1024  # more is written in pieces, so that other tasks get their turn
_AFTER: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (  # first match wins
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),  # not HTTP at all
    (aiohttp.ClientConnectionResetError, httpx.WriteError),
    (aiohttp.ClientError, httpx.ReadError),
    (TimeoutError, httpx.ReadTimeout),
    (OSError, httpx.ReadError),
)
_OURS = (aiohttp.ClientError, OSError, ValueError)


class CertificateRefused(httpx.ConnectError):
    """The other side's certificate does not hold (name, issuer, date). Nothing was sent."""


class AioTransport(httpx.AsyncBaseTransport):
    """No cookies, redirects, proxies, silent repeats or unpacking; bodies stream as they come.

    ssl: a context, or True for the system's roots. resolver: None for the system's.
    socket_factory: makes every socket, so it can refuse an address (raise OSError).
    limit: connections at once; one more waits, as long as the request's pool timeout lets it.
    keepalive_s: seconds an idle connection is kept.
    """

    def __init__(
        self,
        *,
        ssl: ssl_module.SSLContext | bool = True,
        resolver: AbstractResolver | None = None,
        socket_factory: SocketFactory | None = None,
        limit: int = 100,
        keepalive_s: float = 15.0,
    ) -> None:
        self._connector = {
            "ssl": ssl,
            "resolver": resolver,
            "socket_factory": socket_factory,
            "limit": limit,
            "keepalive_timeout": keepalive_s,
            "use_dns_cache": False,
        }
        self._session: aiohttp.ClientSession | None = None  # needs a running loop

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        marks = _Marks(request)
        failure: httpx.TransportError | None = None
        try:
            answer = await self._send(request, marks)
        except _OURS as e:
            failure = _as_httpx(e, request, sent=request.extensions["sent"])
        if failure is not None:  # outside the except: aiohttp's message quotes the whole URL
            raise failure
        marks.first_byte = time.perf_counter()
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=_Body(answer, request),
            extensions={"http_version": b"HTTP/1.1", "phases": marks.phases()},
        )

    async def _send(self, request: httpx.Request, marks: _Marks) -> aiohttp.ClientResponse:
        session = self._session = self._session or self._open()
        body = await request.aread()
        return await session.request(
            request.method,
            URL(str(request.url), encoded=True),  # as signed: no quoting of aiohttp's own
            headers=[(k, v) for k, v in request.headers.multi_items() if k != "transfer-encoding"],
            data=io.BytesIO(body) if len(body) > _IN_ONE_PIECE else body or None,
            allow_redirects=False,
            timeout=_timeout(request.extensions.get("timeout", {})),
            server_hostname=request.extensions.get("sni_hostname"),
            trace_request_ctx=marks,
        )

    def _open(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(**self._connector),  # type: ignore[arg-type]
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=_NO_AUTO_HEADERS,
            trace_configs=[_TRACE],
        )
        # aiohttp re-sends GET, PUT and DELETE when a reused connection dies. Private: the version
        # is pinned, and tests/wire_http counts what the server saw.
        session._retry_connection = False
        return session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        failure: httpx.TransportError | None = None
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except _OURS as e:
            failure = _as_httpx(e, self._request, sent=True)
        if failure is not None:
            raise failure

    async def aclose(self) -> None:
        self._answer.close()  # drops the connection unless the body was read to its end


class _Marks:
    """What happened when, for one request; aiohttp's tracing fills it in."""

    __slots__ = ("connected", "dns", "first_byte", "request", "reused", "start")

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.start = time.perf_counter()
        self.reused = False
        self.dns: float | None = None
        self.connected: float | None = None
        self.first_byte: float | None = None
        request.extensions["sent"] = False

    def had(self, *, reused: bool) -> None:
        """A connection is there; what follows may reach the other side."""
        self.request.extensions["sent"] = True
        self.connected = time.perf_counter()
        self.reused = reused

    def phases(self) -> Phases:
        return Phases(
            reused=self.reused,
            dns_s=None if self.dns is None else self.dns - self.start,
            connect_s=None if self.connected is None else self.connected - self.start,
            first_byte_s=None if self.first_byte is None else self.first_byte - self.start,
        )


def _trace() -> aiohttp.TraceConfig:
    async def resolved(_session: object, context: Any, _params: object) -> None:
        context.trace_request_ctx.dns = time.perf_counter()

    async def created(_session: object, context: Any, _params: object) -> None:
        context.trace_request_ctx.had(reused=False)

    async def reused(_session: object, context: Any, _params: object) -> None:
        context.trace_request_ctx.had(reused=True)

    trace = aiohttp.TraceConfig()
    trace.on_dns_resolvehost_end.append(resolved)
    trace.on_connection_create_end.append(created)
    trace.on_connection_reuseconn.append(reused)
    return trace


_TRACE = _trace()


def _timeout(asked: dict[str, float | None]) -> aiohttp.ClientTimeout:
    """httpx bounds the wait for a free connection and the connecting apart, aiohttp their sum."""
    pool, connect = asked.get("pool"), asked.get("connect")
    both = None if pool is None or connect is None else pool + connect
    return aiohttp.ClientTimeout(
        total=None, connect=both, sock_connect=connect, sock_read=asked.get("read")
    )


def _as_httpx(error: Exception, request: httpx.Request, *, sent: bool) -> httpx.TransportError:
    return _kind(error, sent=sent)(_words(error), request=request)


def _kind(error: Exception, *, sent: bool) -> type[httpx.TransportError]:
    if isinstance(error, aiohttp.NonHttpUrlClientError | aiohttp.InvalidURL):
        return httpx.UnsupportedProtocol
    if not isinstance(error, aiohttp.ClientError | OSError):
        return httpx.LocalProtocolError  # a header aiohttp will not write; found before writing
    if sent:
        return next(ours for theirs, ours in _AFTER if isinstance(error, theirs))
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return CertificateRefused
    return httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError


def _words(error: Exception) -> str:
    """The kind and the system's own word; never aiohttp's message, which quotes URLs."""
    number = getattr(error, "errno", None)
    name = errno.errorcode.get(number, "") if isinstance(number, int) else ""
    return f"{type(error).__name__} {name}".rstrip()
