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

from adapters._kit.wiring import Wiring
from adapters.channex import MANIFEST
from adapters.channex.config import ChannexConfig
from adapters.limiter.memory import MemoryLimiter
from adapters.system import SystemClock
from core.domain.tenancy import Environment
from ports.errors import VendorError
from tests.wire.channex.cases import NOW

ROOT = Path(__file__).parents[3] / "fixtures" / "channex"
PREFIX = "/api/v1"
API_KEY = "fake-channex-key"


class Fixture(NamedTuple):
    """request: method, path, query, body. response: status, body."""

    name: str
    request: dict[str, Any]
    response: dict[str, Any]
    meta: dict[str, Any]


def load(name: str) -> Fixture:
    folder = ROOT / name
    return Fixture(
        name,
        json.loads((folder / "request.json").read_text()),
        json.loads((folder / "response.json").read_text()),
        tomllib.loads((folder / "meta.toml").read_text()),
    )


def every_name() -> list[str]:
    return sorted(str(p.parent.relative_to(ROOT)) for p in ROOT.glob("*/*/request.json"))


class StoppedClock(SystemClock):
    def now(self) -> datetime:
        return NOW


def asked(request: httpx.Request) -> dict[str, Any]:
    """A request as fixtures hold it; every one of them carries the key, which they do not."""
    assert request.headers["user-api-key"] == API_KEY
    return {
        "method": request.method,
        "path": request.url.path.removeprefix(PREFIX),
        "query": dict(request.url.params),
        "body": json.loads(request.content) if request.content else None,
    }


class Replay:
    """Answers each request with the next fixture, and keeps what was asked."""

    def __init__(self, fixtures: Sequence[Fixture]) -> None:
        self._left = list(fixtures)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(asked(request))
        answer = self._left.pop(0).response
        return httpx.Response(answer["status"], json=answer["body"])


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
    config = ChannexConfig(api_key=API_KEY, base_url=f"https://channex.example{PREFIX}")
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
    return plain
