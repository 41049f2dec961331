"""What the server itself refuses, before anything of ours sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from entrypoints.asgi import HEAD_MAX, listen, serve_asgi

pytestmark = pytest.mark.anyio
GET = b"GET / HTTP/1.1\r\nHost: a\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body."""
    if scope["type"] != "http":
        return
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    told = b"%d" % length
    headers = [(b"content-length", b"%d" % len(told))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    stop, sock = asyncio.Event(), listen("127.0.0.1", 0)
    serving = asyncio.create_task(serve_asgi(echo, sock, stop, drain_s=1))
    yield sock.getsockname()[1]
    stop.set()
    await serving


async def asked(port: int, *pieces: bytes) -> bytes:
    """Everything that comes back until the server is quiet or hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    heard = b""
    try:
        async with asyncio.timeout(1):
            while piece := await reader.read(65536):
                heard += piece
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return heard


async def test_a_head_without_end_is_cut_off(port: int) -> None:
    heard = await asked(port, GET, b"X-A: ", *[b"a" * 16_384] * 5)
    assert heard.startswith(b"HTTP/1.1 431"), heard[:100]


async def test_many_small_headers_without_end_are_cut_off(port: int) -> None:
    heard = await asked(port, GET, *[b"X-A: a\r\n" * 1000] * 12)
    assert heard.startswith(b"HTTP/1.1 431"), heard[:100]


async def test_bodies_and_several_requests_on_one_connection_are_not(port: int) -> None:
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (3 * HEAD_MAX)
    heard = await asked(port, *[post, b"x" * (3 * HEAD_MAX)] * 3, *[GET + b"\r\n"] * 200)
    assert heard.count(b"HTTP/1.1 200") == 203, heard[:300]
    assert heard.count(b"%d" % (3 * HEAD_MAX)) == 3
