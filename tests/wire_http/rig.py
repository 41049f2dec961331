"""A client on the real transport, and a vendor called through it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters._kit.http import VendorHttp, open_client
from adapters._kit.transport import AioTransport

SECRET = "not-a-real-key-5e1f"


class RealClock:
    """The real time; sleeps end at once, so repeats come without their pauses."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@asynccontextmanager
async def client_of(base_url: str, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        AioTransport(**options) as transport,
        open_client(base_url, transport=transport, headers={"x-key": SECRET}) as client,
    ):
        yield client


def vendor(client: httpx.AsyncClient) -> VendorHttp:
    return VendorHttp(client, vendor="acme", clock=RealClock(), max_body=1_000_000, attempts=3)
