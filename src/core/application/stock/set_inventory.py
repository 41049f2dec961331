"""The grid of rooms: read it for a stretch of nights, set it by ranges and weekdays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.application.stock.add_property import property_of
from core.domain.problem import Conflict, Fault, Invalid
from core.domain.stock.ari import Span
from core.domain.stock.cell import CellChange, InventoryCell, Overtaken, changed
from core.domain.stock.moves import Key
from core.domain.stock.room_type import RoomType
from core.domain.tenancy import Permission
from ports.jobs import Bell

NIGHTS_MAX = 500
CELLS_MAX = 20_000


class InventoryUpdate(msgspec.Struct, frozen=True):
    """One room type over a span of nights (both ends included, perhaps only some weekdays)."""

    room_type: str
    span: Span
    change: CellChange


async def read_inventory(
    hub: Hub, asking: Asking, property: str, first: date, last: date
) -> Sequence[tuple[RoomType, Sequence[InventoryCell]]]:
    """Every room type with a cell for each night, both ends included; a night that was never
    set has nothing in it. Invalid: more than 500 nights, or none."""
    asking.need(Permission.STOCK_READ)
    check_range(first, last)
    async with hub.store.read(asking.scope) as view:
        await property_of(view, property)
        types = await view.room_types(property)
        found = {(c.room_type, c.night): c for c in await view.cells(property, first, last)}
    nights = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        (room, [found.get((room.id, night)) or InventoryCell(room.id, night) for night in nights])
        for room in types
    ]


async def set_inventory(
    hub: Hub, asking: Asking, property: str, updates: Sequence[InventoryUpdate]
) -> int:
    """Apply *updates* in order, all or none; how many cells are other than before.

    Invalid: a change that names nothing, a room type that is not of the property, nights that are
    over at the property.
    Conflict: fewer rooms than are sold or held; the first such night of each update is named.
    """
    asking.need(Permission.STOCK_WRITE)
    check_size([u.span for u in updates])
    check_named([u.change != CellChange() for u in updates])
    async with hub.store.begin(asking.scope) as tx:
        house = await property_of(tx, property)
        known = {room.id for room in await tx.room_types(property)}
        today = house.today(hub.clock.now())
        check_updates([(u.span, {"room_type": u.room_type in known}) for u in updates], today)
        keys = {key for u in updates for key in _keys(u)}
        before = await tx.lock_cells(property, keys)
        after = _applied(dict(before), updates)
        different = [cell for key, cell in after.items() if cell != before[key]]
        await tx.put_cells(property, different)
        if different:
            done = {"updates": list(updates), "cells": len(different)}
            await write_audit(hub, tx, asking, "inventory.set", property, after=done)
    if different:
        await hub.jobs.ring(Bell.STOCK)
    return len(different)


def _applied(
    cells: dict[Key, InventoryCell], updates: Sequence[InventoryUpdate]
) -> dict[Key, InventoryCell]:
    faults = []
    for place, update in enumerate(updates):
        short: Overtaken | None = None
        for key in _keys(update):
            made = changed(cells[key], update.change)
            if isinstance(made, Overtaken):
                short = short or made
            else:
                cells[key] = made
        if short is not None:
            faults.append(Fault(f"/updates/{place}", _why(short)))
    if faults:
        raise Conflict("less_than_taken", faults[0].message, faults=tuple(faults))
    return cells


def _why(short: Overtaken) -> str:
    return (
        f"on {short.night} {short.taken} rooms are sold or held, and {short.allowed} would be left"
    )


def _keys(update: InventoryUpdate) -> Iterator[Key]:
    return ((update.room_type, night) for night in nights_of(update.span))


def nights_of(span: Span) -> Iterator[date]:
    for n in range((span.last - span.first).days + 1):
        night = span.first + timedelta(days=n)
        if not span.weekdays or night.isoweekday() in span.weekdays:
            yield night


def check_range(first: date, last: date) -> None:
    """Invalid: not 1 to 500 nights."""
    if not 0 <= (last - first).days < NIGHTS_MAX:
        raise Invalid(Fault("/last", f"must be 0 to {NIGHTS_MAX - 1} days after first"))


def check_size(spans: Sequence[Span]) -> None:
    """Invalid: more cells than one transaction should lock."""
    if sum((span.last - span.first).days + 1 for span in spans) > CELLS_MAX:
        raise Invalid(Fault("/updates", f"cover more than {CELLS_MAX:,} nights; send them apart"))


def check_named(named: Sequence[bool]) -> None:
    """By update, whether it says what to set. Invalid: one does not."""
    faults = [
        Fault(f"/updates/{place}", "names nothing to set")
        for place, says in enumerate(named)
        if not says
    ]
    if faults:
        raise Invalid(*faults)


def check_updates(updates: Sequence[tuple[Span, dict[str, bool]]], today: date) -> None:
    """Each with its span and, by field, whether what it names is of the property."""
    faults = []
    for place, (span, named) in enumerate(updates):
        faults += [
            Fault(f"/updates/{place}/{field}", "is not of this property")
            for field, known in named.items()
            if not known
        ]
        if span.first < today - timedelta(days=1):
            faults.append(
                Fault(f"/updates/{place}/first", f"is over; today is {today} at the property")
            )
    if faults:
        raise Invalid(*faults)
