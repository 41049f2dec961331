"""What the server itself refuses, before anything of ours sees it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from entrypoints import asgi
from entrypoints.asgi import HEAD_MAX, listen, serve_asgi
from tests.patience import PATIENCE_S

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
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(asgi, "LINGER_S", PATIENCE_S)
    stop, sock = asyncio.Event(), listen("127.0.0.1", 0)
    serving = asyncio.create_task(serve_asgi(echo, sock, stop, drain_s=1))
    yield sock.getsockname()[1]
    stop.set()
    await serving


async def asked(port: int, pieces: Iterable[bytes], *, answers: int = 1) -> bytes:
    """What comes back of so many answers, or until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    async with asyncio.timeout(PATIENCE_S):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while heard.count(b"HTTP/1.1 ") < answers and (piece := await reader.read(65536)):
            heard += piece
    writer.close()
    return heard


async def test_a_head_without_end_is_cut_off(port: int) -> None:
    heard = await asked(port, [GET, b"X-A: ", *[b"a" * 16_384] * 5])
    assert heard.startswith(b"HTTP/1.1 431"), heard[:100]


async def test_many_small_headers_without_end_are_cut_off(port: int) -> None:
    heard = await asked(port, [GET, *[b"X-A: a\r\n" * 1000] * 12])
    assert heard.startswith(b"HTTP/1.1 431"), heard[:100]


async def test_who_sends_it_all_before_reading_is_told_so_too(port: int) -> None:
    heard = await asked(port, [GET, *[b"X-A: a\r\n" * 1000] * 600])
    assert heard.startswith(b"HTTP/1.1 431"), heard[:100]


async def test_who_never_stops_sending_is_hung_up_on(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "LINGER_S", 0.05)
    endless = itertools.repeat(b"X-A: a\r\n" * 1000)
    with pytest.raises(ConnectionError):
        await asked(port, itertools.chain([GET], endless))


async def test_bodies_and_several_requests_on_one_connection_are_not(port: int) -> None:
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (3 * HEAD_MAX)
    pieces = [*[post, b"x" * (3 * HEAD_MAX)] * 3, *[GET + b"\r\n"] * 200]
    heard = await asked(port, pieces, answers=203)
    assert heard.count(b"HTTP/1.1 200") == 203, heard[:300]
    assert heard.count(b"%d" % (3 * HEAD_MAX)) == 3
