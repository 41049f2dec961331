"""The simulator is strict and can be steered over HTTP: bare requests, no adapter."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.octo.simulator import API_KEY, PREFIX, Simulator
from tests.wire.octo.official import keep_their_contract

pytestmark = pytest.mark.anyio
BOTH = "octo/pricing, octo/content"
HEADERS = {"authorization": f"Bearer {API_KEY}", "octo-capabilities": BOTH}
DAY = datetime.now(UTC).date() + timedelta(days=40)
DAY += timedelta(days=(5 - DAY.weekday()) % 7)  # a Saturday: nothing is closed, nothing dearer
CONTACT = {"firstName": "Siti", "lastName": "Contoh", "phoneNumber": "+62 811"}
Json = dict[str, Any]


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(simulator.asgi)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sim/somewhere", headers=HEADERS
    ) as client:
        yield client


def a_start(day: date = DAY, hour: str = "08:00:00") -> str:
    return f"{day}T{hour}+03:00"


def a_hold(**other: Any) -> Json:
    return {
        "uuid": str(uuid4()),
        "productId": "makkah-city",
        "optionId": "EN",
        "availabilityId": a_start(),
        "unitItems": [{"uuid": str(uuid4()), "unitId": "adult"}],
        **other,
    }


async def post(http: httpx.AsyncClient, path: str, body: Json) -> httpx.Response:
    return await http.post(PREFIX + path, json=body)


async def held(http: httpx.AsyncClient, **other: Any) -> Json:
    answer = await post(http, "/bookings/", a_hold(**other))
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def code(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    return str(answer.json()["error"])


async def left(http: httpx.AsyncClient) -> int | None:
    body = {"productId": "makkah-city", "optionId": "EN", "availabilityIds": [a_start()]}
    (row,) = (await post(http, "/availability/", body)).json()
    vacancies: int | None = row["vacancies"]
    return vacancies


async def test_a_key_is_needed_and_has_to_be_right(http: httpx.AsyncClient) -> None:
    url = PREFIX + "/supplier/"
    assert (await http.get(url)).status_code == 200
    missing = await http.get(url, headers={"authorization": ""})
    assert (missing.status_code, missing.json()["error"]) == (401, "UNAUTHORIZED")
    wrong = await http.get(url, headers={"authorization": "Bearer other"})
    assert (wrong.status_code, wrong.json()["error"]) == (403, "FORBIDDEN")


async def test_only_what_is_asked_for_is_granted_and_told(http: httpx.AsyncClient) -> None:
    url = PREFIX + "/products/makkah-city"
    for asked, granted in (
        (BOTH, {"octo/pricing", "octo/content"}),
        ("octo/content, octo/cart", {"octo/content"}),
        ("", set()),
    ):
        answer = await http.get(url, headers={"octo-capabilities": asked})
        echoed = answer.headers["octo-capabilities"]
        assert {c.strip() for c in echoed.split(",") if c} == granted
        assert ("defaultCurrency" in answer.json()) == ("octo/pricing" in granted)
        assert ("title" in answer.json()) == ("octo/content" in granted)
    del http.headers["octo-capabilities"]
    assert code(await http.get(url)) == "BAD_REQUEST"


async def test_a_uuid_is_one_booking(http: httpx.AsyncClient, simulator: Simulator) -> None:
    body = a_hold()
    first, again = [await post(http, "/bookings/", body) for _ in range(2)]
    assert first.json() == again.json()
    assert len(simulator.bookings()) == 1
    other = {**body, "unitItems": [{"unitId": "adult"}, {"unitId": "adult"}]}
    assert code(await post(http, "/bookings/", other)) == "INVALID_BOOKING_UUID"
    assert await left(http) == 11


async def test_places_go_and_come_back(http: httpx.AsyncClient, simulator: Simulator) -> None:
    assert await left(http) == 12
    one = await held(http, unitItems=[{"unitId": "adult"}] * 7, expirationMinutes=5)
    assert await left(http) == 5
    body = a_hold(unitItems=[{"unitId": "adult"}] * 6)
    assert code(await post(http, "/bookings/", body)) == "UNPROCESSABLE_ENTITY"
    simulator.ahead_s = 299
    assert await left(http) == 5
    simulator.ahead_s = 301
    assert await left(http) == 12
    told = await http.get(f"{PREFIX}/bookings/{one['uuid']}")
    assert told.json()["status"] == "EXPIRED"
    late = await post(http, f"/bookings/{one['uuid']}/confirm", {"contact": CONTACT})
    assert code(late) == "INVALID_BOOKING_UUID"


async def test_a_hold_is_no_longer_than_they_allow(http: httpx.AsyncClient) -> None:
    one = await held(http, expirationMinutes=1000)
    ends = datetime.fromisoformat(one["utcExpiresAt"])
    assert ends - datetime.fromisoformat(one["utcCreatedAt"]) == timedelta(minutes=30)


async def test_a_booking_walks_its_states_and_no_others(http: httpx.AsyncClient) -> None:
    one = await held(http)
    path = f"/bookings/{one['uuid']}"
    assert code(await post(http, path + "/confirm", {})) == "BAD_REQUEST"
    no_name = {"contact": {"firstName": "Siti"}}
    assert code(await post(http, path + "/confirm", no_name)) == "UNPROCESSABLE_ENTITY"
    others = {"contact": CONTACT, "unitItems": [{"uuid": str(uuid4()), "unitId": "adult"}]}
    assert code(await post(http, path + "/confirm", others)) == "UNPROCESSABLE_ENTITY"
    for _ in range(2):  # a second confirmation changes nothing
        confirmed = await post(http, path + "/confirm", {"contact": CONTACT})
        assert confirmed.json()["status"] == "CONFIRMED"
        assert confirmed.json()["unitItems"][0]["ticket"]["deliveryOptions"]
    assert code(await post(http, path + "/extend", {})) == "UNPROCESSABLE_ENTITY"
    cancelled = await post(http, path + "/cancel", {"reason": "ill"})
    assert cancelled.json()["cancellation"]["refund"] == "FULL"
    assert code(await post(http, path + "/cancel", {})) == "UNPROCESSABLE_ENTITY"
    assert await left(http) == 12


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"extra": 1}, "BAD_REQUEST"),
        ({"uuid": "one"}, "BAD_REQUEST"),
        ({"unitItems": []}, "BAD_REQUEST"),
        ({"expirationMinutes": 0}, "BAD_REQUEST"),
        ({"contact": {"emailAddress": "siti"}}, "BAD_REQUEST"),
        ({"productId": "moon"}, "INVALID_PRODUCT_ID"),
        ({"optionId": "FR"}, "INVALID_OPTION_ID"),
        ({"availabilityId": a_start(hour="03:00:00")}, "INVALID_AVAILABILITY_ID"),
        ({"availabilityId": "soon"}, "INVALID_AVAILABILITY_ID"),
        ({"unitItems": [{"unitId": "dog"}]}, "INVALID_UNIT_ID"),
        ({"unitItems": [{"unitId": "infant"}]}, "UNPROCESSABLE_ENTITY"),
        ({"availabilityId": a_start(date(2020, 1, 4))}, "UNPROCESSABLE_ENTITY"),
        ({"currency": "USD"}, "UNPROCESSABLE_ENTITY"),
    ],
)
async def test_the_wrong_form_is_rejected(
    http: httpx.AsyncClient, wrong: Json, expected: str
) -> None:
    assert code(await post(http, "/bookings/", a_hold(**wrong))) == expected


async def test_bodies_have_to_be_json(http: httpx.AsyncClient) -> None:
    url, body = PREFIX + "/bookings/", json.dumps(a_hold())
    assert code(await http.post(url, content=body)) == "BAD_REQUEST"
    kind = {"content-type": "application/json"}
    assert code(await http.post(url, content="{", headers=kind)) == "BAD_REQUEST"
    assert code(await http.post(url, content="[]", headers=kind)) == "BAD_REQUEST"
    assert (await http.get(PREFIX + "/nothing/")).status_code == 404


async def test_it_is_steered_and_read_over_http(http: httpx.AsyncClient) -> None:
    fault = {"kind": "rate_limited", "operation": "supplier", "value": 3}
    assert (await http.post("/_control/faults", json=fault)).status_code == 204
    limited = await http.get(PREFIX + "/supplier/")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    assert (await http.get(PREFIX + "/supplier/")).status_code == 200
    assert (await http.get("/_control/calls")).json() == {"supplier": 2}
    one = await held(
        http, productId="taif-roses", optionId="DAY", availabilityId=a_start(hour="07:00:00")
    )
    await post(http, f"/bookings/{one['uuid']}/confirm", {"contact": CONTACT})
    assert (await http.post(f"/_control/answer/{one['uuid']}?accept=false")).status_code == 204
    assert [b["status"] for b in (await http.get("/_control/bookings")).json()] == ["REJECTED"]
    assert (await http.post(f"/_control/answer/{one['uuid']}")).status_code == 400
    assert (await http.put("/_control/ahead_s", content=b"60")).status_code == 204
    assert (await http.post("/_control/faults", json={"kind": "witchcraft"})).status_code == 400
    assert (await http.put("/_control/delay_ms", content=b"x")).status_code == 400
    assert (await http.get("/_control/nothing")).status_code == 404
    assert (await http.post("/_control/reset")).status_code == 204
    assert (await http.get("/_control/bookings")).json() == []


async def test_all_that_it_answers_keeps_their_contract(
    http: httpx.AsyncClient, official: Json
) -> None:
    async def checked(method: str, path: str, body: Json | None = None, **query: str) -> Any:
        answer = await http.request(method, PREFIX + path, json=body, params=query)
        assert answer.status_code in (200, 400), answer.text
        request = {"method": method, "path": path, "query": query, "body": body}
        response = {"status": answer.status_code, "headers": answer.headers}
        keep_their_contract(official, request, {**response, "body": answer.json()})
        return answer.json()

    for capabilities in (BOTH, "octo/content", ""):
        http.headers["octo-capabilities"] = capabilities
        await checked("GET", "/supplier/")
        await checked("GET", "/capabilities/")
        for product in await checked("GET", "/products/"):
            await checked("GET", f"/products/{product['id']}")
            option = product["options"][0]
            asked = {
                "productId": product["id"],
                "optionId": option["id"],
                "localDateStart": str(DAY),
                "localDateEnd": str(DAY + timedelta(days=8)),
                "units": [{"id": "adult", "quantity": 1}],
            }
            days = await checked("POST", "/availability/calendar", asked)
            starts = await checked("POST", "/availability/", asked)
            assert len(days) == 9
            open_ = [day["available"] for day in days]
            assert len([s for s in starts if s["available"]]) >= sum(open_)
            hold = a_hold(
                productId=product["id"],
                optionId=option["id"],
                availabilityId=next(s["id"] for s in starts if s["available"]),
            )
            path = f"/bookings/{hold['uuid']}"
            await checked("POST", "/bookings/", hold)
            await checked("POST", f"{path}/extend", {"expirationMinutes": 20})
            await checked("POST", f"{path}/confirm", {"contact": CONTACT})
            told = await checked("GET", path)
            reference = told["supplierReference"]
            assert await checked("GET", "/bookings/", supplierReference=reference) == [told]
            await checked("POST", f"{path}/cancel", {})
            await checked("POST", f"{path}/extend", {"expirationMinutes": 20})
    await checked("GET", "/bookings/")
