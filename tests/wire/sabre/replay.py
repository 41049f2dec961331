"""Fixtures, and the adapter over a transport that plays them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from adapters.sabre import MANIFEST
from adapters.sabre.config import SabreConfig
from tests.wire.exchange import stopped
from tests.wire.sabre.cases import CONNECTION, NOW

ROOT = Path(__file__).parents[3] / "fixtures" / "sabre"
# signing in and out goes on beside every case
ACCESS = {
    "TokenCreateRQ": "token/created",
    "SessionCreateRQ": "session/created",
    "SessionCloseRQ": "session/closed",
}
_MINTED = re.compile(r"(<ns\d+:(ConversationId|MessageId|Timestamp)>)[^<]*")


class Fixture(NamedTuple):
    """request, response: text, as JSON or XML. meta: evidence, says, path, status, action."""

    name: str
    request: str
    response: str
    meta: dict[str, Any]

    @property
    def is_xml(self) -> bool:
        return self.request.startswith("<")


def load(name: str) -> Fixture:
    folder = ROOT / name
    meta = tomllib.loads((folder / "meta.toml").read_text())
    ending = "xml" if (folder / "request.xml").exists() else "json"
    request, response = (
        (folder / f"{part}.{ending}").read_text() for part in ("request", "response")
    )
    return Fixture(name, request, response, meta)


def every_name() -> list[str]:
    return sorted(str(p.parent.relative_to(ROOT)) for p in ROOT.glob("*/*/meta.toml"))


def plain(request: httpx.Request) -> str:
    """What was sent, in the form fixtures have: without what is minted for every call."""
    if request.url.host.startswith("webservices"):
        return _MINTED.sub(r"\1*", request.content.decode())
    return json.dumps(json.loads(request.content), indent=1, ensure_ascii=False) + "\n"


class Replay:
    """Answers each request with the next fixture, and keeps what was asked."""

    def __init__(self, fixtures: Sequence[Fixture]) -> None:
        self._left = list(fixtures)
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        action = request.headers.get("soapaction", "").strip('"')
        fixture = None
        if not (self._left and self._left[0].meta.get("action") == action):
            fixture = load(ACCESS[action]) if action in ACCESS else None
        if fixture is None:
            fixture = self._left.pop(0)
            self.asked.append((request.url.path, action, plain(request)))
        kind = "text/xml" if fixture.is_xml else "application/json"
        return httpx.Response(
            fixture.meta.get("status", 200),
            headers={"content-type": kind},
            content=fixture.response.encode(),
        )


@asynccontextmanager
async def playing(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Any]:
    config = SabreConfig(
        pcc="AB12", epr="500100", password="sandbox0", timezone="Asia/Jakarta", queue=100
    )
    async with MANIFEST.open(config, stopped(transport, NOW, CONNECTION)) as gds:
        yield gds
