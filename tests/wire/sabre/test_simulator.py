"""The simulator is strict and can be steered over HTTP: bare requests, no adapter."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from adapters.sabre.simulator import Simulator
from tests.wire.sabre.cases import NOW
from tests.wire.sabre.replay import load

pytestmark = pytest.mark.anyio
CREATE = "/rest/v1/trip/orders/createBooking"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Simulator(now=lambda: NOW).asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim/somewhere") as client:
        answer = await envelope(client, "token/created")
        token = answer.text.partition('Base64Binary">')[2].partition("<")[0]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


async def envelope(client: httpx.AsyncClient, name: str, **changes: str) -> httpx.Response:
    raw, action = load(name).request, load(name).meta["action"]
    for old, new in changes.items():
        assert old in raw
        raw = raw.replace(old, new)
    return await client.post("/soap/", content=raw, headers={"soapaction": f'"{action}"'})


def order() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(load("create/confirmed").request)
    return body


def errors(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return [e["type"] for e in answer.json().get("errors", [])]


async def test_nobody_comes_in_without_a_token(http: httpx.AsyncClient) -> None:
    for header in ("Bearer no", "Basic x", ""):
        answer = await http.post(CREATE, json=order(), headers={"authorization": header})
        assert answer.status_code == 401
    assert (await http.get(CREATE)).status_code == 404


async def test_the_password_organisation_and_pcc_must_be_right(http: httpx.AsyncClient) -> None:
    for wrong in ({"sandbox0": "sandbox1"}, {"<Organization>AB12": "<Organization>ZZ99"}):
        answer = await envelope(http, "token/created", **wrong)
        assert answer.status_code == 500
        assert "USG_AUTHENTICATION_FAILED" in answer.text
    answer = await envelope(http, "token/created", **{"CPAId>AB12": "CPAId>ZZ99"})
    assert "Unknown CPAId" in answer.text


async def test_a_session_service_takes_no_token_of_seven_days(http: httpx.AsyncClient) -> None:
    token = http.headers["authorization"].removeprefix("Bearer ")
    raw = load("rules/outbound").request
    before, _, rest = raw.partition("BinarySecurityToken>")
    raw = f"{before}BinarySecurityToken>{token}<{rest.partition('<')[2]}"
    answer = await http.post("/soap/", content=raw, headers={"soapaction": "OTA_AirRulesLLSRQ"})
    assert "USG_INVALID_SECURITY_TOKEN" in answer.text


async def test_the_wrong_form_is_rejected(http: httpx.AsyncClient) -> None:
    assert not errors(await http.post(CREATE, json=order()))
    changes: list[Callable[[Any], object]] = [
        lambda o: o.update(extra=1),
        lambda o: o["travelers"][0].update(givenName="Siti"),
        lambda o: o["travelers"][0].pop("infantTravelerIndex"),
        lambda o: o["travelers"][2].pop("birthDate"),
        lambda o: o["flightDetails"]["flights"][0].update(flightNumber="817"),
        lambda o: o["flightDetails"]["flights"][0].update(departureTime="16:31"),
        lambda o: o["flightDetails"]["flights"][0].update(bookingClass="Z"),
        lambda o: o["flightDetails"]["flightPricing"][0]["priceComparisons"][0].update(
            desiredAmount="1.00"
        ),
        lambda o: o["notification"]["queuePlacement"][0].update(pcc="ZZ99"),
        lambda o: o.pop("receivedFrom"),
    ]
    for change in changes:
        wrong = copy.deepcopy(order())
        change(wrong)
        assert len(errors(await http.post(CREATE, json=wrong))) == 1
    plain = await http.post(CREATE, content=b"{", headers={"content-type": "application/json"})
    assert errors(plain) == ["INVALID_JSON"]
    pnrs = (await http.get("/_control/pnrs")).json()
    assert len(pnrs) == 1


async def test_a_pnr_goes_its_way_and_no_other(http: httpx.AsyncClient) -> None:
    locator = (await http.post(CREATE, json=order())).json()["confirmationId"]

    async def ask(name: str, body: dict[str, Any]) -> list[str]:
        return errors(await http.post(f"/rest/v1/trip/orders/{name}", json=body))

    fulfil = {**json.loads(load("fulfil/issued").request), "confirmationId": locator}
    cancel = {**json.loads(load("cancel/done").request), "confirmationId": locator}
    assert not await ask("fulfillFlightTickets", fulfil)
    assert await ask("fulfillFlightTickets", fulfil) == ["BOOKING_FULFILLED"]
    told = (
        await http.post("/rest/v1/trip/orders/getBooking", json={"confirmationId": locator})
    ).json()
    numbers = [t["number"] for t in told["flightTickets"]]
    void = {"tickets": numbers, "errorHandlingPolicy": "HALT_ON_ERROR"}
    await http.put("/_control/ahead_s", content="86400")
    assert await ask("voidFlightTickets", void) == ["UNABLE_TO_VOID_TICKET"]
    await http.put("/_control/ahead_s", content="0")
    assert not await ask("voidFlightTickets", void)
    assert not await ask("cancelBooking", cancel)
    assert await ask("cancelBooking", cancel) == ["NOTHING_TO_CANCEL"]
    assert await ask("fulfillFlightTickets", fulfil) == ["UNABLE_TO_FULFILL_UNCONFIRMED_FLIGHTS"]


async def test_it_is_steered_and_read_over_http(http: httpx.AsyncClient) -> None:
    fault = {"kind": "rate_limited", "operation": "create", "value": 3}
    assert (await http.post("/_control/faults", json=fault)).status_code == 204
    limited = await http.post(CREATE, json=order())
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    locator = (await http.post(CREATE, json=order())).json()["confirmationId"]
    assert (await http.get("/_control/queues")).json() == {"100": [locator]}
    for what in ("schedule_change", "carrier_cancel", "dearer"):
        assert (await http.post(f"/_control/pnrs/{locator}/{what}")).status_code == 204
    assert (await http.get("/_control/queues")).json().keys() == {"100", "6", "7"}
    assert (await http.get("/_control/calls")).json()["create"] == 2
    assert (await http.get("/_control/sessions")).json() == {"open": 0, "most": 0}
    assert (await http.post("/_control/pnrs/NOBODY/carrier_cancel")).status_code == 400
    assert (await http.post("/_control/faults", json={"kind": "witchcraft"})).status_code == 400
    assert (await http.put("/_control/delay_ms", content=b"x")).status_code == 400
    assert (await http.get("/_control/nothing")).status_code == 404
    assert (await http.post("/_control/reset")).status_code == 204
    assert (await http.get("/_control/pnrs")).json() == {}
