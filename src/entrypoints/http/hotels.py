from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from core.application.hub import Asking
from core.application.offer_token import OfferOnSale
from core.application.quote_offer import quote_offer, read_quote
from core.application.search_hotels import SupplierAnswer, search_hotels
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers, sse
from entrypoints.http.call import Call, Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.wire import hotel as wire


class HotelController(Controller):
    path = "/hotels"
    tags = ("Search and quote",)

    @post(
        "/search",
        opt=operation(
            summary="Search hotels at every supplier at once",
            needs=Permission.SEARCH,
            takes=wire.HotelSearch,
            answers={200: wire.HotelsFound},
            streams={
                "supplier": wire.SupplierFound,
                "done": wire.SearchDone,
                "problem": sse.StreamProblem,
            },
        ),
    )
    async def search(self, call: Called) -> Response[bytes] | Stream:
        """One answer at the deadline at the latest, with what became of each supplier: partial
        answers are answers. With `Accept: text/event-stream`, one event for each supplier as
        it answers, then `done`."""
        asked = await call.body(wire.HotelSearch)
        deadline_s = call.settings.search_deadline_s
        found = search_hotels(
            call.hub,
            call.asking,
            asked.wish(),
            deadline_s=min(deadline_s, asked.deadline_s or deadline_s),
            connections=asked.connections,
        )
        coming = cast(AsyncGenerator[SupplierAnswer, None], found)
        if "text/event-stream" not in call.request.headers.get("accept", ""):
            return call.answer(await _all(call, coming))
        first = await sse.begin(coming)
        events = sse.stream(coming, first, lambda a: _shown(call, a))
        return Stream(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _all(call: Call, coming: AsyncGenerator[SupplierAnswer, None]) -> wire.HotelsFound:
    suppliers: list[wire.Supplier] = []
    offers: list[OfferOnSale] = []
    async with aclosing(coming):
        async for answer in coming:
            call.metrics.supplier(answer.adapter, answer.outcome)
            suppliers.append(wire.supplier(answer))
            offers += answer.offers
    net = call.shows_net
    shown = tuple(wire.offer(o, net=net) for o in wire.cheapest_first(offers))
    return wire.HotelsFound(tuple(suppliers), shown)


def _shown(call: Call, answer: SupplierAnswer) -> wire.SupplierFound:
    call.metrics.supplier(answer.adapter, answer.outcome)
    net = call.shows_net
    offers = tuple(wire.offer(o, net=net) for o in wire.cheapest_first(answer.offers))
    return wire.SupplierFound(wire.supplier(answer), offers)


class QuoteController(Controller):
    path = "/quotes"
    tags = ("Search and quote",)

    @post(
        opt=operation(
            summary="Quote an offer: re-check it with its supplier",
            needs=Permission.SEARCH,
            takes=wire.NewQuote,
            key=Key.HONOURED,
            answers={201: wire.Quote},
            problems=(404, 409, 502, 503),
        )
    )
    async def quote(self, call: Called) -> Response[bytes]:
        """The quote's price is the one that is booked. 409: sold out, or expired."""
        new = await call.body(wire.NewQuote)

        async def act(asking: Asking, _: str | None) -> Answer:
            quote = await quote_offer(call.hub, asking, new.offer)
            return answers.given(wire.quote(quote, net=call.shows_net), 201)

        return await once(call, act)

    @get(
        "/{quote_id:str}",
        opt=operation(summary="Read a quote", needs=Permission.SEARCH, answers={200: wire.Quote}),
    )
    async def read(self, call: Called, quote_id: FromPath[str]) -> Response[bytes]:
        quote = await read_quote(call.hub, call.asking, quote_id)
        return call.answer(wire.quote(quote, net=call.shows_net))
