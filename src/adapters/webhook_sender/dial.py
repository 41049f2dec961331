"""From a host to an open connection: look up, connect to what is vetted, agree on TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from typing import Any

from adapters.webhook_sender import faults
from adapters.webhook_sender.connection import Connection
from adapters.webhook_sender.egress import Allow, is_address, public
from adapters.webhook_sender.pool import Pool
from adapters.webhook_sender.race import alternating, first_to_connect
from adapters.webhook_sender.request import Origin
from adapters.webhook_sender.resolver import Resolver
from adapters.webhook_sender.way import Way

ADDRESSES_AT_MOST = 8
_GOODBYE_S = 1.0


class Trail:
    """How far one dialling came. Times are None for what was not done, or not finished.

    may: one of the addresses is one we may speak to. late: what it means to be late now.
    """

    address: str | None = None
    may = False
    dns_ms: int | None = None
    connect_ms: int | None = None
    tls_ms: int | None = None
    late: Callable[[], faults.Failed]

    def tried(self, address: str, *, may: bool) -> None:
        if may or self.address is None:
            self.address = address
        self.may = self.may or may


class Dialer:
    """tls: None trusts the system's roots. pool: where open connections are."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        allow: Allow,
        way: Way,
        tls: ssl.SSLContext | None,
        resolver: Resolver,
        pool: Pool,
    ) -> None:
        self._monotonic = monotonic
        self._allow = allow
        self._tls = system_roots() if tls is None else tls
        self._resolver = resolver
        self._pool = pool
        self._way = way

    async def dial(self, origin: Origin, trail: Trail, *, within_s: float) -> Connection:
        """Failed: there is no connection. Then, and when cancelled, no socket is left behind."""
        trail.late = faults.unresolved_in_time
        try:
            async with asyncio.timeout(within_s):
                ips = await self._look_up(origin.host, trail)
                sock = await self._connect(ips, origin.port, trail)
                return await self._open(origin, sock, trail, within_s)
        except TimeoutError:  # every other one has become a Failed inside
            raise trail.late() from None

    async def _look_up(self, host: str, trail: Trail) -> Sequence[str]:
        if is_address(host):
            return (host,)
        began = self._monotonic()
        try:
            found = await self._resolver.addresses(host)
        except (OSError, UnicodeError):
            raise faults.unresolved() from None
        if not found:
            raise faults.unresolved()
        trail.dns_ms = self._ms_since(began)
        return alternating(found)[:ADDRESSES_AT_MOST]

    async def _connect(self, ips: Sequence[str], port: int, trail: Trail) -> socket.socket:
        """The address connected to is the very one that was vetted: it is not looked up again."""

        def connect(ip: str) -> Coroutine[None, None, socket.socket]:
            trail.tried(ip, may=public(ip, self._allow))
            return self._way.connect(ip, port)

        began, trail.late = self._monotonic(), self._way.late
        try:
            trail.address, sock = await first_to_connect(ips, connect)
        except faults.NoWayOn as e:
            raise e.failed from None
        except OSError as e:
            raise (faults.unreachable(e) if trail.may else faults.vetoed()) from None
        trail.connect_ms = self._ms_since(began)
        return sock

    async def _open(
        self, origin: Origin, sock: socket.socket, trail: Trail, within_s: float
    ) -> Connection:
        assert trail.address is not None
        loop = asyncio.get_running_loop()
        connection = Connection(trail.address, self._monotonic, self._pool.open, self._pool.watch)
        began, trail.late = self._monotonic(), faults.unconnected
        try:
            await loop.create_connection(
                lambda: connection, sock=sock, **self._handshake(origin, within_s)
            )
        except BaseException as e:
            connection.forsake()
            if not isinstance(loop, asyncio.BaseEventLoop):
                sock.detach()  # uvloop closes the descriptor by itself; twice would hit another's
            if isinstance(e, OSError):
                raise faults.insecure(e) from None
            raise
        if origin.tls:
            trail.tls_ms = self._ms_since(began)
        return connection

    def _handshake(self, origin: Origin, within_s: float) -> dict[str, Any]:
        if not origin.tls:
            return {}
        return {
            "ssl": self._tls,
            "server_hostname": origin.host,
            "ssl_handshake_timeout": within_s + 1,  # the deadline comes first, and is ours
            "ssl_shutdown_timeout": _GOODBYE_S,
        }

    def _ms_since(self, began: float) -> int:
        return round((self._monotonic() - began) * 1000)


@cache
def system_roots() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
