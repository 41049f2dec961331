"""Just enough ASGI to be a vendor: requests in, whole or broken answers out."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

import msgspec

from adapters.siteminder.simulator.faults import Fault, Kind

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 4_000_000
JSON, XML = "application/json", "text/xml; charset=utf-8"


class Request(NamedTuple):
    """path: below /webservices, /core-api or /_control."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    status: int
    body: bytes
    kind: str = XML
    headers: Mapping[str, str] = {}


def told(document: Any, status: int = 200) -> Reply:
    return Reply(status, msgspec.json.encode(document), JSON)


async def read(scope: Scope, receive: Receive, path: str) -> Request:
    body = bytearray()
    while len(body) <= MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    return Request(scope["method"], path, headers, bytes(body))


async def write(send: Send, reply: Reply, *, packed: bool = False) -> None:
    body, headers = reply.body, {"content-type": reply.kind, **reply.headers}
    if packed and len(body) > 2000:
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
    await _start(send, 200, {"content-type": XML, "content-length": "4096"})
    raise BrokenOff


async def write_broken(send: Send, reply: Reply, fault: Fault) -> None:
    """*reply*, suffering from *fault*."""
    match fault.kind:
        case Kind.LOST:
            await break_off(send)
        case Kind.TRUNCATED:
            await write(send, reply._replace(body=reply.body[: len(reply.body) // 2]))
        case Kind.EMPTY:
            await write(send, reply._replace(body=b""))
        case Kind.WRONG_TYPE:
            wrong = b"<a><b>7</b></a>" if reply.kind == XML else b'[{"roomTypeCode": 7}]'
            await write(send, reply._replace(body=wrong))
        case Kind.MALFORMED:
            await write(send, reply._replace(body=b'{"a": \xff\xfe <b>'))
        case _:
            await asyncio.sleep(fault.value)
            await write(send, reply)
