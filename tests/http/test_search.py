"""A search answers at its deadline with what there is, at once or as it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from core.application.bookings.fan_out import Outcome, SupplierAnswer
from core.application.connections.add_connection import ConnectionChange, change_connection
from core.domain.bookings.hotel import HotelOffer
from core.domain.connections.connection import ConnectionState
from core.domain.problem import Conflict
from entrypoints.http import sse
from entrypoints.http.wire import hotel as wire
from ports.errors import Skipped, Unavailable
from tests.fakes.hub import World
from tests.fakes.memory_hotel_supplier import MemoryHotelSupplier
from tests.fakes.vendors import HANGS, ScriptedSupplier
from tests.http.rig import SEARCH, Api

pytestmark = pytest.mark.anyio


async def _crowd(api: Api, world: World) -> None:
    """Beside the one that answers: one hangs, one fails, one is skipped."""
    for what in (HANGS, Unavailable("down", vendor="x"), Skipped("open", vendor="x")):
        supplier = ScriptedSupplier(world.clock)
        supplier.next("search", what)
        await world.connect("hotels", supplier)


def _events(text: str) -> list[tuple[str, Any]]:
    blocks = [b for b in text.split("\n\n") if b and not b.startswith(":")]
    pairs = [b.split("\n") for b in blocks]
    return [(n.removeprefix("event: "), json.loads(d.removeprefix("data: "))) for n, d in pairs]


async def _at_deadline(world: World, call: Any, deadline_s: float) -> Any:
    running = asyncio.ensure_future(call)
    await world.clock.until_asleep(2)  # the timer, and the supplier that hangs
    world.clock.move(deadline_s)
    return await running


async def test_at_the_deadline_there_is_an_answer_with_every_outcome(
    api: Api, world: World
) -> None:
    await _crowd(api, world)
    answer = await _at_deadline(world, api.post("/v1/hotels/search", SEARCH), 8.0)
    told = answer.json()
    assert len(told["offers"]) == 2
    outcomes = {(s["outcome"], s["code"]) for s in told["suppliers"]}
    assert outcomes == {
        ("answered", None),
        ("late", None),
        ("failed", "Unavailable"),
        ("skipped", "breaker_open"),
    }


async def test_a_caller_may_ask_for_an_earlier_deadline_and_for_no_later_one(
    api: Api, world: World
) -> None:
    await _crowd(api, world)
    for asked, late_ms in ((1.5, 1500), (60, 8000)):
        api.world.vendors.clients[world.hotel.id] = hanging = ScriptedSupplier(world.clock)
        hanging.next("search", HANGS)
        body = {**SEARCH, "deadline_s": asked, "connections": [world.hotel.id]}
        answer = await _at_deadline(world, api.post("/v1/hotels/search", body), late_ms / 1000)
        (supplier,) = answer.json()["suppliers"]
        assert (supplier["outcome"], supplier["elapsed_ms"]) == ("late", late_ms)


async def test_events_come_in_the_order_of_the_suppliers_answers(api: Api, world: World) -> None:
    await _crowd(api, world)
    call = api.post("/v1/hotels/search", SEARCH, accept="text/event-stream")
    answer = await _at_deadline(world, call, 8.0)
    assert answer.status_code == 200, "as its OpenAPI says"
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = _events(answer.text)
    assert [n for n, _ in events] == ["supplier"] * 4 + ["done"]
    assert events[-2][1]["supplier"]["outcome"] == "late"
    assert events[-1][1] == {"suppliers": 4, "offers": 2, "note": None}
    answered = next(d for _, d in events[:4] if d["supplier"]["outcome"] == "answered")
    assert answered["offers"][0]["offer"].startswith("ofr_")


async def test_what_is_wrong_with_a_streamed_search_is_a_plain_problem(api: Api) -> None:
    for wrong in (
        {"check_in": "2026-01-01", "check_out": "2026-01-02"},
        {"connections": ["con_x0"]},
    ):
        answer = await api.post(
            "/v1/hotels/search", {**SEARCH, **wrong}, accept="text/event-stream"
        )
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


def _show(answer: SupplierAnswer[HotelOffer]) -> wire.HotelSupplierFound:
    return wire.found(answer, ())


async def test_a_quiet_stream_pings_and_a_closed_one_ends_the_search() -> None:
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def answers() -> AsyncGenerator[SupplierAnswer[HotelOffer], None]:
        try:
            yield SupplierAnswer("con_1", "hotels", Outcome.ANSWERED, 5)
            await go_on.wait()
            yield SupplierAnswer("con_2", "hotels", Outcome.ANSWERED, 5)
        finally:
            ended.set()

    coming = answers()
    first = await sse.begin(coming)
    stream = sse.stream(coming, first, _show, nobody="", ping_s=0.01)
    assert (await anext(stream)).startswith(b"event: supplier\n")
    assert await anext(stream) == sse.PING
    go_on.set()
    while (event := await anext(stream)) == sse.PING:
        pass
    assert b"con_2" in event
    assert not ended.is_set()
    await stream.aclose()  # type: ignore[attr-defined]
    assert ended.is_set()


@pytest.mark.parametrize("error", [Conflict("offer_expired", "gone"), ValueError("secret")])
async def test_a_stream_that_breaks_off_says_so(error: Exception) -> None:
    async def answers() -> AsyncGenerator[SupplierAnswer[HotelOffer], None]:
        yield SupplierAnswer("con_1", "hotels", Outcome.ANSWERED, 5)
        raise error

    coming = answers()
    stream = sse.stream(coming, await sse.begin(coming), _show, nobody="")
    events = [e async for e in stream]
    assert [e.split(b"\n")[0] for e in events] == [b"event: supplier", b"event: problem"]
    assert b"secret" not in events[-1]


async def test_hotels_can_be_named_by_a_suppliers_own_codes(api: Api, world: World) -> None:
    other = MemoryHotelSupplier(world.clock, "con_other")
    await world.connect("hotels", other)
    codes = {"type": "codes", "codes": {world.hotel.id: ["1"]}}
    found = await api.made("/v1/hotels/search", {**SEARCH, "destination": codes}, 200)
    assert [s["connection"] for s in found["suppliers"]] == [world.hotel.id]
    assert len(found["offers"]) == 2


async def test_a_search_that_asks_nobody_says_so(api: Api, world: World) -> None:
    asked = (await api.post("/v1/hotels/search", SEARCH)).json()
    assert (len(asked["suppliers"]), asked["note"]) == (1, None)
    off = ConnectionChange(state=ConnectionState.DISABLED)
    await change_connection(world.hub, world.asking, world.hotel.id, off)
    nobody = await api.post("/v1/hotels/search", SEARCH)
    assert nobody.status_code == 200
    told = nobody.json()
    assert (told["suppliers"], told["offers"]) == ([], [])
    note = "nobody was asked: no active hotel connection of the test environment is meant"
    assert told["note"].startswith(note)
    streamed = await api.post("/v1/hotels/search", SEARCH, accept="text/event-stream")
    ((name, data),) = _events(streamed.text)
    assert (name, data["note"]) == ("done", told["note"])
