"""Own stock from search to cancellation, through the API of a whole hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.http.house import House, open_house
from tests.http.rig import GUESTS, HOLDER, MAKKAH, Json

pytestmark = pytest.mark.anyio
ARRIVES = datetime.now(UTC).date() + timedelta(days=60)
LEAVES = ARRIVES + timedelta(days=3)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def a_property(hub: House, rooms: int) -> Json:
    """One room type under one plan, free to cancel, sold by a connection of its own."""
    house = await hub.made(
        "/v1/properties",
        {
            "entity": hub.first.entity,
            "code": "AJYAD",
            "name": "Ajyad Courtyard",
            "timezone": "Asia/Riyadh",
            "currency": "SAR",
            "country": "SA",
            "latitude": 21.4194,
            "longitude": 39.8262,
            "taxes": [{"name": "VAT", "percent": "15"}],
        },
    )
    path = f"/v1/properties/{house['id']}"
    room = await hub.made(f"{path}/room-types", {"code": "D", "name": "Double", "max_adults": 2})
    plan = {"code": "BAR", "name": "Best", "currency": "SAR", "cancellation": []}
    made = await hub.made(f"{path}/rate-plans", plan)
    span = {"room_type": room["id"], "first": str(ARRIVES), "last": str(LEAVES)}
    prices = {"by_adults": [{"adults": 2, "price": {"minor": 46000, "currency": "SAR"}}]}
    updates = {
        "inventory": {**span, "capacity": rooms},
        "rates": {**span, "rate_plan": made["id"], "prices": prices},
    }
    for grid, update in updates.items():
        asked = {"property": house["id"], "updates": [update]}
        assert (await hub.send("PATCH", f"/v1/{grid}", asked)).json() == {"changed": 4}
    await hub.made(
        "/v1/connections",
        {
            "adapter": "house",
            "name": "Own stock",
            "entity": hub.first.entity,
            "config": {},
            "markup": {"percent": "10", "round_to": 100},
        },
    )
    return house


async def search(hub: House) -> list[Json]:
    asked = {
        "destination": MAKKAH,
        "check_in": str(ARRIVES),
        "check_out": str(LEAVES),
        "rooms": [{"adults": 2}],
        "nationality": "ID",
    }
    found: list[Json] = (await hub.made("/v1/hotels/search", asked))["offers"]
    return found


async def taken(hub: House, house: Json) -> list[int]:
    path = f"/v1/inventory?property={house['id']}&first={ARRIVES}&last={LEAVES}"
    rows = (await hub.send("GET", path)).json()["data"]
    return [night["sold"] for night in rows[0]["nights"]]


async def test_the_last_room_is_searched_quoted_booked_and_given_back(hub: House) -> None:
    house = await a_property(hub, rooms=1)
    (offer,) = await search(hub)
    assert offer["sale"]["hotel"]["code"] == "AJYAD"
    assert offer["sale"]["price"]["sell"] == {"minor": 151800, "currency": "SAR"}
    quotes = [await hub.made("/v1/quotes", {"offer": offer["offer"]}) for _ in range(2)]
    order = {"holder": HOLDER, "rooms": GUESTS}
    booked = await hub.made("/v1/bookings", {**order, "quote": quotes[0]["id"]}, key="k-1")
    assert booked["state"] == "confirmed"
    assert await taken(hub, house) == [1, 1, 1, 0]
    late = await hub.send("POST", "/v1/bookings", {**order, "quote": quotes[1]["id"]}, key="k-2")
    assert (late.status_code, late.json()["code"]) == (409, "sold_out")
    assert await search(hub) == []
    path = f"/v1/bookings/{booked['id']}/cancel"
    gone = await hub.send("POST", path, {"reason": "the guest is ill"}, key="k-3")
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert await taken(hub, house) == [0, 0, 0, 0]
    assert len(await search(hub)) == 1
