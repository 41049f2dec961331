"""Fixtures, and the adapter over a transport that plays them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
from lxml import etree

from adapters._kit.wiring import Wiring
from adapters.expedia import MANIFEST
from adapters.expedia.config import ExpediaConfig
from adapters.limiter.memory import MemoryLimiter
from adapters.system import SystemClock
from core.domain.tenancy import Environment
from ports.errors import VendorError
from tests.wire.expedia.cases import NOW

ROOT = Path(__file__).parents[3] / "fixtures" / "expedia"
PREFIX = "/eqc"
LOGIN = {"username": "EQCfixture", "password": "fake-password"}


class Fixture(NamedTuple):
    """request, response: XML. meta: path, status, evidence, says."""

    name: str
    request: bytes
    response: bytes
    meta: dict[str, Any]


def load(name: str) -> Fixture:
    folder = ROOT / name
    return Fixture(
        name,
        (folder / "request.xml").read_bytes(),
        (folder / "response.xml").read_bytes(),
        tomllib.loads((folder / "meta.toml").read_text()),
    )


def every_name() -> list[str]:
    return sorted(str(p.parent.relative_to(ROOT)) for p in ROOT.glob("*/*/meta.toml"))


def canonical(message: bytes) -> str:
    """The message without the blanks that only lay it out."""
    root = etree.fromstring(message, etree.XMLParser(remove_blank_text=True))
    written: bytes = etree.tostring(root, method="c14n")
    return written.decode()


class StoppedClock(SystemClock):
    def now(self) -> datetime:
        return NOW


class Replay:
    """Answers each request with the next fixture, and keeps what was asked."""

    def __init__(self, fixtures: Sequence[Fixture]) -> None:
        self._left = list(fixtures)
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.headers["content-type"].startswith("text/xml")
        path = request.url.path.removeprefix(PREFIX)
        self.asked.append((path, canonical(request.content)))
        fixture = self._left.pop(0)
        return httpx.Response(fixture.meta["status"], content=fixture.response)


@asynccontextmanager
async def playing(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Any]:
    clock = StoppedClock()
    wiring = Wiring(
        connection="con_test",
        budget="acc_test",
        environment=Environment.TEST,
        transport=transport,
        limiter=MemoryLimiter(clock),
        clock=clock,
    )
    config = msgspec.convert(
        {**LOGIN, "base_url": f"https://expedia.example{PREFIX}"}, ExpediaConfig
    )
    async with MANIFEST.open(config, wiring) as channel:
        yield channel


async def result(ask: Any) -> Any:
    """What came of it, as JSON values; an error by its name and code."""
    try:
        answer = await ask
    except VendorError as e:
        return {"error": type(e).__name__, "vendor_code": e.vendor_code}
    if answer is None:
        return None
    plain = msgspec.json.decode(msgspec.json.encode(answer))
    if isinstance(plain, dict):  # how long it took is no part of the answer
        plain.get("evidence", {}).pop("elapsed_ms", None)
        return {"is": type(answer).__name__, **plain}
    return json.loads(json.dumps(plain))
