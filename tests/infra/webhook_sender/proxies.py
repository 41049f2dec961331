"""Egress proxies, good and bad: scripts for the tests' own server."""

from __future__ import annotations

import asyncio
import contextlib

from tests.infra.webhook_sender.rig import once
from tests.wire_http.server import Peer, Script

OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


async def tunnels(peer: Peer) -> None:
    """What a proxy is for."""
    await _open(peer, target_of(await peer.request()))


def leads_to(to: tuple[str, int], *, lives: int = 1 << 30) -> Script:
    """Leads there, whatever was asked; dies when *lives* bytes have come back."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await _open(peer, to, lives)

    return script


async def _open(peer: Peer, to: tuple[str, int], lives: int = 1 << 30) -> None:
    try:
        reader, writer = await asyncio.open_connection(*to)
    except OSError:
        await peer.say(b"HTTP/1.1 503 Service Unavailable\r\nx-squid-error: no\r\n\r\n<html>")
        return
    await peer.say(OPEN)
    ways = [
        asyncio.create_task(pump(peer.reader, writer)),
        asyncio.create_task(pump(reader, peer.writer, lives)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.close()


async def pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lives: int = 1 << 30
) -> None:
    with contextlib.suppress(OSError):
        while lives > 0 and (data := await reader.read(min(lives, 4096))):
            lives -= len(data)
            writer.write(data)
            await writer.drain()


def wanting(credentials: bytes) -> Script:
    async def script(peer: Peer) -> None:
        head = await peer.request()
        if b"proxy-authorization: Basic " + credentials not in head:
            await peer.say(b"HTTP/1.1 407 Who\r\nproxy-authenticate: Basic\r\n\r\n")
            return
        await _open(peer, target_of(head))

    return script


def answering(status: bytes) -> Script:
    return once(b"HTTP/1.1 " + status + b"\r\ncontent-length: 2\r\n\r\nno")


async def drips(peer: Peer) -> None:
    await peer.request()
    for byte in OPEN * 10:
        await peer.say(bytes([byte]))
        await asyncio.sleep(0.05)


def target_of(head: bytes) -> tuple[str, int]:
    host, _, port = head.split()[1].decode().rpartition(":")
    return host.strip("[]"), int(port)
