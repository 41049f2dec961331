"""Whole hubs over the engines they are served on, and the vendors' sandbox over real HTTP."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from core.application.hub import Hub
from entrypoints.asgi import address, listen, serve_asgi
from entrypoints.bootstrap import open_hub
from entrypoints.first_run import FirstRun, first_run
from entrypoints.http.app import create_app
from entrypoints.sandbox import STALLS, Sandbox
from entrypoints.settings import Settings
from tests.http.rig import GUESTS, HOLDER, MAKKAH, Json, a_client
from tests.patience import PATIENCE_S

KEY = base64.b64encode(b"k" * 32).decode("ascii")


class House:
    """Some hubs on one database, each with its own pools and clients. platforms: one a hub.

    simulators: the vendors' side, past the hub.
    """

    def __init__(
        self, hubs: list[Hub], platforms: list[httpx.AsyncClient], first: FirstRun, vendors: str
    ) -> None:
        self.hubs, self.platforms, self.first = hubs, platforms, first
        self._vendors_url = vendors
        self.vendors = httpx.AsyncClient(base_url=vendors, timeout=PATIENCE_S, trust_env=False)

    async def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", hub: int = 0
    ) -> httpx.Response:
        """key: the Idempotency-Key."""
        headers = {"authorization": f"Bearer {self.first.key}"}
        if key:
            headers["idempotency-key"] = key
        return await self.platforms[hub].request(method, path, json=body, headers=headers)

    async def made(self, path: str, body: Any, **other: Any) -> Json:
        answer = await self.send("POST", path, body, **other)
        assert answer.status_code in (200, 201), answer.text
        told: Json = answer.json()
        return told

    async def connect(self, adapter: str) -> str:
        stall = next(s for s in STALLS if s.adapter == adapter)
        config: Json = {**stall.config, "base_url": self._vendors_url + stall.path}
        if adapter == "hotelbeds":
            config["per_second"] = 1000
        new = {"adapter": adapter, "name": adapter, "entity": self.first.entity, "config": config}
        id: str = (await self.made("/v1/connections", new))["id"]
        return id

    async def an_order(self) -> Json:
        """A booking of a fresh quote, prepaid, to be posted."""
        arrives = datetime.now(UTC).date() + timedelta(days=60)
        search = {
            "destination": MAKKAH,
            "check_in": arrives.isoformat(),
            "check_out": (arrives + timedelta(days=3)).isoformat(),
            "rooms": [{"adults": 2}],
            "nationality": "ID",
        }
        found = (await self.made("/v1/hotels/search", search))["offers"]
        prepaid = next(o for o in found if o["sale"]["collect"] == "prepaid")
        quote = await self.made("/v1/quotes", {"offer": prepaid["offer"]})
        return {"quote": quote["id"], "holder": HOLDER, "rooms": GUESTS}

    async def at_the_supplier(self, what: str) -> Any:
        """`bookings` or `calls`."""
        return (await self.vendors.get(f"/hotelbeds/_control/{what}")).json()

    async def break_next(self, kind: str, operation: str, **other: Any) -> None:
        fault = {"kind": kind, "operation": operation, **other}
        done = await self.vendors.post("/hotelbeds/_control/faults", json=fault)
        assert done.status_code == 204, done.text


@asynccontextmanager
async def open_house(
    folder: Path, *, database: str = "", redis: str | None = None, hubs: int = 1
) -> AsyncIterator[House]:
    """database: of PostgreSQL; without one it is a SQLite file in *folder*, for one hub."""
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database,
        redis_url=redis,
        encryption_keys=KEY,
        egress_allow=("127.0.0.0/8",),
        requests_per_hour=1_000_000,
    )
    async with AsyncExitStack() as stack:
        vendors = await stack.enter_async_context(_sandbox())
        opened = [await stack.enter_async_context(open_hub(settings)) for _ in range(hubs)]
        first = await first_run(opened[0])
        assert first is not None
        apps = [create_app(hub, settings) for hub in opened]
        platforms = [await stack.enter_async_context(a_client(app)) for app in apps]
        house = House(opened, platforms, first, vendors)
        stack.push_async_callback(house.vendors.aclose)
        yield house


@asynccontextmanager
async def _sandbox() -> AsyncIterator[str]:
    stop, sock = asyncio.Event(), listen("127.0.0.1", 0)
    serving = asyncio.create_task(serve_asgi(Sandbox(), sock, stop, drain_s=1))
    try:
        yield address("127.0.0.1", sock)
    finally:
        stop.set()
        await serving
