"""Tours over HTTP: searched, quoted, booked, and their vouchers read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.rig import HOLDER, TOURS, Api

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(api: Api) -> Api:
    await api.world.travel()
    return api


async def test_a_tour_from_search_to_voucher(api: Api) -> None:
    found = await api.made("/v1/activities/search", TOURS, 200)
    assert [s["outcome"] for s in found["suppliers"]] == ["answered"]
    sale = found["offers"][0]["sale"]
    assert (sale["kind"], sale["starts_at"]) == ("activity", "2027-01-14T09:00:00")
    booking = await api.a_tour(guests=[{"name": "Siti", "surname": "Contoh"}])
    assert (booking["state"], booking["sale"]["kind"]) == ("confirmed", "activity")
    await api.world.check_due()
    voucher = (await api.get(f"/v1/bookings/{booking['id']}/voucher")).json()
    assert voucher["reference"] == booking["supplier_reference"]
    assert {v["form"] for v in voucher["vouchers"]} == {"qr_code"}
    assert len(voucher["vouchers"]) == 2
    cancelled = await api.made(f"/v1/bookings/{booking['id']}/cancel", status=200)
    assert cancelled["cancelled"]["fee"] == {"minor": 0, "currency": "SAR"}
    gone = await api.get(f"/v1/bookings/{booking['id']}/voucher")
    assert (gone.status_code, gone.json()["code"]) == (409, "not_confirmed")


async def test_a_voucher_that_is_not_issued_yet_says_when_to_ask(api: Api) -> None:
    booking = await api.a_tour()
    api.world.tours.break_next("vouchers", "rate_limited", 90)
    answer = await api.get(f"/v1/bookings/{booking['id']}/voucher")
    assert (answer.status_code, answer.json()["code"]) == (503, "voucher_not_issued")
    assert answer.headers["retry-after"] == "90"


async def test_a_stream_of_tours(api: Api) -> None:
    answer = await api.post("/v1/activities/search", TOURS, accept="text/event-stream")
    assert answer.text.startswith("event: supplier\n")
    assert "event: done\n" in answer.text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"last": "2027-01-01"}, "/last"),
        ({"people": {}}, "/people"),
        ({"people": {"adult": 50, "child": 50}}, "/people"),
        ({"people": {"robot": 1}}, "/people"),
        ({"where": {"type": "square"}}, "/where"),
    ],
)
async def test_what_cannot_be_searched_is_named(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    answer = await api.post("/v1/activities/search", {**TOURS, **change})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


async def test_a_tour_cannot_be_amended(api: Api) -> None:
    booking = await api.a_tour()
    change = {"check_in": "2027-02-01", "check_out": "2027-02-02"}
    answer = await api.post(f"/v1/bookings/{booking['id']}/amend", change)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_supported")
    assert HOLDER["surname"] not in answer.text
