from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.hub import Asking, Hub
from core.application.stock.hold_rooms import hold_rooms, list_holds, read_hold
from core.application.stock.open_allotment import (
    list_allotments,
    open_allotment,
    read_allotment,
    release_allotment,
)
from core.application.stock.settle_hold import cancel_hold, release_hold, sell_hold
from core.domain.idempotency import Answer
from core.domain.stock.holding import Hold
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import hold as wire
from entrypoints.http.wire.values import Because
from ports.stock import AllotmentFilter, HoldFilter

Settle = Callable[[Hub, Asking, str], Awaitable[Hold]]


def _settling(summary: str) -> dict[str, Any]:
    return operation(
        summary=summary,
        needs=Permission.BOOKINGS_WRITE,
        takes=Because,
        bodyless=True,
        key=Key.HONOURED,
        answers={200: wire.Hold},
        problems=(409,),
    )


async def _settled(call: Call, id: str, settle: Settle) -> Response[bytes]:
    because = await call.body(Because, bodyless=True)

    async def act(asking: Asking, _: str | None) -> Answer:
        done = await settle(call.hub, reasoned(asking, because.reason), id)
        return answers.given(wire.hold(done), 200)

    return await once(call, act)


class HoldController(Controller):
    path = "/holds"
    tags = ("Stock",)

    @post(
        opt=operation(
            summary="Hold rooms for a while",
            needs=Permission.BOOKINGS_WRITE,
            takes=wire.NewHold,
            key=Key.HONOURED,
            answers={201: wire.Hold},
            problems=(404, 409),
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        """All of it or nothing: 409 `sold_out` names every night that is short. It is given back
        by itself at `expires_at`, and `hold.expired` tells it."""
        new = await call.body(wire.NewHold)

        async def act(asking: Asking, made: str | None) -> Answer:
            asking = reasoned(asking, new.reason)
            return answers.given(
                wire.hold(await hold_rooms(call.hub, asking, new.wish(), made)), 201
            )

        return await once(call, act)

    @get(
        opt=operation(
            summary="List holds, newest first",
            needs=Permission.BOOKINGS_READ,
            asks=wire.HoldQuery,
            answers={200: Listing[wire.Hold]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.HoldQuery)
        where = HoldFilter(asked.property, asked.state, asked.reference)
        rows = await list_holds(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.hold))

    @get(
        "/{hold_id:str}",
        opt=operation(
            summary="Read a hold", needs=Permission.BOOKINGS_READ, answers={200: wire.Hold}
        ),
    )
    async def read(self, call: Called, hold_id: FromPath[str]) -> Response[bytes]:
        return call.answer(wire.hold(await read_hold(call.hub, call.asking, hold_id)))

    @post("/{hold_id:str}/release", opt=_settling("Give a hold back"))
    async def release(self, call: Called, hold_id: FromPath[str]) -> Response[bytes]:
        """A repeat does nothing."""
        return await _settled(call, hold_id, release_hold)

    @post("/{hold_id:str}/sell", opt=_settling("Sell what is held"))
    async def sell(self, call: Called, hold_id: FromPath[str]) -> Response[bytes]:
        """For good, for instance to a group whose names come later. A repeat does nothing."""
        return await _settled(call, hold_id, sell_hold)

    @post("/{hold_id:str}/cancel", opt=_settling("Undo the sale of a hold"))
    async def cancel(self, call: Called, hold_id: FromPath[str]) -> Response[bytes]:
        """A repeat does nothing."""
        return await _settled(call, hold_id, cancel_hold)


class AllotmentController(Controller):
    path = "/allotments"
    tags = ("Stock",)

    @post(
        opt=operation(
            summary="Set rooms apart for a group",
            needs=Permission.STOCK_WRITE,
            takes=wire.NewAllotment,
            key=Key.HONOURED,
            answers={201: wire.Allotment},
            problems=(404, 409),
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        """Held until the release date; holds draw from it. What nobody drew then goes back on
        sale, and `allotment.released` tells it."""
        new = await call.body(wire.NewAllotment)

        async def act(asking: Asking, made: str | None) -> Answer:
            asking = reasoned(asking, new.reason)
            opened = await open_allotment(call.hub, asking, new.wish(), made)
            return answers.given(wire.allotment(opened), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List allotments, newest first",
            needs=Permission.STOCK_READ,
            asks=wire.AllotmentQuery,
            answers={200: Listing[wire.Allotment]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.AllotmentQuery)
        where = AllotmentFilter(asked.property, asked.state)
        rows = await list_allotments(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.allotment))

    @get(
        "/{allotment_id:str}",
        opt=operation(
            summary="Read an allotment",
            needs=Permission.STOCK_READ,
            answers={200: wire.Allotment},
        ),
    )
    async def read(self, call: Called, allotment_id: FromPath[str]) -> Response[bytes]:
        found = await read_allotment(call.hub, call.asking, allotment_id)
        return call.answer(wire.allotment(found))

    @post(
        "/{allotment_id:str}/release",
        opt=operation(
            summary="Release an allotment before its date",
            needs=Permission.STOCK_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.HONOURED,
            answers={200: wire.Allotment},
        ),
    )
    async def release(self, call: Called, allotment_id: FromPath[str]) -> Response[bytes]:
        """A repeat does nothing. What was drawn stays with whoever drew it."""
        because = await call.body(Because, bodyless=True)

        async def act(asking: Asking, _: str | None) -> Answer:
            asking = reasoned(asking, because.reason)
            done = await release_allotment(call.hub, asking, allotment_id)
            return answers.given(wire.allotment(done), 200)

        return await once(call, act)
