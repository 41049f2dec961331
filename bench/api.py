"""A search through the hub beside the same call made directly, interleaved in one run.

The simulator sleeps 50 ms before each answer. `direct` is a bare HTTP client that signs,
sends and reads the bytes; the hub also authenticates, decodes, prices and seals each offer.
The hub is one process, as is the simulator; client, hub and simulator share the machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import uvloop

from bench.report import publish, summary, timed
from entrypoints.demo.house import House
from entrypoints.sandbox import STALLS

SLEEP_MS = 50
ROUNDS = 6
HOTELS = ["9001"]
Call = Callable[[], Awaitable[object]]


async def main() -> None:
    settings = {"requests_per_hour": "1000000000", "log_level": "warning"}
    with House(settings=settings) as house:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            hub, direct, offers = await _calls(house, http)
            rows, ratios = await _measure(hub, direct)
    publish("api", f"Search, {offers} offers an answer, milliseconds", rows, ratios=ratios)
    print(f"hub to direct: {ratios['1']} at 1 in flight (goal 1.2), {ratios['50']} at 50 (goal 2)")


async def _measure(hub: Call, direct: Call) -> tuple[dict[str, Any], dict[str, float]]:
    rows: dict[str, Any] = {}
    ratios = {}
    for flight, calls in ((1, 30), (50, 300)):
        times: dict[str, list[float]] = {"direct": [], "hub": []}
        for _ in range(ROUNDS):
            times["direct"] += await _burst(direct, flight, calls)
            times["hub"] += await _burst(hub, flight, calls)
        for name, measured in times.items():
            rows[f"{name}, {flight} in flight"] = summary(measured)
        hub_ms, direct_ms = (rows[f"{n}, {flight} in flight"]["p50"] for n in ("hub", "direct"))
        ratios[str(flight)] = round(hub_ms / direct_ms, 2)
    return rows, ratios


async def _burst(call: Call, flight: int, calls: int) -> list[float]:
    left = iter(range(calls))
    times: list[float] = []

    async def one_after_another() -> None:
        for _ in left:
            times.append(await timed(call))

    await asyncio.gather(*(one_after_another() for _ in range(flight)))
    return times


async def _calls(house: House, http: aiohttp.ClientSession) -> tuple[Call, Call, int]:
    stall = next(s for s in STALLS if s.adapter == "hotelbeds")
    vendor = house.sandbox_url + stall.path
    control = house.sandbox_url + "/hotelbeds/_control/delay_ms"
    async with http.put(control, data=str(SLEEP_MS)) as answer:
        answer.raise_for_status()
    bearer = {"authorization": f"Bearer {house.admin_key}"}
    connection = await _connect(house, http, bearer, stall.config | {"base_url": vendor})
    check_in = datetime.now(UTC).date() + timedelta(days=60)
    check_out = check_in + timedelta(days=4)
    search = {
        "destination": {"type": "codes", "codes": {connection: HOTELS}},
        "check_in": str(check_in),
        "check_out": str(check_out),
        "rooms": [{"adults": 2, "children": [4]}],
        "nationality": "ID",
    }
    wire = {
        "stay": {"checkIn": str(check_in), "checkOut": str(check_out)},
        "occupancies": [
            {"rooms": 1, "adults": 2, "children": 1, "paxes": [{"type": "CH", "age": 4}]}
        ],
        "hotels": {"hotel": [int(code) for code in HOTELS]},
        "sourceMarket": "ID",
    }

    async def hub() -> Any:
        url = f"{house.hub_url}/v1/hotels/search"
        async with http.post(url, json=search, headers=bearer) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def direct() -> bytes:
        headers = _signed(stall.config["api_key"], stall.config["secret"])
        async with http.post(f"{vendor}/hotels", json=wire, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    await direct()
    return hub, direct, len((await hub())["offers"])


def _signed(key: str, secret: str) -> dict[str, str]:
    signature = hashlib.sha256(f"{key}{secret}{int(time.time())}".encode()).hexdigest()
    return {"api-key": key, "x-signature": signature, "accept": "application/json"}


async def _connect(
    house: House, http: aiohttp.ClientSession, bearer: dict[str, str], config: dict[str, Any]
) -> str:
    new = {
        "adapter": "hotelbeds",
        "name": "bench",
        "entity": house.entity,
        "config": config | {"per_second": 10_000, "per_day": 10_000_000},
    }
    async with http.post(f"{house.hub_url}/v1/connections", json=new, headers=bearer) as answer:
        body = await answer.json()
        assert answer.status == 201, body
        return str(body["id"])


if __name__ == "__main__":
    uvloop.run(main())
