"""One Idempotency-Key: one effect and one answer."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from core.application.answer_once import answer_once
from core.application.bookings.book_quote import book_quote
from core.application.hub import Asking
from core.application.tenants.issue_key import authenticate
from core.domain.idempotency import Answer, fingerprint
from core.domain.tenancy import Permission
from entrypoints.http.wire.booking import NewBooking
from tests.fakes.hub import World
from tests.fakes.vendors import ScriptedSupplier
from tests.http.rig import Api

pytestmark = pytest.mark.anyio

REQUIRED = ["/v1/bookings", "/v1/payments", "/v1/bookings/x/cancel", "/v1/bookings/x/amend",
            "/v1/payments/x/refunds"]  # fmt: skip


@pytest.mark.parametrize("path", REQUIRED)
async def test_what_moves_something_needs_a_key(api: Api, path: str) -> None:
    bodies = {
        "/v1/bookings": await api.booking_of(),
        "/v1/payments": {"booking": "bkg_1", "connection": "con_1", "return_url": "https://a.test"},
        "/v1/bookings/x/amend": {"check_in": "2027-01-15", "check_out": "2027-01-20"},
    }
    answer = await api.client.post(
        path, json=bodies.get(path, {}), headers={"authorization": f"Bearer {api.key}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert answer.json()["errors"][0]["header"] == "Idempotency-Key"
    assert not api.hotels.bookings


@pytest.mark.parametrize("key", ['""', "", "a b", '"unclosed', "x" * 256, "é"])
async def test_a_key_of_no_sane_form_is_refused(api: Api, key: str) -> None:
    asked = await api.booking_of()
    headers = [
        (b"authorization", f"Bearer {api.key}".encode()),
        (b"idempotency-key", key.encode()),
    ]
    answer = await api.client.post("/v1/bookings", json=asked, headers=headers)
    assert answer.status_code == 400, answer.text
    assert not api.hotels.bookings


async def test_a_repeat_gets_the_first_answer_quoted_or_bare(api: Api) -> None:
    asked = await api.booking_of()
    first = await api.post("/v1/bookings", asked, once="order-17")
    again = await api.post("/v1/bookings", asked, once='"order-17"')

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(api.hotels.bookings) == 1


async def test_a_refusal_is_replayed_as_the_problem_it_was(api: Api) -> None:
    asked = await api.booking_of()
    api.hotels.break_next("book", "sold_out")
    first = await api.post("/v1/bookings", asked, once="k-sold-out")
    again = await api.post("/v1/bookings", asked, once="k-sold-out")

    assert (first.status_code, first.json()["code"]) == (409, "sold_out")
    assert again.content == first.content
    assert again.headers["content-type"] == "application/problem+json"
    read = await api.get(f"/v1/bookings/{first.json()['booking']}")
    assert read.json()["state"] == "refused"


async def test_the_same_key_for_another_body_or_route_is_refused(api: Api) -> None:
    asked = await api.booking_of()
    await api.post("/v1/bookings", asked, once="k-other")
    other = await api.post("/v1/bookings", {**asked, "reference": "2"}, once="k-other")
    partner = await api.post("/v1/partners", {"name": "x"}, once="k-other")
    for answer in (other, partner):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_fault_frees_the_key(api: Api) -> None:
    asked = await api.booking_of()
    wrong = await api.post("/v1/bookings", {**asked, "rooms": [[]]}, once="k-fault")
    right = await api.post("/v1/bookings", asked, once="k-fault")
    assert (wrong.status_code, right.status_code) == (422, 201)


async def test_where_a_key_is_not_owed_it_is_honoured(api: Api) -> None:
    first = await api.post("/v1/partners", {"name": "Portal"}, once="k-partner")
    again = await api.post("/v1/partners", {"name": "Portal"}, once="k-partner")
    assert again.json() == first.json()
    assert len((await api.get("/v1/partners")).json()["data"]) == 1


async def test_twenty_at_once_make_one_booking_at_a_supplier_that_ignores_our_key(
    api: Api, world: World
) -> None:
    supplier = world.vendors.clients["hotels"] = ScriptedSupplier(world.clock)
    asked = await _quoted(api, world)

    answers = await asyncio.gather(
        *(api.post("/v1/bookings", asked, once="k-twenty") for _ in range(20))
    )

    assert sum(supplier.booked.values()) == 1
    statuses = sorted({a.status_code for a in answers})
    assert statuses in ([201], [201, 409])
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency_key_in_use"
            assert int(answer.headers["retry-after"]) >= 1
    told = {a.json()["id"] for a in answers if a.status_code == 201}
    assert len(told) == 1
    again = await api.post("/v1/bookings", asked, once="k-twenty")
    assert again.json()["id"] in told


async def _quoted(api: Api, world: World) -> dict[str, object]:
    """A quote made while the other supplier still sold."""
    supplier = world.vendors.clients["hotels"]
    world.vendors.clients["hotels"] = api.hotels
    asked = await api.booking_of()
    world.vendors.clients["hotels"] = supplier
    return asked


async def test_while_the_first_runs_the_second_learns_what_it_is_making(
    api: Api, world: World
) -> None:
    asking = await _asking(api)
    asked = await api.booking_of()
    raw = api.client.build_request("POST", "/v1/bookings", json=asked).content
    running, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(asking: Asking, _: str | None) -> Answer:
        async with world.store.begin(asking.scope) as tx:
            await tx.link_key(asking.who.id, "k-slow", "bkg_being_made")
        running.set()
        await go_on.wait()
        return Answer(201, b"{}")

    print_ = fingerprint("POST", "/v1/bookings", raw)
    first = asyncio.create_task(answer_once(world.hub, asking, "k-slow", print_, slowly))
    await running.wait()
    second = await api.post("/v1/bookings", raw, once="k-slow")
    go_on.set()
    await first

    assert (second.status_code, second.json()["resource"]) == (409, "bkg_being_made")
    assert second.headers["retry-after"] == "1"


async def test_when_the_first_died_its_booking_is_answered_and_not_made_again(
    api: Api, world: World
) -> None:
    """The key of the repeat may write and not read: that must not book twice."""
    supplier = world.vendors.clients["hotels"] = ScriptedSupplier(world.clock)
    asked = await _quoted(api, world)
    writer = await api.a_key(Permission.BOOKINGS_WRITE)
    who = await authenticate(world.hub, writer)
    assert who is not None
    raw = api.client.build_request("POST", "/v1/bookings", json=asked).content

    async def dies(asking: Asking, _: str | None) -> Answer:
        await book_quote(world.hub, asking, msgspec.json.decode(raw, type=NewBooking).wish())
        raise SystemError("killed between the booking and its answer")

    print_ = fingerprint("POST", "/v1/bookings", raw)
    with pytest.raises(SystemError):
        await answer_once(world.hub, Asking(who), "k-died", print_, dies)
    at_once = await api.post("/v1/bookings", raw, once="k-died", key=writer)
    world.clock.move(3600)
    later = await api.post("/v1/bookings", raw, once="k-died", key=writer)

    assert at_once.status_code == 409
    assert (later.status_code, later.json()["state"]) == (201, "confirmed")
    assert sum(supplier.booked.values()) == 1


async def _asking(api: Api) -> Asking:
    who = await authenticate(api.world.hub, api.key)
    assert who is not None
    return Asking(who)
