"""Flights over HTTP: shopped, priced, their rules read, booked, ticketed, and settled by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.domain.bookings.pnr import SegmentStatus
from core.domain.tenancy import Permission
from tests.application.travelling import pass_time
from tests.fakes.hub import World
from tests.http.rig import FLIGHTS, HOLDER, PASSENGERS, Api

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(api: Api) -> Api:
    await api.world.travel()
    return api


async def _offer(api: Api) -> dict[str, Any]:
    found = await api.made("/v1/flights/search", FLIGHTS, 200)
    first: dict[str, Any] = found["offers"][0]
    return first


async def test_a_flight_from_search_to_ticket(api: Api) -> None:
    offer = await _offer(api)
    assert offer["sale"]["kind"] == "flight"
    assert offer["sale"]["passengers"] == {"ADT": 1, "CNN": 1}
    assert offer["sale"]["segments"][0]["departs_at"] == "2027-01-14T09:00:00"
    priced = await api.made("/v1/flights/price", {"offer": offer["offer"]}, 200)
    assert priced["previous_sell"] is None
    rules = await api.made("/v1/flights/rules", {"offer": priced["offer"]}, 200)
    fare = rules["fares"][0]
    assert fare["refund"]["before_departure"]["terms"]["verdict"] == "allowed_with_fee"
    assert fare["text"][0]["number"] == 16

    quote = await api.made("/v1/quotes", {"offer": priced["offer"]})
    asked = {"quote": quote["id"], "holder": HOLDER, "passengers": PASSENGERS}
    booking = await api.made("/v1/bookings", asked)
    assert booking["state"] == "confirmed"
    assert [g["passenger"] for g in booking["guests"]] == ["ADT", "CNN"]
    (pnr,) = (await api.get(f"/v1/pnrs?booking={booking['id']}")).json()["data"]
    assert (pnr["state"], pnr["locator"]) == ("held", booking["supplier_reference"])
    assert pnr["due_by"] == min(pnr["ticket_by"], pnr["fare_until"])

    ticketed = await api.made(f"/v1/pnrs/{pnr['id']}/ticket", status=200)
    assert ticketed["state"] == "ticketed"
    assert [t["passenger"] for t in ticketed["tickets"] if t["live"]] == [1, 2]
    assert (await api.get(f"/v1/pnrs/{pnr['id']}")).json() == ticketed
    read = (await api.get(f"/v1/bookings/{booking['id']}")).json()
    assert read["guests"][1]["details"]["born_on"] == "2019-05-01"


async def test_only_a_key_with_net_prices_sees_fares_and_refunds(api: Api) -> None:
    key = await api.a_key(Permission.SEARCH, Permission.BOOKINGS_READ, Permission.BOOKINGS_WRITE)
    found = (await api.post("/v1/flights/search", FLIGHTS, key=key)).json()
    assert "net" not in found["offers"][0]["sale"]["price"]
    assert "fares" not in found["offers"][0]["sale"]
    pnr = await api.a_pnr()
    await api.made(f"/v1/pnrs/{pnr['id']}/ticket", status=200)
    quote = (await api.get(f"/v1/pnrs/{pnr['id']}/refund-quote", key=key)).json()
    assert set(quote) == {"pnr", "penalty"}
    assert "refund" in (await api.get(f"/v1/pnrs/{pnr['id']}/refund-quote")).json()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"bounds": [{"origin": "CGK", "destination": "CGK", "date": "2027-01-14"}]}, "/bounds/0"),
        ({"bounds": list(reversed(FLIGHTS["bounds"]))}, "/bounds"),
        ({"passengers": {"CNN": 1}}, "/passengers"),
        ({"passengers": {"ADT": 1, "INF": 2}}, "/passengers"),
        (
            {"bounds": [{"origin": "cgk", "destination": "JED", "date": "2027-01-14"}]},
            "/bounds/0/origin",
        ),
        ({"passengers": {"DOG": 1}}, "/passengers"),
    ],
)
async def test_what_cannot_be_shopped_is_named(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    answer = await api.post("/v1/flights/search", {**FLIGHTS, **change})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize(
    ("party", "pointer"),
    [
        ({}, "/passengers"),
        ({"passengers": PASSENGERS[:1]}, "/passengers"),
        ({"rooms": [[{"name": "A", "surname": "B"}]], "passengers": PASSENGERS}, "/rooms"),
        (
            {"passengers": [PASSENGERS[0], {**PASSENGERS[1], "born_on": "2010-01-01"}]},
            "/passengers/1/born_on",
        ),
    ],
)
async def test_who_does_not_fit_the_quote_is_named(
    api: Api, party: dict[str, Any], pointer: str
) -> None:
    quote = await api.made("/v1/quotes", {"offer": (await _offer(api))["offer"]})
    answer = await api.post("/v1/bookings", {"quote": quote["id"], "holder": HOLDER, **party})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_hotel_s_offer_is_not_priced_as_a_flight(api: Api) -> None:
    answer = await api.post("/v1/flights/price", {"offer": await api.an_offer()})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/offer")
    booking = await api.a_booking()
    answer = await api.post("/v1/flights/rules", {"booking": booking["id"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/booking")


async def test_one_key_issues_once_and_its_repeat_tells_the_same(api: Api, world: World) -> None:
    pnr = await api.a_pnr()
    first = await api.post(f"/v1/pnrs/{pnr['id']}/ticket", once="t-1")
    again = await api.post(f"/v1/pnrs/{pnr['id']}/ticket", once="t-1")
    assert (first.content, again.headers["idempotency-replayed"]) == (again.content, "true")
    assert world.gds.sent[f"ticket {pnr['locator']}"] == 1


async def test_a_refusal_names_the_pnr_and_why(api: Api, world: World) -> None:
    pnr = await api.a_pnr()
    world.gds.break_next("ticket", "rate_limited", 5)
    answer = await api.post(f"/v1/pnrs/{pnr['id']}/ticket")
    assert (answer.status_code, answer.json()["code"]) == (503, "vendor_unavailable")
    assert answer.json()["pnr"] == pnr["id"]
    void = await api.post(f"/v1/pnrs/{pnr['id']}/void")
    assert (void.status_code, void.json()["code"]) == (409, "not_now")


async def test_a_person_settles_what_never_showed(api: Api, world: World) -> None:
    pnr = await api.a_pnr()
    world.gds.break_next("ticket", "not_sent")
    asked = await api.post(f"/v1/pnrs/{pnr['id']}/ticket")
    assert (asked.status_code, asked.json()["state"]) == (202, "ticketing")
    await pass_time(world, timedelta(hours=1))
    (stuck,) = (await api.get("/v1/pnrs?state=needs_operator")).json()["data"]
    assert stuck["id"] == pnr["id"]
    said = {"outcome": "not_done", "reason": "our desk sees none"}
    settled = await api.made(f"/v1/pnrs/{pnr['id']}/resolve", said, 200)
    assert (settled["state"], settled["refusal"]["code"]) == ("held", "operator")


async def test_void_refund_and_cancel_in_their_order(api: Api) -> None:
    pnr = await api.a_pnr()
    path = f"/v1/pnrs/{pnr['id']}"
    await api.made(f"{path}/ticket", status=200)
    cancel = f"/v1/bookings/{pnr['booking']}/cancel"
    assert (await api.post(cancel)).status_code == 409
    assert (await api.made(f"{path}/void", status=200))["state"] == "held"
    await api.made(f"{path}/ticket", status=200)
    quote = (await api.get(f"{path}/refund-quote")).json()
    refunded = await api.made(f"{path}/refund", {"reason": "the guest is ill"}, 200)
    assert refunded["kept"] == quote["penalty"]
    gone = await api.made(cancel, status=200)
    assert (gone["state"], gone["cancelled"]["fee"]) == ("cancelled", quote["penalty"])


async def test_a_change_is_acknowledged(api: Api, world: World) -> None:
    pnr = await api.a_pnr()
    segment = world.gds.pnrs[pnr["locator"]].segments[0]

    world.gds.carrier(pnr["locator"], SegmentStatus.TK)
    seen = await api.made(f"/v1/pnrs/{pnr['id']}/read", status=200)
    assert seen["tasks"] == ["tell_and_acknowledge"]
    assert seen["segments"][0]["was"] == segment.segment.departs_at.isoformat()
    dealt = await api.made(f"/v1/pnrs/{pnr['id']}/acknowledge", status=200)
    assert (dealt["tasks"], dealt["segments"][0]["open"]) == ([], False)
    assert dealt["segments"][0]["task"] == "tell_and_acknowledge"
