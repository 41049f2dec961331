from __future__ import annotations

from litestar import Controller, Response, post
from litestar.response import Stream

from core.application.bookings.price_flight import price_flight, read_fare_rules
from core.application.bookings.search_flights import search_flights
from core.domain.tenancy import Permission
from entrypoints.http import sse
from entrypoints.http.call import Called
from entrypoints.http.operation import operation
from entrypoints.http.searching import answer_search, deadline_of
from entrypoints.http.wire import flight as wire


class FlightController(Controller):
    path = "/flights"
    tags = ("Search and quote",)

    @post(
        "/search",
        opt=operation(
            summary="Shop flights at every GDS at once",
            needs=Permission.SEARCH,
            takes=wire.FlightSearch,
            answers={200: wire.FlightsFound},
            streams={
                "supplier": wire.FlightSupplierFound,
                "done": sse.SearchDone,
                "problem": sse.StreamProblem,
            },
        ),
    )
    async def search(self, call: Called) -> Response[bytes] | Stream:
        """Whole itineraries at a price for everybody. As with hotels, one answer at the deadline
        at the latest, or with `Accept: text/event-stream` one event for each GDS."""
        asked = await call.body(wire.FlightSearch)
        found = search_flights(
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
            kind="GDS",
            show=lambda o: wire.offer(o, net=net),
            whole=wire.FlightsFound,
            part=wire.found,
        )

    @post(
        "/price",
        opt=operation(
            summary="Price a flight again: as its GDS sells it now",
            needs=Permission.SEARCH,
            takes=wire.PriceFlight,
            answers={200: wire.FlightPriced},
            problems=(404, 409, 502, 503),
        ),
    )
    async def price(self, call: Called) -> Response[bytes]:
        """Nothing is kept: the answer is the offer under a new token, with its ticketing limit.
        `POST /v1/quotes` does the same and keeps the price to be booked."""
        asked = await call.body(wire.PriceFlight)
        found = await price_flight(call.hub, call.asking, asked.offer)
        return call.answer(wire.priced(found, net=call.shows_net))

    @post(
        "/rules",
        opt=operation(
            summary="Read the rules of a flight's fares",
            needs=Permission.SEARCH,
            takes=wire.FareQuestion,
            answers={200: wire.FareRulesTold},
            problems=(404, 409, 502, 503),
        ),
    )
    async def rules(self, call: Called) -> Response[bytes]:
        """Of an offer, or of a booking (for keys that may read bookings). What was not understood
        of the airline's text is named, and the text itself is there."""
        asked = await call.body(wire.FareQuestion)
        offer, fares = await read_fare_rules(
            call.hub, call.asking, token=asked.offer, booking=asked.booking
        )
        return call.answer(wire.rules(offer, fares, call.hub.clock.now()))
