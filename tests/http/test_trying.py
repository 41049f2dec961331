"""Trying a receiver over the API."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from core.application.hub import Asking
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.scenarios import SCENARIOS
from core.domain.tenancy import PARTNER_PERMISSIONS, Environment, Permission, Scope
from tests.fakes.hub import World, an_asking
from tests.http.rig import Api, Json

pytestmark = pytest.mark.anyio


async def answered(world: World, asked: Any) -> httpx.Response:
    """What the API answers while a worker elsewhere sends what falls due."""
    task = asyncio.create_task(asked)
    while not task.done():
        await world.dispatch()
        await world.clock.advance(0.05)
    answer: httpx.Response = await task
    return answer


async def an_endpoint(api: Api) -> Json:
    made: Json = (await api.an_endpoint(await api.a_partner()))["endpoint"]
    return made


async def test_one_call_shows_what_the_receiver_did(api: Api, world: World) -> None:
    endpoint = await an_endpoint(api)
    world.sender.answers[endpoint["url"]] = 503
    answer = await answered(world, api.post(f"/v1/endpoints/{endpoint['id']}/test"))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["delivery"]["event_type"] == "endpoint.ping"
    assert told["delivery"]["state"] == "exhausted"
    (tried,) = told["tries"]
    assert (tried["status"], tried["fault"]) == (503, "partner_busy")
    read = await api.get(f"/v1/deliveries/{told['delivery']['id']}")
    assert read.json() == told


async def test_who_does_not_wait_looks_later(api: Api, world: World) -> None:
    endpoint = await an_endpoint(api)
    asked = {"type": "booking.cancelled"}
    answer = await api.post(f"/v1/endpoints/{endpoint['id']}/test?wait_s=0", asked)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["delivery"]["state"], told["tries"]) == ("due", [])
    await world.dispatch()
    read = (await api.get(f"/v1/deliveries/{told['delivery']['id']}")).json()
    assert (read["delivery"]["state"], read["tries"][0]["status"]) == ("succeeded", 204)
    event = (await api.get(f"/v1/events/{told['delivery']['event']}")).json()
    assert event["test"] is True
    assert event["data"]["reference"].startswith("TEST-")


async def test_a_repeat_under_its_key_is_no_second_test(api: Api, world: World) -> None:
    path = f"/v1/endpoints/{(await an_endpoint(api))['id']}/test?wait_s=0"
    first = await api.post(path, once="k-test")
    again = await api.post(path, once="k-test")
    assert again.json() == first.json()
    await world.dispatch()
    assert len(world.sender.posted) == 1


async def test_a_disabled_endpoint_is_not_tested(api: Api) -> None:
    path = f"/v1/endpoints/{(await an_endpoint(api))['id']}"
    await api.send("PATCH", path, {"state": "disabled", "reason": "moving house"})
    answer = await api.post(f"{path}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_disabled")
    assert "moving house" in answer.json()["detail"]


@pytest.mark.parametrize("query", ["?wait_s=21", "?wait_s=-1", "?wait_s=x", "?wait=1"])
async def test_a_wait_has_bounds(api: Api, query: str) -> None:
    path = f"/v1/endpoints/{(await an_endpoint(api))['id']}/test{query}"
    answer = await api.post(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_what_can_be_triggered_is_told(api: Api) -> None:
    told = (await api.get("/v1/test-events")).json()
    assert [s["name"] for s in told["scenarios"]] == list(SCENARIOS)
    assert [t["type"] for t in told["types"]] == list(CATALOGUE)
    assert told["scenarios"][0]["types"][0] == "booking.confirmed"


async def test_a_scenario_is_triggered_and_every_answer_shown(api: Api, world: World) -> None:
    endpoint = await an_endpoint(api)
    asked = {"scenario": "payment_expired"}
    answer = await answered(world, api.post("/v1/test-events", asked))
    assert answer.status_code == 201, answer.text
    events = answer.json()["events"]
    types = ["booking.confirmed", "payment.opened", "payment.expired"]
    assert [e["event"]["type"] for e in events] == types
    for one in events:
        (delivery,) = one["deliveries"]
        assert delivery["delivery"]["endpoint"] == endpoint["id"]
        assert [t["status"] for t in delivery["tries"]] == [204]
        assert one["event"]["test"] is True


async def test_a_partners_key_tries_its_own_receiver(api: Api, world: World) -> None:
    endpoint = await an_endpoint(api)
    mine = await api.a_key(*PARTNER_PERMISSIONS, partner=endpoint["partner"])
    path = f"/v1/endpoints/{endpoint['id']}/test"
    ping = await answered(world, api.post(path, key=mine))
    assert ping.json()["delivery"]["state"] == "succeeded"
    assert (await api.get("/v1/test-events", key=mine)).status_code == 200
    asked = {"type": "refund.failed"}
    told = await answered(world, api.post("/v1/test-events", asked, key=mine))
    (delivery,) = told.json()["events"][0]["deliveries"]
    assert delivery["delivery"]["partner"] == endpoint["partner"]


async def test_in_the_live_environment_nothing_is_made_up(api: Api, world: World) -> None:
    live: Asking = an_asking(Scope(world.scope.tenant, Environment.LIVE))
    key = await api.a_key(Permission.ADMIN, asking=live)
    answer = await api.post("/v1/test-events", {"scenario": "sold_out"}, key=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "test_only")
    assert (await api.get("/v1/events", key=key)).json()["data"] == []
