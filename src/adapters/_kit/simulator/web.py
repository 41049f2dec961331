"""Just enough ASGI: a request read whole, an answer, and an answer that dies half-way."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LARGEST_REQUEST = 1_000_000
XML = "text/xml; charset=utf-8"


class Request(msgspec.Struct, frozen=True):
    """path: below the prefix it is mounted at. base: scheme, host and prefix, for links."""

    method: str
    path: str
    base: str
    query: bytes
    headers: dict[str, str]
    body: bytes

    @property
    def params(self) -> dict[str, str]:
        """The query; of a name that comes twice, the last."""
        return dict(parse_qsl(self.query.decode("latin-1")))

    @property
    def form(self) -> dict[str, str]:
        """A browser's own form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))


class Response(msgspec.Struct, frozen=True):
    """promised: the length to declare when it is more than what is sent: the answer breaks off."""

    status: int
    body: bytes
    headers: dict[str, str] = {}
    promised: int | None = None

    def with_body(self, body: bytes) -> Response:
        return msgspec.structs.replace(self, body=body)

    def packed_for(self, request: Request) -> Response:
        """Compressed, where that is asked for and worth it."""
        if len(self.body) <= 2000 or "gzip" not in request.headers.get("accept-encoding", ""):
            return self
        headers = {**self.headers, "content-encoding": "gzip"}
        return Response(self.status, gzip.compress(self.body, 1), headers)


def json_response(status: int, thing: object, headers: Mapping[str, str] | None = None) -> Response:
    kind = {"content-type": "application/json"}
    return Response(status, msgspec.json.encode(thing), {**kind, **(headers or {})})


def xml_response(status: int, text: str) -> Response:
    return Response(status, text.encode(), {"content-type": XML})


def text_response(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, text.encode(), {"content-type": "text/plain", **(headers or {})})


async def read_request(
    scope: Mapping[str, Any],
    receive: Receive,
    roots: tuple[str, ...],
    *,
    largest: int = LARGEST_REQUEST,
) -> Request:
    """roots: the first segments we serve; what stands before them is where we are mounted.

    largest: bytes of a body; what passes it is read no further.
    """
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    prefix, path = _split(scope["path"], scope.get("root_path", ""), roots)
    host = headers.get("host", "localhost")
    return Request(
        method=scope["method"],
        path=path,
        base=f"{scope.get('scheme', 'http')}://{host}{prefix}",
        query=scope.get("query_string", b""),
        headers=headers,
        body=await _body(receive, largest),
    )


def _split(path: str, root_path: str, roots: tuple[str, ...]) -> tuple[str, str]:
    """Servers differ in whether the path still holds the prefix: find where we begin."""
    below = path.removeprefix(root_path)
    places = [place for root in roots if (place := f"{below}/".find(f"/{root}/")) >= 0]
    begin = min(places, default=0)
    return (root_path + below[:begin]).rstrip("/"), below[begin:]


async def _body(receive: Receive, largest: int) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False) and len(body) <= largest
    return bytes(body)


async def answer(send: Send, response: Response) -> None:
    length = len(response.body) if response.promised is None else response.promised
    await _start(send, response.status, {**response.headers, "content-length": str(length)})
    # To return with more promised than sent makes the server cut the connection.
    breaks_off = length > len(response.body)
    await send({"type": "http.response.body", "body": response.body, "more_body": breaks_off})


async def answer_without_end(send: Send, response: Response, size: int) -> None:
    """More than anybody should read, and not announced. size: bytes, of spaces."""
    await _start(send, response.status, response.headers)
    piece = b" " * 65536
    for _ in range(size // len(piece)):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"{}"})


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    pairs = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def lifespan(receive: Receive, send: Send, close: Callable[[], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await close()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def pause(milliseconds: float) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
