"""How a socket comes to lead to an address: straight there, or through an egress proxy."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Protocol

from adapters.webhook_sender import faults
from adapters.webhook_sender.egress import Allow, is_address, unvetted_socket, vet
from adapters.webhook_sender.proxy import Proxy
from adapters.webhook_sender.race import alternating, first_to_connect
from adapters.webhook_sender.resolver import Resolver

ANSWER_AT_MOST = 8 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]")
# What proxies say when the address does not answer them: 503 is Squid's word for it, 502 and
# 504 are most others'. They may mean the proxy itself, so the partner is not charged either.
_NO_WAY_ON = frozenset({502, 503, 504})


class Way(Protocol):
    async def connect(self, ip: str, port: int) -> socket.socket:
        """Vetoed: *ip* is not public; nothing was sent. Else OSError, Failed: no socket."""
        ...

    def late(self) -> faults.Failed:
        """The deadline passed meanwhile."""
        ...


class Straight:
    def __init__(self, allow: Allow) -> None:
        self._allow = allow

    async def connect(self, ip: str, port: int) -> socket.socket:
        vet(ip, self._allow)
        return await _connected(ip, port)

    def late(self) -> faults.Failed:
        return faults.unconnected()


class Tunnel:
    """CONNECT (RFC 9110, 9.3.6) to the very address that was vetted: a name is never passed on.

    The proxy's own address needs no veto: the operator named it. What it does wrong is ours.
    """

    def __init__(self, proxy: Proxy, allow: Allow, resolver: Resolver) -> None:
        self._proxy = proxy
        self._allow = allow
        self._resolver = resolver

    async def connect(self, ip: str, port: int) -> socket.socket:
        vet(ip, self._allow)
        sock = await self._to_proxy()
        try:
            await self._through(sock, f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}")
        except BaseException:
            sock.close()
            raise
        return sock

    def late(self) -> faults.Failed:
        return faults.proxied(self._proxy.name, "did not answer in time")

    async def _to_proxy(self) -> socket.socket:
        host, port = self._proxy.host, self._proxy.port
        try:
            ips = [host] if is_address(host) else await self._resolver.addresses(host)
            _, sock = await first_to_connect(alternating(ips), lambda ip: _connected(ip, port))
        except (OSError, UnicodeError) as e:
            raise faults.no_proxy(self._proxy.name, e) from None
        return sock

    async def _through(self, sock: socket.socket, target: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(sock, self._proxy.request(target))
            status = await self._status(sock)
        except OSError as e:
            raise faults.no_proxy(self._proxy.name, e) from None
        if status in _NO_WAY_ON:
            raise faults.NoWayOn(self._proxy.name, status)
        if not 200 <= status < 300:
            raise faults.proxied(self._proxy.name, f"answered {status}")

    async def _status(self, sock: socket.socket) -> int:
        """Nothing may follow the head: neither TLS nor HTTP lets the partner speak first."""
        head, end = b"", -1
        while end < 0:
            came = await asyncio.get_running_loop().sock_recv(sock, 4096)
            head += came
            end = head.find(b"\r\n\r\n")
            begins = head[:7] == b"HTTP/1."[: len(head)]
            if not came or not begins or len(head) > ANSWER_AT_MOST:
                what = "gave no HTTP answer" if head else "hung up"
                raise faults.proxied(self._proxy.name, what)
        found = _STATUS.match(head)
        if found is None or (found[1][:1] == b"2" and len(head) > end + 4):
            raise faults.proxied(self._proxy.name, "gave no answer to CONNECT")
        return int(found[1])


async def _connected(ip: str, port: int) -> socket.socket:
    sock = unvetted_socket(ip)
    try:
        await asyncio.get_running_loop().sock_connect(sock, (ip, port))
    except BaseException:
        sock.close()
        raise
    return sock
