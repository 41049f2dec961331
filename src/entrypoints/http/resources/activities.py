from __future__ import annotations

from litestar import Controller, Response, post
from litestar.response import Stream

from core.application.bookings.search_activities import search_activities
from core.domain.tenancy import Permission
from entrypoints.http import sse
from entrypoints.http.call import Called
from entrypoints.http.operation import operation
from entrypoints.http.searching import answer_search, deadline_of
from entrypoints.http.wire import activity as wire


class ActivityController(Controller):
    path = "/activities"
    tags = ("Search and quote",)

    @post(
        "/search",
        opt=operation(
            summary="Search tours, tickets and visits at every supplier at once",
            needs=Permission.SEARCH,
            takes=wire.ActivitySearch,
            answers={200: wire.ActivitiesFound},
            streams={
                "supplier": wire.ActivitySupplierFound,
                "done": sse.SearchDone,
                "problem": sse.StreamProblem,
            },
        ),
    )
    async def search(self, call: Called) -> Response[bytes] | Stream:
        """One offer for each start of each option. As with hotels, one answer at the deadline at
        the latest, or with `Accept: text/event-stream` one event for each supplier."""
        asked = await call.body(wire.ActivitySearch)
        found = search_activities(
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
            kind="activity",
            show=lambda o: wire.offer(o, net=net),
            whole=wire.ActivitiesFound,
            part=wire.found,
        )
