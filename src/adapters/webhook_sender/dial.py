"""From a host to an open connection: look up, vet, connect, agree on TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from adapters.webhook_sender import faults
from adapters.webhook_sender.connection import Connection
from adapters.webhook_sender.egress import Allow, is_address, public, socket_to
from adapters.webhook_sender.race import alternating, first_to_connect
from adapters.webhook_sender.request import Origin
from adapters.webhook_sender.resolver import Resolver

ADDRESSES_AT_MOST = 8
_GOODBYE_S = 1.0


class Trail:
    """How far one sending came. Times are None for what was not done, or not finished."""

    __slots__ = ("address", "connect_ms", "dns_ms", "may", "resolving", "tls_ms")

    def __init__(self) -> None:
        self.address: str | None = None
        self.may = False
        self.resolving = False
        self.dns_ms: int | None = None
        self.connect_ms: int | None = None
        self.tls_ms: int | None = None

    def tried(self, address: str, *, may: bool) -> None:
        if may or self.address is None:
            self.address = address
        self.may = self.may or may


class Dialer:
    """tls: None trusts the system's roots. among: the set that open connections are in."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        allow: Allow,
        tls: ssl.SSLContext | None,
        resolver: Resolver,
        among: set[Connection],
    ) -> None:
        self._monotonic = monotonic
        self._allow = allow
        self._tls = system_roots() if tls is None else tls
        self._resolver = resolver
        self._among = among

    async def dial(self, origin: Origin, trail: Trail, *, within_s: float) -> Connection:
        """Failed: there is no connection. Then, and when cancelled, no socket is left behind."""
        try:
            async with asyncio.timeout(within_s):
                ips = await self._look_up(origin.host, trail)
                sock = await self._connect(ips, origin.port, trail)
                return await self._open(origin, sock, trail, within_s)
        except TimeoutError:  # every other one has become a Failed inside
            raise faults.late(resolving=trail.resolving) from None

    async def _look_up(self, host: str, trail: Trail) -> Sequence[str]:
        if is_address(host):
            return (host,)
        began, trail.resolving = self._monotonic(), True
        try:
            found = await self._resolver.addresses(host)
        except (OSError, UnicodeError):
            raise faults.unresolved() from None
        if not found:
            raise faults.unresolved()
        trail.resolving, trail.dns_ms = False, self._ms_since(began)
        return alternating(found)[:ADDRESSES_AT_MOST]

    async def _connect(self, ips: Sequence[str], port: int, trail: Trail) -> socket.socket:
        """The address connected to is the very one that was vetted: it is not looked up again."""

        async def connect(ip: str) -> socket.socket:
            trail.tried(ip, may=public(ip, self._allow))
            sock = socket_to(ip, self._allow)
            try:
                await asyncio.get_running_loop().sock_connect(sock, (ip, port))
            except BaseException:
                sock.close()
                raise
            return sock

        began = self._monotonic()
        try:
            trail.address, sock = await first_to_connect(ips, connect)
        except OSError as e:
            raise (faults.unreachable(e) if trail.may else faults.vetoed()) from None
        trail.connect_ms = self._ms_since(began)
        return sock

    async def _open(
        self, origin: Origin, sock: socket.socket, trail: Trail, within_s: float
    ) -> Connection:
        assert trail.address is not None
        loop = asyncio.get_running_loop()
        connection = Connection(trail.address, self._monotonic, self._among)
        began = self._monotonic()
        try:
            await loop.create_connection(
                lambda: connection, sock=sock, **self._handshake(origin, within_s)
            )
        except BaseException as e:
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
