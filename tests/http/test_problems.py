"""Every error is one kind of answer, and says enough to mend what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.domain.tenancy import Permission
from ports.errors import Misconfigured, Unavailable
from ports.store import Away, Busy, Violated
from tests.fakes.hub import World
from tests.fakes.vendors import LOST, ScriptedSupplier
from tests.http.rig import SEARCH, Api, serving

pytestmark = pytest.mark.anyio


async def test_a_problem_has_every_member(api: Api) -> None:
    answer = await api.get("/v1/bookings/bkg_none0", x_request_id="trace-0001")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/not_found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "there is no booking bkg_none0",
        "instance": "/v1/bookings/bkg_none0",
        "code": "not_found",
        "request_id": "trace-0001",
    }


async def test_what_no_route_answers_is_a_problem_too(api: Api) -> None:
    nowhere = await api.get("/v1/nowhere")
    wrong = await api.send("DELETE", "/v1/bookings")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(wrong.headers["allow"].replace(" ", "").split(","))


async def test_a_crash_tells_the_caller_nothing_and_the_log_everything(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: object) -> None:
        raise ZeroDivisionError("the secret cause")

    monkeypatch.setattr(type(world.store), "read", lambda self, scope: crash(scope))
    with capture_logs() as logs:
        answer = await api.get("/v1/bookings")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret cause" not in answer.text
    crashed = next(e for e in logs if e["event"] == "request.crashed")
    assert isinstance(crashed["exc_info"], ZeroDivisionError)


@pytest.mark.parametrize(
    ("error", "status", "code"), [(Busy(), 503, "busy"), (Violated(), 409, "conflict")]
)
async def test_the_stores_refusals_have_answers(
    api: Api,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(type(world.store), "begin", refuse)
    answer = await api.post("/v1/partners", {"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)


VENDOR: list[tuple[Exception, int, str]] = [
    (Unavailable("over quota", vendor="hotels", retry_after_s=17.2), 503, "vendor_unavailable"),
    (Misconfigured("key refused", vendor="hotels"), 502, "vendor_misconfigured"),
]


@pytest.mark.parametrize(("error", "status", "code"), VENDOR)
async def test_a_booking_that_was_certainly_not_made_says_so_with_its_id(
    api: Api, world: World, error: Exception, status: int, code: str
) -> None:
    asked = await api.booking_of()
    supplier = world.vendors.clients["hotels"] = ScriptedSupplier(world.clock)
    supplier.next("book", error)
    answer = await api.post("/v1/bookings", asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    read = (await api.get(f"/v1/bookings/{answer.json()['booking']}")).json()
    assert read["refusal"]["code"] == code


async def test_a_quote_that_no_supplier_answers_says_when_to_try_again(
    api: Api, world: World
) -> None:
    offer = await api.an_offer()
    supplier = world.vendors.clients["hotels"] = ScriptedSupplier(world.clock)
    supplier.next("check", VENDOR[0][0])
    answer = await api.post("/v1/quotes", {"offer": offer})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "18")


async def test_no_clear_answer_is_202_and_no_refusal(api: Api, world: World) -> None:
    asked = await api.booking_of()
    supplier = world.vendors.clients["hotels"] = ScriptedSupplier(world.clock)
    supplier.next("book", LOST)
    answer = await api.post("/v1/bookings", asked)
    assert (answer.status_code, answer.json()["state"]) == (202, "submitting")


async def test_on_request_is_202(api: Api) -> None:
    api.hotels.on_request = True
    answer = await api.post("/v1/bookings", await api.booking_of())
    assert (answer.status_code, answer.json()["state"]) == (202, "pending_supplier")


async def test_a_cancellation_the_supplier_cannot_take_now_leaves_it_booked(
    api: Api, world: World
) -> None:
    booking = await api.a_booking()
    supplier = world.vendors.clients["hotels"] = ScriptedSupplier(world.clock)
    supplier.next("cancel", Unavailable("away", vendor="hotels"))
    answer = await api.post(f"/v1/bookings/{booking['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (503, "vendor_unavailable")
    assert answer.json()["booking"] == booking["id"]
    assert (await api.get(f"/v1/bookings/{booking['id']}")).json()["state"] == "confirmed"


async def test_an_amendment_the_supplier_has_not_is_told_what_to_do(api: Api, world: World) -> None:
    booking = await api.a_booking()
    world.manifest("hotels", can=frozenset())
    later = {"check_in": "2027-01-15", "check_out": "2027-01-20"}
    answer = await api.post(f"/v1/bookings/{booking['id']}/amend", later)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_supported")
    assert "book again" in answer.json()["detail"]


async def test_a_payment_without_a_clear_answer_is_202(api: Api, world: World) -> None:
    booking = await api.a_booking()
    world.gateway.lose_answer("start_checkout")
    payment = await api.a_payment(booking["id"], 202)
    assert payment["state"] == "starting"


async def test_a_request_id_is_echoed_when_sane_and_made_when_not(api: Api) -> None:
    given = await api.get("/v1/bookings", x_request_id="trace-0001.a")
    wild = await api.get("/v1/bookings", x_request_id="a b\tc<script>")
    none = await api.get("/v1/bookings")
    assert given.headers["x-request-id"] == "trace-0001.a"
    assert wild.headers["x-request-id"].startswith("req_")
    assert none.headers["x-request-id"] != wild.headers["x-request-id"]


async def test_the_request_id_reaches_the_audit_trail_and_the_log(api: Api) -> None:
    with capture_logs() as logs:
        await api.send(
            "POST", "/v1/partners", {"name": "x"}, x_request_id="trace-0002", serai_reason="agreed"
        )
    (entry,) = (await api.get("/v1/audit?limit=1")).json()["data"]
    assert (entry["request"], entry["reason"]) == ("trace-0002", "agreed")
    line = next(e for e in logs if e["event"] == "request.answered")
    assert (line["route"], line["status"]) == ("/v1/partners", 201)
    assert api.key not in str(logs)


async def test_a_key_has_its_allowance_and_is_told_of_it(world: World) -> None:
    async with serving(world, requests_per_hour=3) as api:
        other = await api.a_key(Permission.BOOKINGS_READ)
        answers = [await api.get("/v1/bookings") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        last = answers[-1]
        assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=3600'
        assert last.headers["ratelimit"] == '"key";r=0;t=1200'
        assert last.headers["retry-after"] == "1200"
        assert last.json()["code"] == "rate_limited"
        assert (await api.get("/v1/bookings", key=other)).status_code == 200
        world.clock.move(1200)
        assert (await api.get("/v1/bookings")).status_code == 200


@pytest.fixture
def broken(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def now() -> None:
        def away(*_: object) -> None:
            raise OSError("disk full")

        for name in ("begin", "read", "connection_scope", "ping"):
            monkeypatch.setattr(type(world.store), name, away)

    return now


async def test_an_inbound_message_is_answered_only_once_it_is_kept(
    api: Api, broken: Callable[[], None]
) -> None:
    kept = await api.inbound("msg_1")
    forged = await api.inbound("msg_2", signature="bad")
    nobody = await api.client.post("/in/con_none0", content=b"{}")
    assert (kept.status_code, kept.json()) == (200, {"received": True})
    assert (forged.status_code, forged.json()["code"]) == (400, "signature_rejected")
    assert "does not match" not in forged.text
    path = f"/v1/connections/{api.world.pay.id}/rejections"
    (why,) = (await api.get(path)).json()["data"]
    assert (why["adapter"], why["reason"]) == ("gateway", "the signature does not match")
    assert nobody.status_code == 404
    broken()
    away = await api.inbound("msg_3")
    assert (away.status_code, away.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize(
    ("error", "reason", "traced"),
    [
        (Away("the database went away"), "the database went away", False),
        (OSError("disk full"), "OSError", True),
    ],
)
async def test_a_store_that_is_away_is_a_line_of_the_log_and_what_is_not_known_a_trace(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str, traced: bool
) -> None:
    """In an outage every webhook of every vendor comes by: a trace for each buries the log."""

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(type(api.world.store), "connection_scope", fails)
    with capture_logs() as logs:
        assert (await api.inbound("msg_1")).status_code == 503
    (line,) = [entry for entry in logs if entry["event"] == "inbound.not-kept"]
    assert (line["reason"], bool(line["exc_info"])) == (reason, traced)


async def test_health_tells_the_process_from_the_store(
    api: Api, broken: Callable[[], None]
) -> None:
    assert (await api.client.get("/healthz")).json() == {"status": "ok"}
    assert (await api.client.get("/readyz")).json() == {"status": "ready"}
    broken()
    assert (await api.client.get("/healthz")).status_code == 200
    unready = await api.client.get("/readyz")
    assert (unready.status_code, unready.json()["code"]) == (503, "store_unavailable")


async def test_figures_are_per_app(api: Api, world: World) -> None:
    await api.a_booking()
    await api.get("/v1/nowhere")
    told = (await api.client.get("/metrics")).text
    assert 'serai_bookings_answered_total{state="confirmed"} 1.0' in told
    assert 'serai_search_suppliers_total{adapter="hotels",outcome="answered"} 1.0' in told
    assert 'serai_http_requests_total{method="GET",route="(none)",status="404"} 1.0' in told
    assert "serai_http_requests_in_flight 1.0" in told
    async with serving(world) as another:
        assert "confirmed" not in (await another.client.get("/metrics")).text


async def test_answers_have_safe_headers(api: Api) -> None:
    listed = await api.get("/v1/bookings")
    assert listed.headers["x-content-type-options"] == "nosniff"
    assert listed.headers["cache-control"] == "no-store"
    assert "server" not in listed.headers


async def test_lists_page_by_cursor(api: Api) -> None:
    made = [await api.a_partner() for _ in range(3)]
    first = (await api.get("/v1/partners?limit=2")).json()
    second = (await api.get(f"/v1/partners?limit=2&after={first['next']}")).json()
    assert [p["id"] for p in (*first["data"], *second["data"])] == made[::-1]
    assert second["next"] is None


async def test_the_feed_pages_in_commit_order(api: Api) -> None:
    for _ in range(3):
        await api.a_booking()
    whole: list[Any] = (await api.get("/v1/events")).json()["data"]
    first = (await api.get("/v1/events?limit=2")).json()
    second = (await api.get(f"/v1/events?limit=2&after={first['next']}")).json()
    assert [*first["data"], *second["data"]] == whole
    assert (first["has_more"], second["has_more"]) == (True, False)


async def test_a_search_with_no_supplier_is_an_empty_answer_that_says_so(api: Api) -> None:
    reason = {"reason": "not now"}
    await api.made(f"/v1/connections/{api.world.hotel.id}/disable", reason, 200)
    found = await api.made("/v1/hotels/search", SEARCH, 200)
    assert (found["suppliers"], found["offers"]) == ([], [])
    assert "no active hotel connection" in found["note"]
