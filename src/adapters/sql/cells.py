"""Cells of inventory and rates as rows: read by range, locked in one order, written in sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.rows import Row, insert, owner, within
from adapters.sql.stock_marks import mark
from adapters.sql.stock_tables import inventory, rate
from core.domain.stock.cell import InventoryCell
from core.domain.stock.moves import Key
from core.domain.stock.rate_cell import RateCell
from core.domain.tenancy import Scope

_BATCH = 500
_CELL = InventoryCell.__struct_fields__
_decoder = msgspec.json.Decoder(RateCell)


def cell_of(row: Row) -> InventoryCell:
    return InventoryCell(**{name: row[name] for name in _CELL})


def rate_of(row: Row) -> RateCell:
    return _decoder.decode(row["body"])


async def of_range(
    conn: AsyncConnection, scope: Scope, property: str, first: date, last: date
) -> list[InventoryCell]:
    found = await conn.execute(_range(inventory, scope, property, first, last))
    return [cell_of(row) for row in found.mappings()]


async def rates_of_range(
    conn: AsyncConnection, scope: Scope, property: str, first: date, last: date
) -> list[RateCell]:
    found = await conn.execute(_range(rate, scope, property, first, last))
    return [rate_of(row) for row in found.mappings()]


def _range(table: sa.Table, scope: Scope, property: str, first: date, last: date) -> sa.Select[Any]:
    mine = sa.and_(within(table, scope), table.c.property == property)
    during = table.c.night.between(first, last)
    return sa.select(table).where(mine, during).order_by(*table.primary_key.columns)


async def locked(
    conn: AsyncConnection, scope: Scope, property: str, keys: Iterable[Key]
) -> dict[Key, InventoryCell]:
    """Until the end of the transaction, by room type and night: whoever locks in this order
    never waits in a circle. A cell that was never set is absent."""
    found: dict[Key, InventoryCell] = {}
    stretches = list(_stretches(keys))
    for start in range(0, len(stretches), _BATCH):
        some = stretches[start : start + _BATCH]
        asked: dict[str, Any] = {"in_property": property, **_place(scope)}
        for n, (room, first, last) in enumerate(some):
            asked |= {f"room_{n}": room, f"first_{n}": first, f"last_{n}": last}
        for row in await conn.execute(_locking(len(some)), asked):
            cell = InventoryCell(*row)
            found[cell.room_type, cell.night] = cell
    return found


# Building a statement costs more than running it, and every hold and sale runs these.
@cache
def _locking(stretches: int) -> sa.Select[Any]:
    wanted = sa.or_(
        *(
            sa.and_(
                inventory.c.room_type == sa.bindparam(f"room_{n}"),
                inventory.c.night.between(
                    sa.bindparam(f"first_{n}", type_=sa.Date),
                    sa.bindparam(f"last_{n}", type_=sa.Date),
                ),
            )
            for n in range(stretches)
        )
    )
    return (
        sa.select(*(inventory.c[name] for name in _CELL))
        .where(_mine(), wanted)
        .order_by(inventory.c.room_type, inventory.c.night)
        .with_for_update(key_share=True)
    )


def _mine() -> sa.ColumnElement[bool]:
    names = ("tenant", "environment", "property")
    return sa.and_(*(inventory.c[name] == sa.bindparam(f"in_{name}") for name in names))


def _place(scope: Scope) -> dict[str, str]:
    return {f"in_{name}": value for name, value in owner(scope).items()}


def _stretches(keys: Iterable[Key]) -> Iterator[tuple[str, date, date]]:
    """Nights in a row of one room type, as (room type, first, last)."""
    begun: tuple[str, date, date] | None = None
    for room, night in sorted(set(keys)):
        if begun is not None and begun[0] == room and night == begun[2] + timedelta(days=1):
            begun = (room, begun[1], night)
            continue
        if begun is not None:
            yield begun
        begun = (room, night, night)
    if begun is not None:
        yield begun


async def make_blank(
    conn: AsyncConnection, scope: Scope, property: str, keys: Iterable[Key], stamp: Any
) -> None:
    """Nights that were never set, with nothing in them; others stay as they are."""
    blank = dict.fromkeys(("capacity", "sold", "held", "oversell", "forced"), 0)
    rows = [
        {**blank, **owner(scope), "property": property, "room_type": room, "night": night}
        for room, night in sorted(set(keys))
    ]
    put = insert(conn.dialect.name, inventory).values(changed=stamp, stop_sell=False)
    await conn.execute(put.on_conflict_do_nothing(), rows)


async def missing(
    conn: AsyncConnection, scope: Scope, property: str, keys: Sequence[Key]
) -> list[Key]:
    """Of *keys*, the nights that were never set; nothing is locked."""
    nights = [night for _, night in keys]
    there = {
        (cell.room_type, cell.night)
        for cell in await of_range(conn, scope, property, min(nights), max(nights))
    }
    return [key for key in keys if key not in there]


async def write_taken(
    conn: AsyncConnection,
    scope: Scope,
    property: str,
    cells: Sequence[InventoryCell],
    event: str | None,
) -> None:
    """What is sold, held and forced of locked cells. event: of those that are forced further."""
    told = {} if event is None else {"new_forced_event": event}
    fields = ("sold", "held", "forced")
    await _write(conn, scope, property, cells, fields, told)


async def write_limits(
    conn: AsyncConnection, scope: Scope, property: str, cells: Sequence[InventoryCell]
) -> None:
    """What is set of locked cells. What is forced falls with it, and can only fall."""
    fields = ("capacity", "oversell", "stop_sell", "forced")
    await _write(conn, scope, property, cells, fields, {})


async def _write(
    conn: AsyncConnection,
    scope: Scope,
    property: str,
    cells: Sequence[InventoryCell],
    fields: tuple[str, ...],
    more: dict[str, str],
) -> None:
    same = {"in_property": property, **_place(scope), **more}
    rows = [
        {"of_room_type": cell.room_type, "of_night": cell.night, **same}
        | {f"new_{name}": getattr(cell, name) for name in fields}
        for cell in cells
    ]
    await conn.execute(_putting(conn.dialect.name, fields, bool(more)), rows)


@cache
def _putting(dialect: str, fields: tuple[str, ...], told: bool) -> sa.Update:
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in fields}
    if told:
        values["forced_event"] = sa.bindparam("new_forced_event")
    if "capacity" in fields:
        new = sa.bindparam("new_forced", type_=sa.BigInteger)
        values["forced"] = sa.case((inventory.c.forced < new, inventory.c.forced), else_=new)
    return (
        sa.update(inventory)
        .where(
            inventory.c.room_type == sa.bindparam("of_room_type"),
            inventory.c.night == sa.bindparam("of_night"),
            _mine(),
        )
        .values({**values, "changed": mark(dialect)})
    )


async def write_rates(
    conn: AsyncConnection, scope: Scope, property: str, rates: Iterable[RateCell], stamp: Any
) -> None:
    fresh = insert(conn.dialect.name, rate).values(changed=stamp)
    names = ("tenant", "environment", "property", "body", "changed")  # another scope's: refused
    put = fresh.on_conflict_do_update(
        index_elements=["room_type", "rate_plan", "night"],
        set_={name: fresh.excluded[name] for name in names},
    )
    rows = [
        {
            **owner(scope),
            "property": property,
            "room_type": cell.room_type,
            "rate_plan": cell.plan,
            "night": cell.night,
            "body": msgspec.json.encode(cell).decode(),
        }
        for cell in sorted(rates, key=lambda c: (c.room_type, c.plan, c.night))
    ]
    if rows:
        await conn.execute(put, rows)
