"""What the client makes of answers that no simulator of ours would give."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from core.domain.bookings.activity import ActivitySearch, UnitKind
from core.domain.bookings.booking import SupplierState
from ports.errors import (
    BrokenContract,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
)
from tests.wire.octo.cases import DAYS, KEY, REFERENCE, UUID, offer, order
from tests.wire.octo.replay import load, playing

pytestmark = pytest.mark.anyio
GRANTED = {"octo-capabilities": "octo/pricing,octo/content"}
ANYTHING = ActivitySearch(None, DAYS, {UnitKind.ADULT: 1})
Answers = dict[str, Any]


def body(name: str, **other: Any) -> Any:
    found = load(name).response["body"]
    return {**found, **other} if other else found


def answering(
    answers: Answers, asked: list[str] | None = None, headers: dict[str, str] = GRANTED
) -> httpx.MockTransport:
    """answers: "METHOD /path" → a document, a whole response, or what makes one."""

    def handle(request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {request.url.path.removeprefix('/api/octo')}"
        if asked is not None:
            asked.append(name)
        answer = answers[name]
        if isinstance(answer, Callable):  # type: ignore[arg-type]
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, headers=headers, content=json.dumps(answer))

    return httpx.MockTransport(handle)


def refusing(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": code, "errorMessage": "words"})


# ------------------------------------------------------------------ searching


async def test_an_unreadable_product_or_start_costs_only_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    walk, (start, *_) = body("product/walk"), body("availability/starts")
    answers = {
        "GET /products/": [{"id": 7}, walk],
        "POST /availability/": [{**start, "pricing": {"currency": "XXY"}}, start, {}],
    }
    async with playing(answering(answers)) as supplier:
        found = await supplier.search(ANYTHING, deadline_s=5)
    assert [one.source[0] for one in found] == [start["id"]]
    assert {record.message for record in caplog.records} == {
        "octo.products-unreadable",
        "octo.starts-unreadable",
    }


@pytest.mark.parametrize(
    "answers",
    [
        {"GET /products/": [{"id": 7}]},
        {"GET /products/": {"products": []}},
        {"GET /products/": [body("product/walk")], "POST /availability/": [{}]},
        {"GET /products/": refusing(400, "BAD_REQUEST")},
    ],
)
async def test_nothing_readable_is_a_broken_contract(answers: Answers) -> None:
    async with playing(answering(answers)) as supplier:
        with pytest.raises(BrokenContract):
            await supplier.search(ANYTHING, deadline_s=5)


async def test_a_supplier_that_sells_nothing_has_nothing() -> None:
    async with playing(answering({"GET /products/": []})) as supplier:
        assert await supplier.search(ANYTHING, deadline_s=5) == ()


async def test_no_more_is_asked_than_is_bearable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.octo.searching.MOST_QUESTIONS", 3)
    walk = body("product/walk")
    many = [{**walk, "id": f"walk-{n}"} for n in range(9)]
    asked: list[str] = []
    answers: Answers = {"GET /products/": many, "POST /availability/": []}
    async with playing(answering(answers, asked)) as supplier:
        assert list(await supplier.search(ANYTHING, deadline_s=5)) == []
    assert asked.count("POST /availability/") == 3


async def test_prices_that_are_not_echoed_are_not_used() -> None:
    answers = {"GET /products/": body("products/two")}
    for headers in ({}, {"octo-capabilities": "octo/content"}):
        async with playing(answering(answers, headers=headers)) as supplier:
            with pytest.raises(NotSupported):
                await supplier.search(ANYTHING, deadline_s=5)


# ------------------------------------------------------------------ booking


async def test_another_booking_in_place_of_ours_is_not_ours() -> None:
    other = "00000000-0000-5000-8000-000000000000"
    held, done = body("hold/held"), body("confirm/confirmed", uuid=other)
    answers = {"POST /bookings/": held, f"POST /bookings/{UUID}/confirm": done}
    async with playing(answering(answers)) as supplier:
        with pytest.raises(OutcomeUnknown):
            await supplier.book(order(offer()), key=KEY)
    answers = {f"GET /bookings/{UUID}": done}
    async with playing(answering(answers)) as supplier:
        with pytest.raises(BrokenContract):
            await supplier.find(KEY)


async def test_a_uuid_in_capitals_is_still_ours() -> None:
    answers = {f"GET /bookings/{UUID}": body("detail/confirmed", uuid=UUID.upper())}
    async with playing(answering(answers)) as supplier:
        found = await supplier.find(KEY)
    assert found.state is SupplierState.CONFIRMED


async def test_a_hold_without_a_price_is_given_back() -> None:
    asked: list[str] = []
    answers = {
        "POST /bookings/": body("hold/held", pricing=None),
        f"POST /bookings/{UUID}/cancel": body("cancel/released"),
    }
    async with playing(answering(answers, asked)) as supplier:
        with pytest.raises(BrokenContract):
            await supplier.book(order(offer()), key=KEY)
    assert asked == ["POST /bookings/", f"POST /bookings/{UUID}/cancel"]


async def test_a_404_that_is_not_in_their_words_is_not_absence() -> None:
    for answer in (httpx.Response(404, text="nginx"), refusing(404, "NOT_FOUND")):
        async with playing(answering({f"GET /bookings/{UUID}": answer})) as supplier:
            with pytest.raises(BrokenContract):
                await supplier.find(KEY)
    answers = {f"GET /bookings/{UUID}": refusing(404, "INVALID_BOOKING_UUID")}
    async with playing(answering(answers)) as supplier:
        assert await supplier.find(KEY) is None


async def test_a_refusal_to_confirm_what_is_confirmed_is_a_yes() -> None:
    answers = {
        "POST /bookings/": body("hold/held"),
        f"POST /bookings/{UUID}/confirm": refusing(400, "INVALID_BOOKING_UUID"),
        f"GET /bookings/{UUID}": body("detail/confirmed"),
    }
    async with playing(answering(answers)) as supplier:
        told = await supplier.book(order(offer()), key=KEY)
    assert told.state is SupplierState.CONFIRMED


async def test_a_refusal_that_cannot_be_looked_into_is_unknown() -> None:
    answers = {
        "POST /bookings/": body("hold/held"),
        f"POST /bookings/{UUID}/confirm": refusing(400, "UNPROCESSABLE_ENTITY"),
        f"GET /bookings/{UUID}": refusing(401, "UNAUTHORIZED"),
    }
    async with playing(answering(answers)) as supplier:
        with pytest.raises(OutcomeUnknown):
            await supplier.book(order(offer()), key=KEY)


async def test_nothing_is_confirmed_when_the_connection_fails_before_it() -> None:
    asked: list[str] = []

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("ClientConnectorError", request=request)

    answers = {
        "POST /bookings/": body("hold/held"),
        f"POST /bookings/{UUID}/confirm": unreachable,
        f"POST /bookings/{UUID}/cancel": body("cancel/released"),
    }
    async with playing(answering(answers, asked)) as supplier:
        with pytest.raises(Unavailable):
            await supplier.book(order(offer()), key=KEY)
    assert asked[-1] == f"POST /bookings/{UUID}/cancel"


async def test_a_hold_that_is_released_as_cancelled_was_never_a_booking() -> None:
    """Some say EXPIRED of a hold that is given back, some CANCELLED."""
    gone = body("cancel/released", status="CANCELLED")
    answers = {f"GET /bookings/{UUID}": gone}
    async with playing(answering(answers)) as supplier:
        assert await supplier.find(KEY) is None


# ------------------------------------------------------------------ by the supplier's reference


async def test_a_reference_that_several_have_is_not_chosen_from() -> None:
    one = body("detail/confirmed")
    other = {**one, "uuid": "00000000-0000-5000-8000-000000000000"}
    async with playing(answering({"GET /bookings/": [one, other]})) as supplier:
        with pytest.raises(BrokenContract):
            await supplier.cancel(REFERENCE)


async def test_a_reference_that_nobody_has_is_refused() -> None:
    resembling = body("detail/confirmed", supplierReference=REFERENCE + "0")
    async with playing(answering({"GET /bookings/": [resembling]})) as supplier:
        with pytest.raises(Refused):
            await supplier.cancel(REFERENCE)


async def test_a_cancellation_that_answers_confirmed_is_unknown() -> None:
    answers = {f"POST /bookings/{UUID}/cancel": body("detail/confirmed")}
    async with playing(answering(answers)) as supplier:
        with pytest.raises(OutcomeUnknown):
            await supplier.cancel(UUID)


async def test_an_extension_without_an_end_is_a_broken_contract() -> None:
    answers = {f"POST /bookings/{UUID}/extend": body("extend/longer", utcExpiresAt=None)}
    async with playing(answering(answers)) as supplier:
        with pytest.raises(BrokenContract):
            await supplier.extend(KEY, minutes=20)
