"""Fixtures, and the adapter over a transport that plays them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.octo import MANIFEST
from adapters.octo.config import OctoConfig
from tests.wire.exchange import Fixtures, stopped
from tests.wire.octo.cases import CONNECTION, NOW

FIXTURES = Fixtures("octo")
ROOT, load, every_name = FIXTURES.folder, FIXTURES.exchange, FIXTURES.names
PREFIX = "/api/octo"
API_KEY = "fake-reseller-key"


def asked(request: httpx.Request) -> dict[str, Any]:
    """A request as fixtures hold it; every one of them carries the key, which they do not."""
    assert request.headers["authorization"] == f"Bearer {API_KEY}"
    return {
        "method": request.method,
        "path": request.url.path.removeprefix(PREFIX),
        "query": dict(request.url.params),
        "headers": {n: request.headers[n] for n in ("octo-capabilities", "accept-language")},
        "body": json.loads(request.content) if request.content else None,
    }


@asynccontextmanager
async def playing(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Any]:
    config = OctoConfig(api_key=API_KEY, base_url=f"https://octo.example{PREFIX}")
    async with MANIFEST.open(config, stopped(transport, NOW, CONNECTION)) as supplier:
        yield supplier
