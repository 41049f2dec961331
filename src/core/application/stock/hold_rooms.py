"""Hold rooms for a while; what is held nobody else can have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from core.application.hub import Asking, Hub, write_intent
from core.application.stock.add_property import property_of
from core.application.stock.draw_allotment import draw
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.stock import moves
from core.domain.stock.holding import Hold
from core.domain.stock.moves import Rooms, Short
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.paging import Page
from ports.stock import HoldFilter, StockView

HOLD_S, HOLD_S_LEAST, HOLD_S_MOST = 1200, 60, 30 * 86400
ROOMS_MAX = 200


class NewHold(msgspec.Struct, frozen=True):
    """rooms: of one property. allotment: take them out of this group's rooms.

    expires_in_s: 60 to 30 days. reference: the platform's own word for it.
    """

    property: str
    rooms: tuple[Rooms, ...]
    expires_in_s: int = HOLD_S
    reference: str = ""
    allotment: str | None = None


async def hold_rooms(hub: Hub, asking: Asking, new: NewHold, made: str | None = None) -> Hold:
    """All of it is held, or nothing; it is given back by itself when its time is over.

    made: what the same request made before it died; that one is given.
    Invalid: no such room types, nights that are over. Conflict: sold out; every short night is
    named.
    """
    asking.need(Permission.BOOKINGS_WRITE)
    if made is not None:
        return await _of(hub, asking, made)
    now = hub.clock.now()
    hold = Hold(
        id=hub.mint.id("hld"),
        property=new.property,
        rooms=new.rooms,
        created_at=now,
        expires_at=now + timedelta(seconds=new.expires_in_s),
        created_by=asking.who.id,
        reference=new.reference,
        allotment=new.allotment,
    )
    async with hub.store.begin(asking.scope) as tx:
        await _check(hub, tx, new)
        drawn = new.allotment is not None
        if new.allotment is not None:
            await draw(tx, new.allotment, new.property, new.rooms)
        await tx.put_hold(hold)
        await write_intent(hub, tx, asking, "hold.made", hold.id, after=hold)
        if not drawn:
            need_all(await tx.move_stock(new.property, moves.hold(new.rooms)), new.rooms)
    await hub.jobs.ring_at(Bell.HOLDS, hold.expires_at)
    await hub.jobs.ring(Bell.STOCK)
    return hold


async def read_hold(hub: Hub, asking: Asking, id: str) -> Hold:
    asking.need(Permission.BOOKINGS_READ)
    return await _of(hub, asking, id)


async def list_holds(hub: Hub, asking: Asking, page: Page, where: HoldFilter) -> Sequence[Hold]:
    asking.need(Permission.BOOKINGS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.holds(page, where)


async def _of(hub: Hub, asking: Asking, id: str) -> Hold:
    async with hub.store.read(asking.scope) as view:
        found = await view.hold(id)
    if found is None:
        raise NotFound("hold", id)
    return found


async def _check(hub: Hub, view: StockView, new: NewHold) -> None:
    house = await property_of(view, new.property)
    asked = await view.room_types_of(house.id, {rooms.room_type for rooms in new.rooms})
    known = {room.id for room in asked if room.active}
    today, faults = house.today(hub.clock.now()), []
    if not house.active:
        raise Conflict("not_on_sale", f"{house.name} is not on sale")
    for place, rooms in enumerate(new.rooms):
        if rooms.room_type not in known:
            faults.append(Fault(f"/rooms/{place}/room_type", "is not sold by this property"))
        if rooms.stay.check_in < today:
            faults.append(
                Fault(f"/rooms/{place}/check_in", f"is over; today is {today} at the property")
            )
    if faults:
        raise Invalid(*faults)


def need_all(done: object, rooms: Sequence[Rooms]) -> None:
    """Conflict: sold out, with every line of *rooms* that touches a short night."""
    if not isinstance(done, Short):
        return
    faults = []
    for short in done.nights:
        for place, line in enumerate(rooms):
            if line.room_type == short.room_type and short.night in moves.nights(line.stay):
                why = f"{short.missing} too few on {short.night}"
                faults.append(Fault(f"/rooms/{place}", why))
    first = done.first
    raise Conflict("sold_out", f"{first.missing} too few on {first.night}", faults=tuple(faults))
