"""What a channel should show and does not: of what changed, of what waits, or of everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from core.application.channels.channel_parts import ChannelParts, sellable
from core.domain.channels.lane import Lane, LaneKey, LaneKind, Value, cells_of, refusal_of
from core.domain.channels.push import (
    Cells,
    Patch,
    Push,
    RefusedValue,
    covered,
    difference,
    joined,
    lines_of,
    with_unsaid,
    without_refused,
)
from core.domain.channels.refusal import closed_where_refused, eased, once_more
from core.domain.channels.showing import (
    availability_wanted,
    beyond_tax,
    closed_where_unmapped,
    rates_wanted,
)
from core.domain.stock.ari import AriLine
from core.domain.stock.cell import InventoryCell
from core.domain.stock.rate_cell import RateCell, grid
from ports.stock import StockChanges
from ports.store import Tx

Wanted = dict[LaneKey, dict[date, Value]]


class Compared(msgspec.Struct, frozen=True):
    """lines: what is to be said. wanted: all that was looked at. forgotten: lanes with days of
    which it is no longer known how the channel has them. cursor: how far changes were looked at.
    refused: what was refused, and what cannot be said; unsaid: what of it is news.
    """

    lines: Sequence[AriLine]
    wanted: Cells
    forgotten: Sequence[Lane]
    cursor: int
    swept_on: date | None
    refused: tuple[RefusedValue, ...]
    unsaid: list[RefusedValue]


class _Looked(msgspec.Struct, frozen=True):
    """What was looked at, within the days the channel takes; rates as they are sold."""

    cells: Sequence[InventoryCell]
    rates: Sequence[RateCell]


async def compare(tx: Tx, parts: ChannelParts, push: Push, now: datetime) -> Compared:
    """Under the lock of *push*. Once a day of the property everything is looked at, for lead times
    and the days a channel takes move with it; where the cursor is 0, also what was acknowledged
    is no longer believed."""
    today = parts.house.today(now)
    sweep = push.cursor == 0 or push.swept_on != today
    changes = await tx.stock_changes(parts.house.id, 0 if sweep else push.cursor)
    parts = await _after(tx, parts)
    waiting = joined((*push.waiting, *covered(push.in_flight)))
    looked = await _looked_at(tx, parts, changes, () if sweep else waiting, today, sweep)
    wanted: Wanted = {}
    unsaid: Wanted = {}
    wanted.update(availability_wanted(parts.channel, looked.cells, today))
    for plan in parts.plans:
        of_plan = [cell for cell in looked.rates if cell.plan == plan.id]
        wanted.update(rates_wanted(parts.channel, plan, parts.house, of_plan, today))
        unsaid.update(beyond_tax(parts.channel, plan, parts.house, of_plan))
    told = _days_of(waiting)
    wanted.update(closed_where_unmapped(parts.channel, told, _first(parts, today)))
    flying = cells_of(push.in_flight)
    refusals = {refusal_of(key) for key in wanted if key.kind is LaneKind.RATE}
    keys = None if sweep else {*wanted, *flying, *refusals}
    lanes = await tx.lanes(parts.channel.id, keys)
    if sweep:
        for key, lane in lanes.items():
            told.setdefault(key, set()).update(lane.values, lane.told_at)
        wanted.update(closed_where_unmapped(parts.channel, told, _first(parts, today)))
    if push.cursor == 0:
        lanes = {lane.key: lane for lane in once_more(lanes)}
    forgotten = [lanes[key].forgotten(days) for key, days in flying.items() if key in lanes]
    lanes = {**lanes, **{lane.key: lane for lane in forgotten}}
    shown = closed_where_refused(wanted, lanes)
    after = eased(shown, lanes)
    forgotten += after
    lanes = {**lanes, **{lane.key: lane for lane in after}}
    if sweep:
        yesterday = today - timedelta(days=1)
        forgotten = [lane.since(yesterday) for lane in lanes.values()]
    weekdays = parts.distribution.weekdays
    to_come = [one for one in push.refused if one.line.span.last >= today]
    cells = without_refused(difference(shown, lanes), to_come, lanes)
    refused, news = with_unsaid(to_come, unsaid, shown, now, today, weekdays=weekdays)
    return Compared(
        lines=lines_of(cells, lanes, weekdays=weekdays),
        wanted=shown,
        forgotten=forgotten,
        cursor=changes.cursor,
        swept_on=today if sweep else push.swept_on,
        refused=refused,
        unsaid=news,
    )


async def _after(tx: Tx, parts: ChannelParts) -> ChannelParts:
    """What prices are reckoned by, read after the changes that the cursor counts as seen: a plan
    that changes later marks its cells anew."""
    house = await tx.property(parts.house.id)
    return msgspec.structs.replace(
        parts,
        house=house or parts.house,
        room_types=await tx.room_types(parts.house.id),
        plans=await tx.rate_plans(parts.house.id),
    )


def _days_of(waiting: Iterable[Patch]) -> dict[LaneKey, set[date]]:
    days: dict[LaneKey, set[date]] = {}
    for patch in waiting:
        key = LaneKey(LaneKind.AVAILABILITY, patch.room)
        days.setdefault(key, set()).update(_days(patch.first, patch.last))
    return days


async def _looked_at(
    tx: Tx,
    parts: ChannelParts,
    changes: StockChanges,
    waiting: Sequence[Patch],
    today: date,
    sweep: bool,
) -> _Looked:
    first, last = _first(parts, today), _last(parts, today)
    cells = {(c.room_type, c.night): c for c in changes.cells if first <= c.night <= last}
    rates = [c for c in changes.rates if first <= c.night <= last]
    nights = {(c.room_type, c.night) for c in rates}
    room_types = parts.channel.mapping.room_types()
    for patch in waiting:
        room_type = room_types.get(patch.room)
        if room_type is None:
            continue
        until = min(patch.last, last)
        for cell in await tx.cells(parts.house.id, max(patch.first, first), until):
            if cell.room_type == room_type:
                cells[cell.room_type, cell.night] = cell
        if patch.rates:
            nights |= {(room_type, day) for day in _days(max(patch.first, first), until)}
    if not sweep:
        nights |= await _never_ruled(tx, parts, cells.values())
    if not sweep and nights:
        rates = await _rates_of(tx, parts, nights)
    on_sale = sellable(parts.room_types, parts.plans).room_types
    sold = [
        c if c.plan in on_sale.get(c.room_type, ()) else RateCell(c.room_type, c.plan, c.night)
        for c in grid(parts.plans, rates)
        if sweep or (c.room_type, c.night) in nights
    ]
    priced = [c for key, c in cells.items() if sweep or key in nights]  # whose rates were read
    sold += _without_price(parts, priced, sold)
    found = (
        c
        if parts.house.active and c.room_type in on_sale
        else msgspec.structs.replace(c, stop_sell=True)
        for c in cells.values()
    )
    return _Looked(list(found), sold)


async def _never_ruled(
    tx: Tx, parts: ChannelParts, cells: Iterable[InventoryCell]
) -> set[tuple[str, date]]:
    """Nights with rooms of which it was never told how they may be bought under each plan: one
    that has no price must be closed together with its opening."""
    keys: dict[str, list[LaneKey]] = {}
    for theirs, (room_type, _) in parts.channel.mapping.rate_plans().items():
        keys.setdefault(room_type, []).append(LaneKey(LaneKind.RESTRICTION, *theirs))
    offered = [cell for cell in cells if cell.free and cell.room_type in keys]
    asked = [key for room_type in {c.room_type for c in offered} for key in keys[room_type]]
    lanes = await tx.lanes(parts.channel.id, asked) if asked else {}
    ruled = {key: lane.values.keys() for key, lane in lanes.items()}
    return {
        (cell.room_type, cell.night)
        for cell in offered
        if any(cell.night not in ruled.get(key, ()) for key in keys[cell.room_type])
    }


async def _rates_of(tx: Tx, parts: ChannelParts, nights: set[tuple[str, date]]) -> list[RateCell]:
    """Every plan's cells of *nights*: a derived price needs its parent's, and a parent's change
    is a change of what is derived from it."""
    days = [night for _, night in nights]
    found = await tx.rates(parts.house.id, min(days), max(days))
    return [cell for cell in found if (cell.room_type, cell.night) in nights]


def _without_price(
    parts: ChannelParts, cells: Iterable[InventoryCell], sold: Sequence[RateCell]
) -> list[RateCell]:
    """Nights that have rooms, and no price under a plan that is mapped: they are closed, lest the
    channel sell them at a price of its own."""
    priced = {(c.room_type, c.plan, c.night) for c in sold}
    plans: dict[str, list[str]] = {}
    for plan in parts.channel.mapping.plans:
        plans.setdefault(plan.room_type, []).append(plan.rate_plan)
    return [
        RateCell(cell.room_type, plan, cell.night)
        for cell in cells
        for plan in plans.get(cell.room_type, ())
        if (cell.room_type, plan, cell.night) not in priced
    ]


def _first(parts: ChannelParts, today: date) -> date:
    return today + timedelta(days=parts.distribution.first_day)


def _last(parts: ChannelParts, today: date) -> date:
    return today + timedelta(days=parts.distribution.last_day)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
