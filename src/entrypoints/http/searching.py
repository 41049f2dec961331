"""A fan-out as an answer: all at the deadline, or one event for each supplier as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeVar, cast

from litestar import Response
from litestar.response import Stream

from core.application.bookings.fan_out import SupplierAnswer
from core.application.bookings.offer_token import OfferOnSale
from core.domain.bookings.offer import AnOffer
from entrypoints.http import sse
from entrypoints.http.call import Call
from entrypoints.http.wire.sale import Supplier, cheapest_first, supplier
from entrypoints.http.wire.values import Asked

Shown = TypeVar("Shown")


def deadline_of(call: Call, asked: Asked) -> float:
    """Never later than the hub's own."""
    ours = call.settings.search_deadline_s
    return min(ours, asked.deadline_s or ours)


async def answer_search(
    call: Call,
    found: AsyncIterator[SupplierAnswer[AnOffer]],
    *,
    kind: str,
    show: Callable[[OfferOnSale[AnOffer]], Shown],
    whole: Callable[[tuple[Supplier, ...], tuple[Shown, ...], str | None], Any],
    part: Callable[[SupplierAnswer[AnOffer], tuple[Shown, ...]], Any],
) -> Response[bytes] | Stream:
    """kind: of connections asked, for people. show: one offer. whole: the answer at the deadline.
    part: the data of one event."""
    nobody = (
        f"nobody was asked: no active {kind} connection of the {call.asking.scope.environment}"
        " environment is meant; POST /v1/connections adds one"
    )
    coming = cast(AsyncGenerator[SupplierAnswer[AnOffer], None], found)

    def told(answer: SupplierAnswer[AnOffer]) -> Any:
        call.metrics.supplier(answer.adapter, answer.outcome)
        return part(answer, tuple(map(show, cheapest_first(answer.offers))))

    if "text/event-stream" in call.request.headers.get("accept", ""):
        first = await sse.begin(coming)
        events = sse.stream(coming, first, told, nobody=nobody)
        return Stream(
            events,
            status_code=200,
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )
    suppliers: list[Supplier] = []
    offers: list[OfferOnSale[AnOffer]] = []
    async with aclosing(coming):
        async for answer in coming:
            call.metrics.supplier(answer.adapter, answer.outcome)
            suppliers.append(supplier(answer))
            offers += answer.offers
    shown = tuple(map(show, cheapest_first(offers)))
    return call.answer(whole(tuple(suppliers), shown, None if suppliers else nobody))
