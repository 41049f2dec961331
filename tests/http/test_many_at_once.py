"""Many requests for one thing at once, on the real engines and over real HTTP to the supplier."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.http.house import House, open_house

pytestmark = pytest.mark.anyio
REPEATS = 20


async def repeated(house: House) -> None:
    """One booking, twenty times, under one key, at every hub in turn."""
    await house.connect("hotelbeds")
    order = await house.an_order()
    at = [n % len(house.hubs) for n in range(REPEATS)]
    answers = await asyncio.gather(
        *(house.send("POST", "/v1/bookings", order, key="k-1", hub=hub) for hub in at)
    )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 409}, statuses
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    waiting = [a.json()["code"] for a in answers if a.status_code == 409]
    assert set(waiting) <= {"idempotency_key_in_use"}
    late = await house.send("POST", "/v1/bookings", order, key="k-1", hub=at[-1])
    assert (late.status_code, late.headers["idempotency-replayed"]) == (201, "true")
    (held,) = await house.at_the_supplier("bookings")
    assert held["clientReference"] == late.json()["vendor_reference"]
    assert (await house.at_the_supplier("calls"))["booking"] == 1
    kept = (await house.send("GET", "/v1/bookings")).json()["data"]
    assert [booking["id"] for booking in kept] == [late.json()["id"]]


async def test_twenty_at_once_under_one_key_are_one_booking_on_postgresql(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with open_house(tmp_path, database=postgres_url, redis=redis_url, hubs=2) as house:
        await repeated(house)


async def test_twenty_at_once_under_one_key_are_one_booking_on_sqlite(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await repeated(house)
