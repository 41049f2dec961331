"""The tenant's own stock over HTTP: set up, set, held, allotted, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.rig import STAY, Api, Json, open_api

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(empty_database: bytes, tmp_path: Path) -> AsyncIterator[Api]:
    path = tmp_path / "serai.db"
    path.write_bytes(empty_database)
    async with open_api(path) as made:
        yield made


@pytest.fixture
async def house(api: Api) -> dict[str, str]:
    return await api.a_house()


def grid(house: dict[str, str], path: str = "inventory") -> str:
    return f"/v1/{path}?property={house['property_id']}&first=2027-01-14&last=2027-01-18"


async def nights(api: Api, house: dict[str, str]) -> list[Json]:
    found: list[Json] = (await api.get(grid(house))).json()["data"][0]["nights"]
    return found


def faults(answer: httpx.Response) -> dict[str, str]:
    return {e["pointer"]: e["message"] for e in answer.json()["errors"]}


async def test_a_hold_is_taken_sold_and_cancelled(api: Api, house: dict[str, str]) -> None:
    hold = await api.a_hold(house, reference="GROUP-7")
    assert {n["held"] for n in await nights(api, house)} == {1}
    for move, state, sold in (("sell", "sold", 1), ("sell", "sold", 1), ("cancel", "cancelled", 0)):
        answer = await api.post(f"/v1/holds/{hold['id']}/{move}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert {(n["held"], n["sold"]) for n in await nights(api, house)} == {(0, sold)}
    refused = await api.post(f"/v1/holds/{hold['id']}/sell")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_possible_now")
    listed = (await api.get("/v1/holds?reference=GROUP-7&state=cancelled")).json()["data"]
    assert [h["id"] for h in listed] == [hold["id"]]


async def test_a_hold_gives_itself_back(api: Api, house: dict[str, str]) -> None:
    hold = await api.a_hold(house, expires_in_s=60)
    api.world.clock.move(59)
    await api.world.check_due()
    assert {n["held"] for n in await nights(api, house)} == {1}
    api.world.clock.move(2)
    await api.world.check_due()
    assert {n["held"] for n in await nights(api, house)} == {0}
    assert (await api.get(f"/v1/holds/{hold['id']}")).json()["state"] == "expired"
    assert await api.world.told(hold["id"]) == ["hold.expired"]
    assert (await api.post(f"/v1/holds/{hold['id']}/release")).json()["state"] == "expired"


async def test_sold_out_names_every_short_night(api: Api, house: dict[str, str]) -> None:
    rooms = [{**STAY, "room_type": house["room_type_id"], "count": 11}]
    answer = await api.post("/v1/holds", {"property": house["property_id"], "rooms": rooms})
    assert (answer.status_code, answer.json()["code"]) == (409, "sold_out")
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/rooms/0"] * 5
    assert (await api.get("/v1/holds")).json()["data"] == []


async def test_the_same_key_holds_once(api: Api, house: dict[str, str]) -> None:
    rooms = [{**STAY, "room_type": house["room_type_id"]}]
    new = {"property": house["property_id"], "rooms": rooms}
    made = [(await api.post("/v1/holds", new, once="k-1")).json()["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert {n["held"] for n in await nights(api, house)} == {1}


async def test_a_group_draws_from_its_allotment_until_the_release(
    api: Api, house: dict[str, str]
) -> None:
    group = await api.an_allotment(house)
    drawn = await api.a_hold(house, allotment=group["id"], expires_in_s=30 * 86400)
    assert {n["held"] for n in await nights(api, house)} == {3}
    left = (await api.get(f"/v1/allotments/{group['id']}")).json()["nights"]
    assert {(n["drawn"], n["left"]) for n in left} == {(1, 2)}
    again = [{**STAY, "room_type": house["room_type_id"], "count": 3}]
    asked = {"property": house["property_id"], "rooms": again, "allotment": group["id"]}
    assert (await api.post("/v1/holds", asked)).json()["code"] == "sold_out"
    release = f"/v1/allotments/{group['id']}/release"
    for _ in range(2):
        assert (await api.post(release)).json()["state"] == "released"
    assert {n["held"] for n in await nights(api, house)} == {1}
    assert (await api.post("/v1/holds", asked)).json()["code"] == "allotment_released"
    await api.post(f"/v1/holds/{drawn['id']}/release")
    assert {n["held"] for n in await nights(api, house)} == {0}
    assert await api.world.told(group["id"]) == ["allotment.released"]


async def test_the_release_date_is_the_propertys(api: Api, house: dict[str, str]) -> None:
    group = await api.an_allotment(house, release_on="2026-12-20")
    async with api.world.store.read(api.world.scope) as view:
        stored = await view.allotment(group["id"])
    assert stored is not None
    midnight = stored.release_at
    assert (midnight.hour, midnight.day) == (21, 19)  # in UTC: Riyadh is three hours ahead
    wait = (midnight - api.world.clock.now()).total_seconds()
    api.world.clock.move(wait - 1)
    await api.world.check_due()
    assert {n["held"] for n in await nights(api, house)} == {3}
    api.world.clock.move(2)
    await api.world.check_due()
    assert {n["held"] for n in await nights(api, house)} == {0}


async def test_fewer_rooms_than_are_taken_cannot_be_set(api: Api, house: dict[str, str]) -> None:
    await api.a_hold(house)
    span = {"room_type": house["room_type_id"], "first": "2027-01-12", "last": "2027-01-20"}
    asked = {
        "property": house["property_id"],
        "updates": [{**span, "stop_sell": True}, {**span, "capacity": 0}],
    }
    answer = await api.send("PATCH", "/v1/inventory", asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "less_than_taken")
    assert list(faults(answer)) == ["/updates/1"]
    assert "2027-01-14" in faults(answer)["/updates/1"]
    assert not any(n["stop_sell"] for n in await nights(api, house))


async def test_weekdays_and_order_count_and_a_repeat_changes_nothing(
    api: Api, house: dict[str, str]
) -> None:
    span = {"room_type": house["room_type_id"], "first": "2027-01-11", "last": "2027-01-24"}
    asked = {
        "property": house["property_id"],
        "updates": [{**span, "capacity": 8}, {**span, "weekdays": [4, 5], "capacity": 6}],
    }
    assert (await api.send("PATCH", "/v1/inventory", asked)).json() == {"changed": 14}
    assert [n["capacity"] for n in await nights(api, house)] == [6, 6, 8, 8, 8]  # from a Thursday
    assert (await api.send("PATCH", "/v1/inventory", asked)).json() == {"changed": 0}


async def test_rates_are_set_lifted_and_derived(api: Api, house: dict[str, str]) -> None:
    plans = f"/v1/properties/{house['property_id']}/rate-plans"
    derived = {"parent": house["rate_plan_id"], "percent": "-10"}
    plan = {"code": "MEMBER", "name": "Members", "currency": "SAR", "derived": derived}
    member = (await api.made(plans, plan))["id"]
    span = {
        "room_type": house["room_type_id"],
        "rate_plan": house["rate_plan_id"],
        "first": "2027-01-14",
        "last": "2027-01-14",
    }

    async def set_(**what: Any) -> httpx.Response:
        updates = [{**span, **what}]
        return await api.send(
            "PATCH", "/v1/rates", {"property": house["property_id"], "updates": updates}
        )

    assert (await set_(min_stay_arrival=3, closed_to_departure=True)).json() == {"changed": 1}
    assert (await set_(min_stay_arrival=None, max_advance=90)).json() == {"changed": 1}
    first = (await api.get(grid(house, "rates"))).json()["data"]
    by_plan = {c["rate_plan"]: c for c in first if c["night"] == "2027-01-14"}
    own, theirs = by_plan[house["rate_plan_id"]], by_plan[member]
    assert (own["min_stay_arrival"], own["closed_to_departure"], own["max_advance"]) == (
        None,
        True,
        90,
    )
    assert theirs["prices"]["by_adults"][0]["price"]["minor"] == 36000
    span["rate_plan"] = member
    price = {"by_adults": [{"adults": 2, "price": {"minor": 1, "currency": "SAR"}}]}
    assert set(faults(await set_(prices=price))) == {
        "/updates/0/prices",
        "/updates/0/rate_plan",
    }


BAD: list[tuple[str, str, Json, set[str]]] = [
    ("POST", "/v1/properties", {"timezone": "Makkah"}, {"/timezone"}),
    ("POST", "/v1/properties", {"currency": "XXX"}, {"/currency"}),
    ("POST", "/v1/properties", {"latitude": 91}, {"/latitude"}),
    ("POST", "/v1/properties", {"latitude": 21.4}, {"/longitude"}),
    ("POST", "/v1/properties", {"country": "XX", "name": " "}, {"/country", "/name"}),
    ("POST", "/v1/properties", {"taxes": [{"name": "VAT"}]}, {"/taxes/0"}),
    ("PATCH", "/v1/inventory", {"last": "2027-01-01"}, {"/updates/0/last"}),
    ("PATCH", "/v1/inventory", {"first": "2020-01-01"}, {"/updates/0/first"}),
    ("PATCH", "/v1/inventory", {"room_type": "rmt_nobody"}, {"/updates/0/room_type"}),
    ("PATCH", "/v1/inventory", {"capacity": -1}, {"/updates/0/capacity"}),
    ("PATCH", "/v1/inventory", {"last": "2099-01-01"}, {"/updates"}),
    ("PATCH", "/v1/inventory", {"capacity": None}, {"/updates/0"}),
    ("POST", "/v1/holds", {"check_out": "2027-01-14"}, {"/rooms/0/check_out"}),
    ("POST", "/v1/holds", {"check_in": "2026-11-01"}, {"/rooms/0/check_in"}),
    ("POST", "/v1/holds", {"room_type": "rmt_nobody"}, {"/rooms/0/room_type"}),
    ("POST", "/v1/allotments", {"release_on": "2027-02-01"}, {"/release_on"}),
]


@pytest.mark.parametrize(("method", "path", "wrong", "pointers"), BAD)
async def test_what_is_wrong_is_named(
    api: Api, house: dict[str, str], method: str, path: str, wrong: Json, pointers: set[str]
) -> None:
    room = {"room_type": house["room_type_id"]}
    span = {"first": "2027-01-12", "last": "2027-01-13", "capacity": 1}
    mine = {"property": house["property_id"]}
    bodies: dict[str, Json] = {
        "/v1/properties": {
            "entity": api.world.entity.id,
            "code": "X",
            "name": "X",
            "timezone": "Asia/Riyadh",
            "currency": "SAR",
            "country": "SA",
            **wrong,
        },
        "/v1/inventory": {**mine, "updates": [{**room, **span, **wrong}]},
        "/v1/holds": {**mine, "rooms": [{**room, **STAY, **wrong}]},
        "/v1/allotments": {
            **mine,
            **room,
            **STAY,
            "name": "G",
            "count": 1,
            "release_on": "2027-01-01",
            **wrong,
        },
    }
    answer = await api.send(method, path, bodies[path])
    assert answer.status_code == 422, answer.text
    assert set(faults(answer)) == pointers


async def test_rates_say_what_they_set_for_people_the_room_takes(
    api: Api, house: dict[str, str]
) -> None:
    before = (await api.get(grid(house, "rates"))).json()
    room = {"room_type": house["room_type_id"], "rate_plan": house["rate_plan_id"]}
    span = {"first": "2027-01-14", "last": "2029-12-31"}

    async def refused(**what: Any) -> dict[str, str]:
        asked = {"property": house["property_id"], "updates": [{**room, **span, **what}]}
        answer = await api.send("PATCH", "/v1/rates", asked)
        assert answer.status_code == 422, answer.text
        return faults(answer)

    assert await refused() == {"/updates/0": "names nothing to set"}
    prices = [{"adults": n, "price": {"minor": 1, "currency": "SAR"}} for n in (2, 9)]
    too_many = await refused(prices={"by_adults": prices})
    assert set(too_many) == {"/updates/0/prices/by_adults/1/adults"}
    assert (await api.get(grid(house, "rates"))).json() == before


async def test_a_code_is_one_propertys(api: Api, house: dict[str, str]) -> None:
    found = (await api.get("/v1/properties")).json()["data"][0]
    new = {n: found[n] for n in ("entity", "code", "name", "timezone", "currency", "country")}
    answer = await api.post("/v1/properties", new)
    assert (answer.status_code, answer.json()["resource"]) == (409, house["property_id"])


async def test_a_property_off_sale_holds_nothing(api: Api, house: dict[str, str]) -> None:
    path = f"/v1/properties/{house['property_id']}"
    assert (await api.send("PATCH", path, {"active": False})).json()["active"] is False
    rooms = [{**STAY, "room_type": house["room_type_id"]}]
    answer = await api.post("/v1/holds", {"property": house["property_id"], "rooms": rooms})
    assert answer.json()["code"] == "not_on_sale"
