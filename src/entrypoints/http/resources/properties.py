from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Response, get, patch, post
from litestar.params import FromPath

from core.application.hub import Asking, Hub
from core.application.stock.add_property import (
    add_property,
    change_property,
    list_properties,
    read_property,
)
from core.application.stock.add_room_type import (
    add_rate_plan,
    add_room_type,
    change_rate_plan,
    change_room_type,
    list_rate_plans,
    list_room_types,
)
from core.domain.idempotency import Answer
from core.domain.stock.property import Property
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, Paging, listing
from entrypoints.http.wire import property as wire

# What sells a property's nights, its room types and rate plans, is added and changed alike.
Add = Callable[[Hub, Asking, str, dict[str, Any], str | None], Awaitable[RoomType | RatePlan]]
Change = Callable[[Hub, Asking, str, str, dict[str, Any]], Awaitable[RoomType | RatePlan]]


class PropertyController(Controller):
    path = "/properties"
    tags = ("Stock",)

    @post(
        opt=operation(
            summary="Add a property of your own",
            needs=Permission.STOCK_WRITE,
            takes=wire.NewProperty,
            key=Key.HONOURED,
            answers={201: Property},
            problems=(404, 409),
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        new = await call.body(wire.NewProperty)

        async def act(asking: Asking, made: str | None) -> Answer:
            asking = reasoned(asking, new.reason)
            return answers.given(await add_property(call.hub, asking, new.wish(), made), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List properties, newest first",
            needs=Permission.STOCK_READ,
            asks=Paging,
            answers={200: Listing[Property]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(Paging)
        rows = await list_properties(call.hub, call.asking, asked.page)
        return call.answer(listing(rows, asked, lambda row: row))

    @get(
        "/{property_id:str}",
        opt=operation(
            summary="Read a property", needs=Permission.STOCK_READ, answers={200: Property}
        ),
    )
    async def read(self, call: Called, property_id: FromPath[str]) -> Response[bytes]:
        return call.answer(await read_property(call.hub, call.asking, property_id))

    @patch(
        "/{property_id:str}",
        opt=operation(
            summary="Change a property",
            needs=Permission.STOCK_WRITE,
            takes=wire.PropertyChange,
            answers={200: Property},
        ),
    )
    async def change(self, call: Called, property_id: FromPath[str]) -> Response[bytes]:
        change = await call.body(wire.PropertyChange)
        asking = reasoned(call.asking, change.reason)
        return call.answer(await change_property(call.hub, asking, property_id, change.wish()))

    @post(
        "/{property_id:str}/room-types",
        opt=operation(
            summary="Add a room type",
            needs=Permission.STOCK_WRITE,
            takes=wire.NewRoomType,
            key=Key.HONOURED,
            answers={201: RoomType},
            problems=(409,),
        ),
    )
    async def add_room_type(self, call: Called, property_id: FromPath[str]) -> Response[bytes]:
        return await _added(call, property_id, wire.NewRoomType, add_room_type)

    @get(
        "/{property_id:str}/room-types",
        opt=operation(
            summary="List a property's room types",
            needs=Permission.STOCK_READ,
            answers={200: Listing[RoomType]},
        ),
    )
    async def room_types(self, call: Called, property_id: FromPath[str]) -> Response[bytes]:
        """All of them, oldest first."""
        found = await list_room_types(call.hub, call.asking, property_id)
        return call.answer(Listing(tuple(found), None))

    @patch(
        "/{property_id:str}/room-types/{room_type_id:str}",
        opt=operation(
            summary="Change a room type",
            needs=Permission.STOCK_WRITE,
            takes=wire.RoomTypeChange,
            answers={200: RoomType},
        ),
    )
    async def change_room_type(
        self, call: Called, property_id: FromPath[str], room_type_id: FromPath[str]
    ) -> Response[bytes]:
        return await _changed(
            call, property_id, room_type_id, wire.RoomTypeChange, change_room_type
        )

    @post(
        "/{property_id:str}/rate-plans",
        opt=operation(
            summary="Add a rate plan",
            needs=Permission.STOCK_WRITE,
            takes=wire.NewRatePlan,
            key=Key.HONOURED,
            answers={201: RatePlan},
            problems=(409,),
        ),
    )
    async def add_rate_plan(self, call: Called, property_id: FromPath[str]) -> Response[bytes]:
        return await _added(call, property_id, wire.NewRatePlan, add_rate_plan)

    @get(
        "/{property_id:str}/rate-plans",
        opt=operation(
            summary="List a property's rate plans",
            needs=Permission.STOCK_READ,
            answers={200: Listing[RatePlan]},
        ),
    )
    async def rate_plans(self, call: Called, property_id: FromPath[str]) -> Response[bytes]:
        """All of them, oldest first."""
        found = await list_rate_plans(call.hub, call.asking, property_id)
        return call.answer(Listing(tuple(found), None))

    @patch(
        "/{property_id:str}/rate-plans/{rate_plan_id:str}",
        opt=operation(
            summary="Change a rate plan",
            needs=Permission.STOCK_WRITE,
            takes=wire.RatePlanChange,
            answers={200: RatePlan},
        ),
    )
    async def change_rate_plan(
        self, call: Called, property_id: FromPath[str], rate_plan_id: FromPath[str]
    ) -> Response[bytes]:
        """Sales that were made keep the terms they were made under."""
        return await _changed(
            call, property_id, rate_plan_id, wire.RatePlanChange, change_rate_plan
        )


async def _added(
    call: Call, property: str, kind: type[wire.NewRoomType | wire.NewRatePlan], add: Add
) -> Response[bytes]:
    new = await call.body(kind)

    async def act(asking: Asking, made: str | None) -> Answer:
        asking = reasoned(asking, new.reason)
        return answers.given(await add(call.hub, asking, property, wire.said(new), made), 201)

    return await once(call, act)


async def _changed(
    call: Call,
    property: str,
    id: str,
    kind: type[wire.RoomTypeChange | wire.RatePlanChange],
    change: Change,
) -> Response[bytes]:
    asked = await call.body(kind)
    asking = reasoned(call.asking, asked.reason)
    return call.answer(await change(call.hub, asking, property, id, wire.said(asked)))
