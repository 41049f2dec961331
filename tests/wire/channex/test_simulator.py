"""The simulator is strict and can be steered over HTTP: bare requests, no adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.channex.simulator import API_KEY, HOTELS, PREFIX, Simulator
from tests.wire.channex.test_contracts import keeps

pytestmark = pytest.mark.anyio
HOTEL = HOTELS[0]
TWIN, _, FAMILY = HOTEL.rooms
BAR, FAMILY_BAR = TWIN.plans[0].id, FAMILY.plans[0].id
DAY = str(datetime.now(UTC).date() + timedelta(days=30))
NEXT = str(datetime.now(UTC).date() + timedelta(days=31))
Json = dict[str, Any]


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.asgi),
        base_url="http://sim/somewhere",
        headers={"user-api-key": API_KEY},
    ) as client:
        yield client


async def push(http: httpx.AsyncClient, path: str, *values: Json) -> httpx.Response:
    told = [{"property_id": HOTEL.id, **value} for value in values]
    return await http.post(PREFIX + path, json={"values": told})


def rooms(**other: Any) -> Json:
    day = {"date_from": DAY, "date_to": DAY}
    return {"room_type_id": TWIN.id, "availability": 3, **day, **other}


def rate(**other: Any) -> Json:
    return {"rate_plan_id": BAR, "date_from": DAY, "date_to": DAY, **other}


async def test_a_key_is_needed(http: httpx.AsyncClient) -> None:
    for key in ("", "another-key-0000"):
        answer = await http.get(f"{PREFIX}/properties/options", headers={"user-api-key": key})
        assert (answer.status_code, answer.json()["errors"]["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("/availability", rooms(availability=-1), "availability"),
        ("/availability", rooms(availability="3"), "availability"),
        ("/availability", rooms(room_type_id=BAR), "room_type_id"),
        ("/availability", rooms(date_from="2020-01-01"), "date_from"),
        ("/availability", rooms(date_to="2099-01-01"), "date_to"),
        ("/availability", rooms(date_from=NEXT), "date_to"),
        ("/availability", rooms(days=["mon"]), "days"),
        ("/availability", rooms(days=[]), "days"),
        ("/availability", rooms(rooms=1), "rooms"),
        ("/availability", rooms(date_from="soon"), "date_from"),
        ("/restrictions", rate(), "rate"),
        ("/restrictions", rate(rate="0.00"), "rate"),
        ("/restrictions", rate(rate=3.5), "rate"),
        ("/restrictions", rate(rate="x"), "rate"),
        ("/restrictions", rate(rates=[{"occupancy": 2, "rate": "1"}]), "rates"),
        ("/restrictions", rate(rate_plan_id=FAMILY_BAR, rate="1"), "rate"),
        (
            "/restrictions",
            rate(rate_plan_id=FAMILY_BAR, rates=[{"occupancy": 9, "rate": "1"}]),
            "rates",
        ),
        ("/restrictions", rate(rate_plan_id=TWIN.id, rate="1"), "rate_plan_id"),
        ("/restrictions", rate(min_stay_arrival=0), "min_stay_arrival"),
        ("/restrictions", rate(max_stay=-1), "max_stay"),
        ("/restrictions", rate(stop_sell="yes"), "stop_sell"),
    ],
)
async def test_a_wrong_value_is_warned_of_and_the_right_one_counts(
    http: httpx.AsyncClient, simulator: Simulator, path: str, value: Json, field: str
) -> None:
    good = rooms(availability=5) if path == "/availability" else rate(stop_sell=True)
    answer = await push(http, path, value, good)
    assert answer.status_code == 200
    keeps("pushed", answer.json())
    (warning,) = answer.json()["meta"]["warnings"]
    assert field in warning["warning"]
    assert answer.json()["data"]
    day = datetime.fromisoformat(DAY).date()
    if path == "/availability":
        assert simulator.free(TWIN.id, day) == 5
    else:
        assert simulator.stock.restricted(BAR, day)["stop_sell"] is True
    alone = await push(http, path, value)
    assert alone.json()["data"] == []


async def test_hundredths_and_decimals_are_the_same_price(
    http: httpx.AsyncClient, simulator: Simulator
) -> None:
    for told in (33350, "333.50"):
        assert (await push(http, "/restrictions", rate(rate=told))).json()["meta"]["warnings"] == []
        day = datetime.fromisoformat(DAY).date()
        assert f"{simulator.stock.rates[BAR, day][2]:.2f}" == "333.50"


async def test_a_body_has_to_be_theirs(http: httpx.AsyncClient) -> None:
    url = f"{PREFIX}/availability"
    bodies: list[Json] = [{}, {"values": []}, {"values": [1]}, {"values": [rooms()], "more": 1}]
    for body in bodies:
        answer = await http.post(url, json=body)
        assert answer.status_code == 400
        keeps("error", answer.json())
    assert (await http.post(url, content="{}")).status_code == 400
    kind = {"content-type": "application/json"}
    assert (await http.post(url, content="{", headers=kind)).status_code == 400
    other = {"values": [{**rooms(), "property_id": BAR}]}
    assert (await http.post(url, json=other)).status_code == 403
    assert (await http.get(f"{PREFIX}/nothing")).status_code == 404


async def test_ten_calls_a_minute_and_no_more(
    http: httpx.AsyncClient, simulator: Simulator
) -> None:
    statuses = [(await push(http, "/availability", rooms())).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert (await push(http, "/restrictions", rate(stop_sell=True))).status_code == 200
    simulator.ahead_s = 61
    assert (await push(http, "/availability", rooms())).status_code == 200


async def test_lists_are_read_in_pages(http: httpx.AsyncClient) -> None:
    first = (await http.get(f"{PREFIX}/rate_plans?pagination[limit]=5")).json()
    keeps("ratePlans", first)
    assert first["meta"] == {"total": 8, "page": 1, "limit": 5}
    second = (await http.get(f"{PREFIX}/rate_plans?pagination[limit]=5&pagination[page]=2")).json()
    assert len(second["data"]) == 3
    assert (await http.get(f"{PREFIX}/rate_plans?pagination[limit]=101")).status_code == 400
    only = (await http.get(f"{PREFIX}/room_types?filter[property_id]={HOTELS[1].id}")).json()
    keeps("roomTypes", only)
    assert len(only["data"]) == 1


async def test_it_is_steered_and_read_over_http(http: httpx.AsyncClient) -> None:
    await push(http, "/availability", rooms(availability=1))
    stay = {"room": TWIN.id, "plan": BAR, "check_in": DAY, "check_out": NEXT}
    url = f"/_control/bookings/{HOTEL.id}"
    booking = (await http.post(url, json={"rooms": [stay]})).json()["id"]
    assert (await http.get("/_control/held")).json()[TWIN.id][DAY] == 0
    assert (await http.post(url, json={"rooms": [stay]})).status_code == 409
    assert (await http.post(f"{url}?force", json={"rooms": [stay]})).status_code == 200
    longer = {"rooms": [{**stay, "adults": 1}]}
    assert (await http.put(f"/_control/bookings/{booking}", json=longer)).status_code == 200
    assert (await http.delete(f"/_control/bookings/{booking}")).status_code == 200
    assert (await http.get("/_control/bookings")).json()[booking] == "cancelled"
    feed = (await http.get(f"{PREFIX}/booking_revisions/feed?order[inserted_at]=asc")).json()
    keeps("feed", feed)
    told = [row["attributes"]["status"] for row in feed["data"]]
    assert told == ["new", "new", "modified", "cancelled"]
    revision = feed["data"][0]["id"]
    for _ in range(2):
        done = await http.post(f"{PREFIX}/booking_revisions/{revision}/ack")
        keeps("acknowledged", done.json())
    assert (await http.get(f"{PREFIX}/booking_revisions/feed")).json()["meta"]["total"] == 3
    await http.post(f"/_control/again/{revision}")
    assert (await http.get(f"{PREFIX}/booking_revisions/feed")).json()["meta"]["total"] == 4
    missing = await http.post(f"{PREFIX}/booking_revisions/none/ack")
    assert missing.status_code == 404
    limit = {"kind": "rate_limit", "operation": "feed", "retry_after": 7}
    assert (await http.post("/_control/faults", json=limit)).status_code == 200
    limited = await http.get(f"{PREFIX}/booking_revisions/feed")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert (await http.put("/_control/manner", json={"disorder": True})).status_code == 200
    assert (await http.put("/_control/ahead_s", json=60)).status_code == 200
    assert (await http.get("/_control/calls")).json()["ack"] == 3
    assert (await http.get("/_control/nothing")).status_code == 404
    assert (await http.post("/_control/faults", json={"kind": "witchcraft"})).status_code == 400
    assert (await http.post("/_control/reset")).status_code == 200
    assert (await http.get("/_control/held")).json() == {}


async def test_what_is_read_back_keeps_the_contract(http: httpx.AsyncClient) -> None:
    rates = [{"occupancy": n, "rate": f"{n}00.00"} for n in (1, 2, 3, 4)]
    await push(http, "/restrictions", rate(rate_plan_id=FAMILY_BAR, rates=rates))
    days = f"filter[property_id]={HOTEL.id}&filter[date][gte]={DAY}&filter[date][lte]={DAY}"
    keeps("availabilityHeld", (await http.get(f"{PREFIX}/availability?{days}")).json())
    names = "rate,min_stay_arrival,min_stay_through,max_stay,closed_to_arrival"
    names += ",closed_to_departure,stop_sell"
    held = (await http.get(f"{PREFIX}/restrictions?{days}&filter[restrictions]={names}")).json()
    keeps("restrictionsHeld", held)
    assert held["data"][FAMILY.plans[0].option(1)][DAY]["rate"] == "100.00"
    assert held["data"][FAMILY_BAR][DAY]["rate"] == "400.00"
    keeps("planOptions", (await http.get(f"{PREFIX}/rate_plans/options")).json())
    keeps("property", (await http.get(f"{PREFIX}/properties/{HOTEL.id}")).json())
    keeps("propertyOptions", (await http.get(f"{PREFIX}/properties/options")).json())
    assert (await http.get(f"{PREFIX}/restrictions?{days}")).status_code == 400
    assert (
        await http.get(f"{PREFIX}/availability?filter[property_id]={HOTEL.id}")
    ).status_code == 400
