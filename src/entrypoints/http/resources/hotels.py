from __future__ import annotations

from litestar import Controller, Response, post
from litestar.response import Stream

from core.application.bookings.search_hotels import search_hotels
from core.domain.tenancy import Permission
from entrypoints.http import sse
from entrypoints.http.call import Called
from entrypoints.http.operation import operation
from entrypoints.http.searching import answer_search, deadline_of
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
                "supplier": wire.HotelSupplierFound,
                "done": sse.SearchDone,
                "problem": sse.StreamProblem,
            },
        ),
    )
    async def search(self, call: Called) -> Response[bytes] | Stream:
        """One answer at the deadline at the latest, with what became of each supplier: partial
        answers are answers. With `Accept: text/event-stream`, one event for each supplier as
        it answers, then `done`."""
        asked = await call.body(wire.HotelSearch)
        found = search_hotels(
            call.hub,
            call.asking,
            asked.wish(),
            deadline_s=deadline_of(call, asked),
            connections=asked.connections,
        )
        net = call.shows_net
        return await answer_search(
            call,
            found,
            kind="hotel",
            show=lambda o: wire.offer(o, net=net),
            whole=wire.HotelsFound,
            part=wire.found,
        )
