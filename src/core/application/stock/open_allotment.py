"""Rooms set apart for a group until a release date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from core.application.hub import Asking, Hub, by_itself, write_intent
from core.application.stock.add_property import property_of
from core.application.stock.hold_rooms import need_all
from core.domain.events.stock_events import allotment_event
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.stay import Stay
from core.domain.stock import moves
from core.domain.stock.allotment import Allotment, AllotmentState, released
from core.domain.stock.moves import Rooms
from core.domain.stock.property import Property
from core.domain.tenancy import Permission, Scope
from ports.jobs import Bell
from ports.paging import Page
from ports.stock import AllotmentFilter
from ports.store import Tx


class NewAllotment(msgspec.Struct, frozen=True):
    """count rooms of one type on each night of the stay.

    release_on: the date, at the property, on which what is not drawn goes back on sale.
    """

    property: str
    name: str
    room_type: str
    stay: Stay
    count: int
    release_on: date
    reference: str = ""


async def open_allotment(
    hub: Hub, asking: Asking, new: NewAllotment, made: str | None = None
) -> Allotment:
    """All its nights are held, or nothing is. made: what the same request made before it died.

    Invalid: a release date that is past, or after arrival. Conflict: sold out.
    """
    asking.need(Permission.STOCK_WRITE)
    if made is not None:
        return await _of(hub, asking, made)
    async with hub.store.begin(asking.scope) as tx:
        house = await property_of(tx, new.property)
        await _check(hub, tx, house, new)
        allotment = Allotment(
            id=hub.mint.id("alt"),
            property=house.id,
            name=new.name,
            room_type=new.room_type,
            stay=new.stay,
            count=new.count,
            release_on=new.release_on,
            release_at=house.instant(new.release_on),
            created_at=hub.clock.now(),
            drawn=(0,) * new.stay.nights,
            reference=new.reference,
        )
        await tx.put_allotment(allotment)
        after = allotment
        await write_intent(hub, tx, asking, "allotment.opened", allotment.id, after=after)
        rooms = (Rooms(new.room_type, new.stay, new.count),)
        need_all(await tx.move_stock(house.id, moves.hold(rooms)), rooms)
    await hub.jobs.ring_at(Bell.ALLOTMENTS, allotment.release_at)
    await hub.jobs.ring(Bell.STOCK)
    return allotment


async def release_allotment(hub: Hub, asking: Asking, id: str) -> Allotment:
    """What is not drawn goes back on sale now. A repeat does nothing."""
    asking.need(Permission.STOCK_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        allotment = await tx.allotment(id)
        if allotment is None:
            raise NotFound("allotment", id)
        if allotment.state is AllotmentState.RELEASED:
            return allotment
        after = await _release(hub, tx, asking, allotment)
    await _ring(hub)
    return after


async def release_due_allotment(hub: Hub, scope: Scope, id: str) -> None:
    """On its release date; else it does nothing."""
    async with hub.store.begin(scope) as tx:
        allotment = await tx.allotment(id)
        if allotment is None or allotment.check_at is None:
            return
        if allotment.check_at > hub.clock.now():
            return
        await _release(hub, tx, by_itself(scope), allotment)
    await _ring(hub)


async def read_allotment(hub: Hub, asking: Asking, id: str) -> Allotment:
    asking.need(Permission.STOCK_READ)
    return await _of(hub, asking, id)


async def list_allotments(
    hub: Hub, asking: Asking, page: Page, where: AllotmentFilter
) -> Sequence[Allotment]:
    asking.need(Permission.STOCK_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.allotments(page, where)


async def _of(hub: Hub, asking: Asking, id: str) -> Allotment:
    async with hub.store.read(asking.scope) as view:
        found = await view.allotment(id)
    if found is None:
        raise NotFound("allotment", id)
    return found


async def _release(hub: Hub, tx: Tx, asking: Asking, allotment: Allotment) -> Allotment:
    after, back = released(allotment)
    await tx.put_allotment(after)
    await tx.record(allotment_event("allotment.released", after), hub.clock.now())
    await write_intent(
        hub, tx, asking, "allotment.released", after.id, before=allotment, after=after
    )
    await tx.move_stock(after.property, back)
    return after


async def _check(hub: Hub, tx: Tx, house: Property, new: NewAllotment) -> None:
    today, faults = house.today(hub.clock.now()), []
    known = await tx.room_types_of(house.id, [new.room_type])
    if not any(room.active for room in known):
        faults.append(Fault("/room_type", "is not sold by this property"))
    if new.stay.check_in < today:
        faults.append(Fault("/check_in", f"is over; today is {today} at the property"))
    if not today < new.release_on <= new.stay.check_in:
        faults.append(Fault("/release_on", "is after today and not after check_in"))
    if faults:
        raise Invalid(*faults)
    if not house.active:
        raise Conflict("not_on_sale", f"{house.name} is not on sale")


async def _ring(hub: Hub) -> None:
    await hub.jobs.ring(Bell.DELIVERIES)
    await hub.jobs.ring(Bell.STOCK)
