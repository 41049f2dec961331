"""The simulator is strict and can be steered over HTTP: bare requests, no adapter."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from adapters.hotelbeds.simulator import API_KEY, PREFIX, SECRET, Simulator
from tests.wire.hotelbeds.replay import load

pytestmark = pytest.mark.anyio


def signed(skew: int = 0) -> dict[str, str]:
    text = f"{API_KEY}{SECRET}{int(time.time()) + skew}"
    signature = hashlib.sha256(text.encode()).hexdigest()
    return {"api-key": API_KEY, "x-signature": signature, "accept": "application/json"}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Simulator().asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim/somewhere") as client:
        yield client


def code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"]).partition("-")[0]


async def test_a_signature_has_its_minute(http: httpx.AsyncClient) -> None:
    url = PREFIX + "/status"
    assert (await http.get(url, headers=signed())).json()["status"] == "OK"
    for headers in (signed(-120), signed(120), {**signed(), "api-key": "other"}, {}):
        assert (await http.get(url, headers=headers)).status_code == 401


async def test_the_wrong_form_is_rejected(http: httpx.AsyncClient) -> None:
    url = PREFIX + "/hotels"
    body: dict[str, Any] = {
        "stay": {"checkIn": "2030-01-01", "checkOut": "2030-01-03"},
        "occupancies": [{"rooms": 1, "adults": 2, "children": 0}],
        "hotels": {"hotel": [9001]},
    }
    assert (await http.post(url, json=body, headers=signed())).status_code == 200
    xml = {**signed(), "content-type": "application/xml"}
    wrong = [
        {**body, "extra": 1},
        {**body, "stay": {"checkIn": "2020-01-01", "checkOut": "2020-01-03"}},
        {**body, "stay": {"checkIn": "2030-01-03", "checkOut": "2030-01-01"}},
        {**body, "occupancies": [{"rooms": 1, "adults": 2, "children": 1}]},
        {**body, "hotels": {"hotel": ["9001"]}},
        {k: v for k, v in body.items() if k != "hotels"},
    ]
    answers = [await http.post(url, json=one, headers=signed()) for one in wrong]
    answers.append(await http.post(url, content=json.dumps(body), headers=xml))
    answers.append(await http.post(url, content=b"{", headers=signed()))
    assert {a.status_code for a in answers} == {400}


async def test_a_rate_key_it_did_not_issue_is_no_rate(http: httpx.AsyncClient) -> None:
    body = load("bookings/confirmed").request["body"]
    answer = await http.post(PREFIX + "/bookings", json=body, headers=signed())
    assert (answer.status_code, code(answer)) == (400, "INVALID_DATA")


async def test_it_is_steered_and_read_over_http(http: httpx.AsyncClient) -> None:
    fault = {"kind": "rate_limited", "operation": "status", "value": 3}
    assert (await http.post("/_control/faults", json=fault)).status_code == 204
    limited = await http.get(PREFIX + "/status", headers=signed())
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    assert (await http.get(PREFIX + "/status", headers=signed())).status_code == 200
    assert (await http.get("/_control/calls")).json() == {"status": 2}
    assert (await http.get("/_control/bookings?clientReference=S1")).json() == []
    assert (await http.post("/_control/faults", json={"kind": "witchcraft"})).status_code == 400
    assert (await http.put("/_control/delay_ms", content=b"x")).status_code == 400
    assert (await http.get("/_control/nothing")).status_code == 404
