"""Fixtures, and the adapter over a transport that plays them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec

from adapters.siteminder import MANIFEST
from ports.errors import VendorError
from tests.wire.exchange import stopped
from tests.wire.siteminder.cases import NOW

ROOT = Path(__file__).parents[3] / "fixtures" / "siteminder"
CONFIG = {"requestor_id": "SERAI", "username": "serai", "password": "sandbox-Password0"}
# Minted for every message, and given back by its answer.
_ECHO = re.compile(r'(EchoToken=")[^"]*')


class Fixture(NamedTuple):
    """request: "" where nothing but the address is sent. meta: evidence, says, path, status,
    action."""

    name: str
    request: str
    response: str
    meta: dict[str, Any]

    @property
    def is_xml(self) -> bool:
        return "action" in self.meta


def load(name: str) -> Fixture:
    folder = ROOT / name
    meta = tomllib.loads((folder / "meta.toml").read_text())
    ending = "xml" if "action" in meta else "json"
    request = folder / "request.xml"
    return Fixture(
        name,
        request.read_text().removesuffix("\n") if request.exists() else "",
        (folder / f"response.{ending}").read_text(),
        meta,
    )


def every_name() -> list[str]:
    return sorted(str(p.parent.relative_to(ROOT)) for p in ROOT.glob("*/*/meta.toml"))


def plain(request: httpx.Request) -> str:
    """What was sent, in the form fixtures have: without what is minted for every call."""
    return _ECHO.sub(r"\1*", request.content.decode())


class Replay:
    """Answers each request with the next fixture, and keeps what was asked."""

    def __init__(self, fixtures: Sequence[Fixture]) -> None:
        self._left = list(fixtures)
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fixture = self._left.pop(0)
        action = request.headers.get("soapaction", "").strip('"')
        self.asked.append((request.url.path, action, plain(request)))
        echo = _ECHO.search(request.content.decode())
        response = fixture.response
        if echo is not None:  # they give our token back
            response = _ECHO.sub(echo.group(), response)
        return httpx.Response(
            fixture.meta.get("status", 200),
            headers={"content-type": "text/xml" if fixture.is_xml else "application/json"},
            content=response.encode(),
        )


@asynccontextmanager
async def playing(
    transport: httpx.AsyncBaseTransport, config: dict[str, Any]
) -> AsyncIterator[Any]:
    converted = msgspec.convert({**CONFIG, **config}, MANIFEST.config)
    async with MANIFEST.open(converted, stopped(transport, NOW)) as channel:
        yield channel


async def result(ask: Any) -> Any:
    """What came of it, as JSON values; an error by its name and code."""
    try:
        answer = await ask
    except VendorError as e:
        return {"error": type(e).__name__, "vendor_code": e.vendor_code}
    value = msgspec.json.decode(msgspec.json.encode(answer))
    if isinstance(value, dict):
        value.get("evidence", {}).pop("elapsed_ms", None)  # how long it took is no part of it
        if "reference" in value:
            value["reference"] = "*"  # the token of the message
    return value
