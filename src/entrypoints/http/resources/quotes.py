from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.bookings.quote_offer import quote_offer, read_quote
from core.application.hub import Asking
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.wire import quote as wire


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
        """Of rooms, visits and flights alike. The quote's price is the one that is booked. 409:
        sold out, or expired."""
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
