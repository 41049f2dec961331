"""Fixtures, and the adapter over a transport that plays them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.channex import MANIFEST
from adapters.channex.config import ChannexConfig
from tests.wire.channex.cases import NOW
from tests.wire.exchange import Fixtures, stopped

FIXTURES = Fixtures("channex")
ROOT, load = FIXTURES.folder, FIXTURES.exchange
PREFIX = "/api/v1"
API_KEY = "fake-channex-key"


def every_name() -> list[str]:
    """Of exchanges; webhooks have no request."""
    return [name for name in FIXTURES.names() if (ROOT / name / "request.json").exists()]


def asked(request: httpx.Request) -> dict[str, Any]:
    """A request as fixtures hold it; every one of them carries the key, which they do not."""
    assert request.headers["user-api-key"] == API_KEY
    return {
        "method": request.method,
        "path": request.url.path.removeprefix(PREFIX),
        "query": dict(request.url.params),
        "body": json.loads(request.content) if request.content else None,
    }


@asynccontextmanager
async def playing(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Any]:
    config = ChannexConfig(api_key=API_KEY, base_url=f"https://channex.example{PREFIX}")
    async with MANIFEST.open(config, stopped(transport, NOW)) as channel:
        yield channel
