"""Just enough ASGI to be a supplier: requests in, JSON or broken answers out."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from adapters.octo.simulator.faults import Fault, Kind

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 1_000_000
HUGE = 12 * 1024 * 1024


class Request(NamedTuple):
    """path: below the API's own prefix."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    status: int
    document: Any
    headers: Mapping[str, str] = {}


async def read(scope: Scope, receive: Receive, path: str) -> Request:
    body = b""
    while len(body) <= MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
    return Request(scope["method"], path, query, headers, body)


async def write(send: Send, reply: Reply, *, packed: bool) -> None:
    body = b"" if reply.document is None else json.dumps(reply.document).encode()
    await _write(send, reply, body, packed=packed and len(body) > 2000)


async def _write(send: Send, reply: Reply, body: bytes, *, packed: bool) -> None:
    headers = {"content-type": "application/json", **reply.headers}
    if packed:
        body, headers = gzip.compress(body, 1), {**headers, "content-encoding": "gzip"}
    headers["content-length"] = str(len(body))
    await _start(send, reply.status, headers)
    await send({"type": "http.response.body", "body": body})


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    raw = [(k.encode(), v.encode()) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


class BrokenOff(Exception):
    """Raised into the server, which then closes the connection."""


async def break_off(send: Send) -> None:
    """A status line and nothing behind it: the server closes when the application fails."""
    await _start(send, 200, {"content-type": "application/json", "content-length": "4096"})
    raise BrokenOff


async def write_broken(send: Send, reply: Reply, fault: Fault) -> None:
    """*reply*, suffering from *fault*. What is broken keeps its headers."""
    body = json.dumps(reply.document).encode()
    match fault.kind:
        case Kind.LOST:
            await break_off(send)
        case Kind.TRUNCATED:
            await _write(send, reply, body[: len(body) // 2], packed=False)
        case Kind.EMPTY:
            await _write(send, reply, b"", packed=False)
        case Kind.WRONG_TYPE:
            await _write(send, reply, b'{"uuid": 7, "status": ["yes"]}', packed=False)
        case Kind.MALFORMED:
            await _write(send, reply, b'{"uuid": \xff\xfe NaN', packed=False)
        case Kind.HUGE:
            await _huge(send, reply)
        case Kind.DELAY:
            await asyncio.sleep(fault.value)
            await write(send, reply, packed=False)
        case _:
            error = {"error": "INTERNAL_SERVER_ERROR", "errorMessage": "Something went wrong"}
            await write(send, Reply(500, error), packed=False)


async def _huge(send: Send, reply: Reply) -> None:
    """More than anybody should read, and not announced."""
    await _start(send, 200, {"content-type": "application/json", **reply.headers})
    piece = b" " * 65536
    for _ in range(HUGE // len(piece)):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"{}"})
