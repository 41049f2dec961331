"""Recoveries over HTTP: counted first, started once, followed and steered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.application.webhooks.add_partner import add_partner
from core.domain.tenancy import PARTNER_PERMISSIONS, Permission
from core.domain.webhooks.partner import EndpointState, Sees
from ports.store import Page
from tests.application.test_pace import change
from tests.application.test_recovery import Given, furnished
from tests.http.rig import Api, Json

pytestmark = pytest.mark.anyio


@pytest.fixture
async def given(api: Api) -> Given:
    return await furnished(api.world)


def asked(given: Given, **other: Any) -> Json:
    """Everything since the endpoint was added, until a moment from now."""
    given.world.clock.move(0.001)
    return {"endpoint": given.endpoint.id, "since": given.since.isoformat(), **other}


async def test_a_dry_run_counts_and_makes_nothing(api: Api, given: Given) -> None:
    events = await given.missed(20)
    told = await api.made("/v1/recoveries", asked(given, dry_run=True, pace_per_s=5), 200)
    assert told == {
        "endpoint": given.endpoint.id,
        "total": 20,
        "types": {"booking.confirmed": 20},
        "first_at": _z(events[0].occurred_at.isoformat()),
        "last_at": _z(events[-1].occurred_at.isoformat()),
        "seconds": 4.0,
    }
    assert (await api.get("/v1/recoveries")).json() == {"data": [], "next": None}
    nothing = await api.made("/v1/recoveries", asked(given, dry_run=True, types=["payment.*"]), 200)
    assert (nothing["total"], nothing["types"], nothing["first_at"]) == (0, {}, None)


def _z(text: str) -> str:
    return text.replace("+00:00", "Z")


async def test_it_is_started_followed_and_done(api: Api, given: Given) -> None:
    await given.missed(20)
    made = await api.made("/v1/recoveries", asked(given, reason="their receiver was down"))
    path = f"/v1/recoveries/{made['id']}"
    assert (made["state"], made["total"], made["sent"], made["left_s"]) == ("running", 20, 0, 2.0)
    assert made["reason"] == "their receiver was down"
    await api.world.check_due()
    half = (await api.get(path)).json()
    assert (half["sent"], half["left"], half["share"], half["left_s"]) == (10, 10, 0.5, 1.0)
    for _ in range(2):
        api.world.clock.move(1)
        await api.world.check_due()
    api.world.clock.move(1)
    await api.world.check_due()
    done = (await api.get(path)).json()
    assert (done["state"], done["sent"], done["left"], done["left_s"]) == ("done", 20, 0, None)
    assert done["finished_at"] is not None
    for query, found in (
        ("", 1),
        (f"?endpoint={given.endpoint.id}&state=done", 1),
        ("?state=running", 0),
        ("?endpoint=end_none0", 0),
    ):
        assert len((await api.get(f"/v1/recoveries{query}")).json()["data"]) == found
    deliveries = (await api.get(f"/v1/deliveries?endpoint={given.endpoint.id}")).json()["data"]
    assert len(deliveries) == 20


async def test_it_is_paused_paced_resumed_and_cancelled(api: Api, given: Given) -> None:
    await given.missed(30)
    path = f"/v1/recoveries/{(await api.made('/v1/recoveries', asked(given)))['id']}"
    paused = await api.made(f"{path}/pause", {"reason": "they asked"}, 200)
    assert (paused["state"], paused["left_s"]) == ("paused", None)
    changed = await api.send("PATCH", path, {"pace_per_s": 30, "reason": "quicker"})
    assert (changed.status_code, changed.json()["pace_per_s"]) == (200, 30)
    assert (await api.made(f"{path}/resume", status=200))["left_s"] == 1.0
    assert (await api.made(f"{path}/cancel", status=200))["state"] == "cancelled"
    for answer in (
        await api.post(f"{path}/resume"),
        await api.post(f"{path}/pause"),
        await api.send("PATCH", path, {"pace_per_s": 1}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "recovery_finished")
    async with given.world.store.read(given.world.scope) as view:
        trail = await view.audit_entries(Page(), subject=path.rpartition("/")[2])
    assert [(e.action, e.reason) for e in reversed(trail)] == [
        ("recovery.started", ""),
        ("recovery.paused", "they asked"),
        ("recovery.paced", "quicker"),
        ("recovery.resumed", ""),
        ("recovery.cancelled", ""),
    ]


async def test_one_idempotency_key_makes_one(api: Api, given: Given) -> None:
    await given.missed(3)
    body = asked(given)
    first = await api.post("/v1/recoveries", body, once="recover-1")
    again = await api.post("/v1/recoveries", body, once="recover-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = await api.post("/v1/recoveries", body)
    assert (other.status_code, other.json()["code"]) == (409, "recovery_running")
    assert other.json()["resource"] == first.json()["id"]


async def test_an_endpoint_that_is_disabled_is_not_sent_to(api: Api, given: Given) -> None:
    await change(given.world, given.endpoint, state=EndpointState.DISABLED)
    answer = await api.post("/v1/recoveries", asked(given))
    assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_disabled")
    assert "enable it first" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("other", "pointers"),
    [
        ({"since": "yesterday"}, {"/since"}),
        ({"since": "2026-11-20T03:00:00"}, {"/since"}),
        ({"since": "2999-01-01T00:00:00Z"}, {"/since"}),
        ({"since": "0001-01-01T00:00:00+14:00", "until": "0001-01-01T00:00:00Z"}, {"/since"}),
        ({"pace_per_s": 0}, {"/pace_per_s"}),
        ({"pace_per_s": 501, "what": "some"}, {"/pace_per_s", "/what"}),
        ({"types": ["booking.confirmed", "refund.*"]}, {"/types/1"}),
        ({"cap": 10}, {"/cap"}),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    api: Api, given: Given, other: Json, pointers: set[str]
) -> None:
    answer = await api.post("/v1/recoveries", asked(given, **other))
    assert answer.status_code == 422, answer.text
    assert {e["pointer"] for e in answer.json()["errors"]} == pointers


async def test_a_partner_has_its_own_endpoints_only(api: Api, given: Given) -> None:
    world = api.world
    await given.missed(2)
    stranger = await add_partner(world.hub, world.asking, "Stranger", Sees.ALL)
    mine = await api.a_key(*PARTNER_PERMISSIONS, partner=given.partner.id)
    theirs = await api.a_key(*PARTNER_PERMISSIONS, partner=stranger.id)
    assert (await api.post("/v1/recoveries", asked(given), key=theirs)).status_code == 404
    made = await api.post("/v1/recoveries", asked(given), key=mine)
    assert made.status_code == 201
    path = f"/v1/recoveries/{made.json()['id']}"
    assert (await api.get(path, key=theirs)).status_code == 404
    assert (await api.post(f"{path}/cancel", key=theirs)).status_code == 404
    assert (await api.get("/v1/recoveries", key=theirs)).json()["data"] == []
    assert (await api.get(path, key=mine)).json() == made.json()
    reader = await api.a_key(Permission.DELIVERIES_READ)
    assert (await api.get(path, key=reader)).status_code == 200
    assert (await api.post(f"{path}/pause", key=reader)).status_code == 403


async def test_events_from_before_the_endpoint_are_there_for_who_asks(
    api: Api, given: Given
) -> None:
    since = given.since - timedelta(days=400)
    told = await api.made(
        "/v1/recoveries", asked(given, since=since.isoformat(), dry_run=True), 200
    )
    assert told["total"] == 0
    await given.missed(1)
    told = await api.made(
        "/v1/recoveries", asked(given, since=since.isoformat(), dry_run=True), 200
    )
    assert told["total"] == 1
