"""Room types and rate plans of a property: what is sold, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from core.application.hub import Asking, Hub, write_audit, write_intent
from core.application.stock.add_property import check_wording, code_taken, property_of
from core.domain.problem import Fault, Invalid, NotFound
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.store import Tx

T = TypeVar("T", RoomType, RatePlan)


async def add_room_type(
    hub: Hub, asking: Asking, property: str, fields: dict[str, Any], made: str | None = None
) -> RoomType:
    """fields: of RoomType, without id and property. Conflict: its code is another one's.
    Invalid: what core.domain.stock.wording does not allow.

    made: what the same request made before it died; that one is given.
    """
    asking.need(Permission.STOCK_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        house = await property_of(tx, property)
        known = await tx.room_types(house.id)
        if made is not None:
            return _one("room type", made, known)
        _need_code(fields["code"], known)
        new = _built(RoomType, id=hub.mint.id("rmt"), property=house.id, **fields)
        await tx.put_room_type(new)
        await write_intent(hub, tx, asking, "room_type.added", new.id, after=new)
    return new


async def change_room_type(
    hub: Hub, asking: Asking, property: str, id: str, changes: dict[str, Any]
) -> RoomType:
    """changes: fields of RoomType by name; what is not named stays."""
    asking.need(Permission.STOCK_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        await property_of(tx, property)
        before = await tx.room_type(id)
        if before is None or before.property != property:
            raise NotFound("room type", id)
        after = _replaced(before, changes)
        await tx.put_room_type(after)
        await write_audit(hub, tx, asking, "room_type.changed", id, before=before, after=after)
        await tx.touch_stock(property)
    await hub.jobs.ring(Bell.STOCK)
    return after


async def list_room_types(hub: Hub, asking: Asking, property: str) -> Sequence[RoomType]:
    asking.need(Permission.STOCK_READ)
    async with hub.store.read(asking.scope) as view:
        house = await property_of(view, property)
        return await view.room_types(house.id)


async def add_rate_plan(
    hub: Hub, asking: Asking, property: str, fields: dict[str, Any], made: str | None = None
) -> RatePlan:
    """fields: of RatePlan, without id and property. Conflict: its code is another one's.

    Invalid: a parent that is derived itself, or has another currency; room types that are not
    of the property.
    """
    asking.need(Permission.STOCK_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        house = await property_of(tx, property)
        known = await tx.rate_plans(house.id)
        if made is not None:
            return _one("rate plan", made, known)
        _need_code(fields["code"], known)
        new = _built(RatePlan, id=hub.mint.id("rpl"), property=house.id, **fields)
        await _check_plan(tx, new, known)
        await tx.put_rate_plan(new)
        await write_intent(hub, tx, asking, "rate_plan.added", new.id, after=new)
    return new


async def change_rate_plan(
    hub: Hub, asking: Asking, property: str, id: str, changes: dict[str, Any]
) -> RatePlan:
    """changes: fields of RatePlan by name; what is not named stays. Code and currency stay."""
    asking.need(Permission.STOCK_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        await property_of(tx, property)
        before = await tx.rate_plan(id)
        if before is None or before.property != property:
            raise NotFound("rate plan", id)
        after = _replaced(before, changes)
        await _check_plan(tx, after, await tx.rate_plans(property))
        await tx.put_rate_plan(after)
        await write_audit(hub, tx, asking, "rate_plan.changed", id, before=before, after=after)
        await tx.touch_stock(property)
    await hub.jobs.ring(Bell.STOCK)
    return after


async def list_rate_plans(hub: Hub, asking: Asking, property: str) -> Sequence[RatePlan]:
    asking.need(Permission.STOCK_READ)
    async with hub.store.read(asking.scope) as view:
        house = await property_of(view, property)
        return await view.rate_plans(house.id)


async def _check_plan(tx: Tx, plan: RatePlan, known: Sequence[RatePlan]) -> None:
    faults = []
    types = {room.id for room in await tx.room_types(plan.property)}
    for place, id in enumerate(plan.room_types):
        if id not in types:
            faults.append(Fault(f"/room_types/{place}", "is no room type of this property"))
    if plan.derived is not None:
        parent = next((p for p in known if p.id == plan.derived.parent), None)
        if parent is None or parent.id == plan.id:
            faults.append(Fault("/derived/parent", "is no other rate plan of this property"))
        elif parent.derived is not None:
            faults.append(Fault("/derived/parent", "is derived itself; name the plan it is from"))
        elif parent.currency != plan.currency:
            faults.append(Fault("/derived/parent", f"is in {parent.currency}"))
        if any(p.derived and p.derived.parent == plan.id for p in known):
            faults.append(Fault("/derived", "others are derived from this plan"))
    if faults:
        raise Invalid(*faults)


def _one(kind: str, id: str, known: Sequence[T]) -> T:
    found = next((one for one in known if one.id == id), None)
    if found is None:
        raise NotFound(kind, id)
    return found


def _need_code(code: str, known: Sequence[RoomType] | Sequence[RatePlan]) -> None:
    other = next((one for one in known if one.code == code), None)
    if other is not None:
        raise code_taken(code, other.name, other.id)


def _built(kind: type[T], **fields: Any) -> T:
    check_wording(fields)
    try:
        return kind(**fields)
    except ValueError as e:
        raise Invalid(Fault("", str(e))) from None


def _replaced(before: T, changes: dict[str, Any]) -> T:
    check_wording(changes)
    try:
        return msgspec.structs.replace(before, **changes)
    except ValueError as e:
        raise Invalid(Fault("", str(e))) from None
