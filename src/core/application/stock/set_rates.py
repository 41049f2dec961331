"""The grid of prices and restrictions: read it as it is sold, set it by ranges and weekdays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import UNSET

from core.application.hub import Asking, Hub, write_audit
from core.application.stock.add_property import property_of
from core.application.stock.set_inventory import (
    check_named,
    check_range,
    check_size,
    check_updates,
    nights_of,
)
from core.domain.problem import Fault, Invalid
from core.domain.stock.ari import Span
from core.domain.stock.rate_cell import RateCell, RateChange, grid, rated
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.store import Tx

Place = tuple[str, str, date]


class RateUpdate(msgspec.Struct, frozen=True):
    """One room type under one plan over a span of nights."""

    room_type: str
    plan: str
    span: Span
    change: RateChange


async def read_rates(
    hub: Hub, asking: Asking, property: str, first: date, last: date
) -> Sequence[RateCell]:
    """As they are sold, derived plans included, by room type, plan and night; nights without
    a price or restriction are absent. Invalid: more than 500 nights, or none."""
    asking.need(Permission.STOCK_READ)
    check_range(first, last)
    async with hub.store.read(asking.scope) as view:
        await property_of(view, property)
        plans = await view.rate_plans(property)
        return grid(plans, await view.rates(property, first, last))


async def set_rates(hub: Hub, asking: Asking, property: str, updates: Sequence[RateUpdate]) -> int:
    """Apply *updates* in order, all or none; how many cells are other than before.

    Invalid: a change that names nothing, a room type or plan that is not of the property, nights
    that are over, prices for more people than the room takes or in another currency, prices of a
    derived plan, restrictions of one that has its parent's.
    """
    asking.need(Permission.STOCK_WRITE)
    check_size([u.span for u in updates])
    check_named([u.change != RateChange() for u in updates])
    async with hub.store.begin(asking.scope) as tx:
        house = await property_of(tx, property)
        plans = {plan.id: plan for plan in await tx.rate_plans(property)}
        rooms = {room.id: room for room in await tx.room_types(property)}
        today = house.today(hub.clock.now())
        check_updates(
            [
                (u.span, {"room_type": u.room_type in rooms, "rate_plan": u.plan in plans})
                for u in updates
            ],
            today,
        )
        _check_plans(updates, plans)
        _check_people(updates, rooms)
        for id in sorted({u.plan for u in updates}):
            await tx.rate_plan(id)  # locked: two that set the same cells come one after the other
        different = await _changed(tx, property, updates)
        await tx.put_rates(property, different)
        if different:
            done = {"updates": list(updates), "cells": len(different)}
            await write_audit(hub, tx, asking, "rates.set", property, after=done)
    if different:
        await hub.jobs.ring(Bell.STOCK)
    return len(different)


async def _changed(tx: Tx, property: str, updates: Sequence[RateUpdate]) -> list[RateCell]:
    if not updates:
        return []
    first, last = min(u.span.first for u in updates), max(u.span.last for u in updates)
    found = await tx.rates(property, first, last)
    before = {(cell.room_type, cell.plan, cell.night): cell for cell in found}
    after = dict(before)
    for number, update in enumerate(updates):
        for place in _places(update):
            try:
                after[place] = rated(after.get(place) or RateCell(*place), update.change)
            except ValueError as e:
                raise Invalid(Fault(f"/updates/{number}", str(e))) from None
    return [cell for place, cell in after.items() if cell != before.get(place)]


def _places(update: RateUpdate) -> Iterator[Place]:
    return ((update.room_type, update.plan, night) for night in nights_of(update.span))


def _check_plans(updates: Sequence[RateUpdate], plans: Mapping[str, RatePlan]) -> None:
    faults = []
    for number, update in enumerate(updates):
        plan, where = plans[update.plan], f"/updates/{number}"
        prices = update.change.prices
        if plan.derived is not None and prices is not UNSET:
            faults.append(Fault(f"{where}/prices", "of a derived plan come from its parent"))
        elif isinstance(prices, msgspec.Struct) and prices.currency != plan.currency:
            faults.append(Fault(f"{where}/prices", f"are in {plan.currency} under this plan"))
        if plan.derived is not None and not plan.derived.own_restrictions:
            faults.append(
                Fault(f"{where}/rate_plan", "has its parent's restrictions; set them there")
            )
        if not plan.sells(update.room_type) and plan.active:
            faults.append(Fault(f"{where}/room_type", "is not sold under this plan"))
    if faults:
        raise Invalid(*faults)


def _check_people(updates: Sequence[RateUpdate], rooms: Mapping[str, RoomType]) -> None:
    faults = []
    for number, update in enumerate(updates):
        room, prices = rooms[update.room_type], update.change.prices
        if not isinstance(prices, msgspec.Struct):
            continue
        where = f"/updates/{number}/prices/by_adults"
        faults += [
            Fault(
                f"{where}/{place}/adults",
                f"names {adults} adults, and {room.code} takes {room.people()} people at most",
            )
            for place, (adults, _) in enumerate(prices.by_adults)
            if adults > room.people()
        ]
    if faults:
        raise Invalid(*faults)
