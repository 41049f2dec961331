"""What a vendor's server does to us, one function each."""

from __future__ import annotations

import asyncio
import gzip
import zlib

from tests.wire_http.server import Peer

BOMB = gzip.compress(b"0" * 30_000_000)
LONG_S = 120.0  # than which nobody who asks has more patience


async def answer(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.ok()


async def reset_before(peer: Peer) -> None:
    peer.reset()


async def reset_during(peer: Peer) -> None:
    await peer.begun()
    peer.reset()


async def reset_after(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def reset_in_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    await asyncio.sleep(0.05)
    peer.reset()


async def close_before(peer: Peer) -> None:
    pass


async def close_after(peer: Peer) -> None:
    await peer.request()


async def half_head(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ncontent-le")


async def half_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")


async def half_chunked(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n")


async def garbage(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"\x00\x01 this is not HTTP\r\n\r\n")
    await asyncio.sleep(0.05)


async def endless_head(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000)
    await asyncio.sleep(LONG_S)


async def hang(peer: Peer) -> None:
    await peer.request()
    await asyncio.sleep(LONG_S)


async def hang_in_body(peer: Peer) -> None:
    await half_body(peer)
    await asyncio.sleep(LONG_S)


async def hang_at_once(peer: Peer) -> None:
    await asyncio.sleep(LONG_S)


async def plain_http(peer: Peer) -> None:
    await peer.reader.read(64)
    await peer.say(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")


async def drip_head(peer: Peer) -> None:
    await peer.request()
    for byte in b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100:
        await peer.say(bytes([byte]))
        await asyncio.sleep(0.02)


async def drip_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n")
    for _ in range(500):
        await peer.say(b" ")
        await asyncio.sleep(0.02)


async def declared_too_large(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n{")
    await asyncio.sleep(LONG_S)


async def endless_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        await peer.say(b"10000\r\n" + b"0" * 0x10000 + b"\r\n")


async def gzip_bomb(peer: Peer) -> None:
    await peer.request()
    await peer.ok(BOMB, b"content-encoding: gzip\r\n")


async def gzip_cut(peer: Peer) -> None:
    await peer.request()
    await peer.ok(gzip.compress(b'{"a": 1}')[:-4], b"content-encoding: gzip\r\n")


async def gzip_lie(peer: Peer) -> None:
    await peer.request()
    await peer.ok(b'{"a": 1}', b"content-encoding: gzip\r\n")


async def brotli(peer: Peer) -> None:
    await peer.request()
    await peer.ok(b"\x0b\x00\x80{}\x03", b"content-encoding: br\r\n")


async def switching(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")
    await asyncio.sleep(LONG_S)


async def redirect(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.say(
            b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"
        )


async def fails(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.say(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")


async def early_hints(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")
    await peer.ok(b'{"a": 1}')


async def packed(peer: Peer) -> None:
    await peer.request()
    await peer.ok(gzip.compress(b'{"a": 1}'), b"content-encoding: gzip\r\n")


async def deflated(peer: Peer) -> None:
    await peer.request()
    await peer.ok(zlib.compress(b'{"a": 1}'), b"content-encoding: deflate\r\n")


async def deflated_raw(peer: Peer) -> None:
    await peer.request()
    await peer.ok(zlib.compress(b'{"a": 1}')[2:-4], b"content-encoding: deflate\r\n")


async def until_closed(peer: Peer) -> None:
    await peer.request()
    await peer.say(b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}')


async def cookie(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.ok(b'{"a": 1}', b"set-cookie: session=abc; path=/\r\n")


async def dies_when_used_again(peer: Peer) -> None:
    """Answers once; hangs up as the next request on the same connection arrives."""
    await peer.request()
    await peer.ok()
    await peer.request()


async def resets_when_used_again(peer: Peer) -> None:
    await peer.request()
    await peer.ok()
    await peer.request()
    peer.reset()


async def closes_when_idle(peer: Peer) -> None:
    await peer.request()
    await peer.ok()
