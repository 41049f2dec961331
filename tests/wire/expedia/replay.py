"""Fixtures, and the adapter over a transport that plays them."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
from lxml import etree

from adapters.expedia import MANIFEST
from adapters.expedia.config import ExpediaConfig
from tests.wire.exchange import stopped
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
    config = msgspec.convert(
        {**LOGIN, "base_url": f"https://expedia.example{PREFIX}"}, ExpediaConfig
    )
    async with MANIFEST.open(config, stopped(transport, NOW)) as channel:
        yield channel
