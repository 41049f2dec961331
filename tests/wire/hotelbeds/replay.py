"""Fixtures, and the adapter over a transport that plays them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.hotelbeds import MANIFEST
from adapters.hotelbeds.config import HotelbedsConfig
from tests.wire.exchange import Fixtures, stopped
from tests.wire.hotelbeds.cases import CONNECTION, NOW

FIXTURES = Fixtures("hotelbeds")
ROOT, load, every_name = FIXTURES.folder, FIXTURES.exchange, FIXTURES.names


def asked(request: httpx.Request) -> dict[str, Any]:
    """A request as fixtures hold it."""
    return {
        "method": request.method,
        "path": request.url.path.removeprefix("/hotel-api/1.0"),
        "query": dict(request.url.params),
        "body": json.loads(request.content) if request.content else None,
    }


@asynccontextmanager
async def playing(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Any]:
    config = HotelbedsConfig(api_key="fakekey000", secret="fakesecret000")
    async with MANIFEST.open(config, stopped(transport, NOW, CONNECTION)) as supplier:
        yield supplier
