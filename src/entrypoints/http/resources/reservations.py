from __future__ import annotations

from litestar import Controller, Response, get
from litestar.params import FromPath

from core.application.channels.read_parity import list_breaches, read_parity
from core.application.channels.read_reservations import list_reservations, read_reservation
from core.domain.channels.parity import Breach
from core.domain.tenancy import Permission
from entrypoints.http.call import Called
from entrypoints.http.operation import operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import reservation as wire
from ports.channels import BreachFilter, ReservationFilter


class ReservationController(Controller):
    path = "/reservations"
    tags = ("Channels",)

    @get(
        opt=operation(
            summary="List what channels sold, newest first",
            needs=Permission.RESERVATIONS_READ,
            asks=wire.ReservationQuery,
            answers={200: Listing[wire.Reservation]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.ReservationQuery)
        where = ReservationFilter(
            property=asked.property,
            channel=asked.channel,
            connection=asked.connection,
            state=asked.state,
            reference=asked.reference,
            unmapped=asked.unmapped,
            overbooked=asked.overbooked,
        )
        rows = await list_reservations(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.reservation))

    @get(
        "/{reservation_id:str}",
        opt=operation(
            summary="Read a reservation with its guests and acknowledgements",
            needs=Permission.RESERVATIONS_READ,
            answers={200: wire.Reservation},
        ),
    )
    async def read(self, call: Called, reservation_id: FromPath[str]) -> Response[bytes]:
        found = await read_reservation(call.hub, call.asking, reservation_id)
        return call.answer(wire.reservation(found))


class ParityController(Controller):
    path = "/parity"
    tags = ("Channels",)

    @get(
        opt=operation(
            summary="What each channel should show beside what it showed",
            needs=Permission.CHANNELS_READ,
            asks=wire.ParityQuery,
            answers={200: wire.ParityTable},
            problems=(404, 422),
        )
    )
    async def table(self, call: Called) -> Response[bytes]:
        """Of one property and a stretch of nights, by channel, room type, plan, night, adults."""
        asked = call.query(wire.ParityQuery)
        found = await read_parity(call.hub, call.asking, asked.property, asked.first, asked.last)
        return call.answer(wire.ParityTable(tuple(wire.parity(night) for night in found)))

    @get(
        "/breaches",
        opt=operation(
            summary="List rooms and plans whose shown price was off, newest first",
            needs=Permission.CHANNELS_READ,
            asks=wire.BreachQuery,
            answers={200: Listing[Breach]},
        ),
    )
    async def breaches(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.BreachQuery)
        where = BreachFilter(asked.channel, asked.state)
        rows = await list_breaches(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, lambda row: row))
