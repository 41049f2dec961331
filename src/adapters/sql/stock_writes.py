"""Writes of the tenant's own stock: the store locks, the domain decides, the store writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import cells, stock_changes
from core.domain.event import Event
from core.domain.stock.cell import InventoryCell
from core.domain.stock.moves import Key, Move, Moved, Short, Shortage, moved, together
from core.domain.stock.rate_cell import RateCell
from core.domain.tenancy import Scope

Told = Callable[[Sequence[Shortage]], Awaitable[Event]]


async def move(
    conn: AsyncConnection, scope: Scope, property: str, moves: Sequence[Move]
) -> Moved | Short:
    wanted = together(moves)
    found = await cells.locked(conn, scope, property, [m.key for m in wanted])
    decided = moved(found, wanted)
    if isinstance(decided, Moved):
        await _write(conn, scope, property, decided.cells, None)
    return decided


async def force(
    conn: AsyncConnection, scope: Scope, property: str, moves: Sequence[Move], tell: Told
) -> Moved:
    """Blank cells are made before any is locked, for the sake of the one order."""
    wanted = together(moves)
    keys = [m.key for m in wanted]
    if keys and (blank := await cells.missing(conn, scope, property, keys)):
        stamp = await stock_changes.stamp(conn, property)
        await cells.make_blank(conn, scope, property, blank, stamp)
    found = await cells.locked(conn, scope, property, keys)
    decided = moved(found, wanted, force=True)
    assert isinstance(decided, Moved)
    event = await tell(decided.forced) if decided.forced else None
    forced = {(s.room_type, s.night) for s in decided.forced}
    pushed = [c for c in decided.cells if (c.room_type, c.night) in forced]
    others = [c for c in decided.cells if (c.room_type, c.night) not in forced]
    await _write(conn, scope, property, pushed, event)
    await _write(conn, scope, property, others, None)
    return decided


async def lock(
    conn: AsyncConnection, scope: Scope, property: str, keys: Iterable[Key]
) -> Mapping[Key, InventoryCell]:
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    stamp = await stock_changes.stamp(conn, property)
    await cells.make_blank(conn, scope, property, wanted, stamp)
    return await cells.locked(conn, scope, property, wanted)


async def set_limits(
    conn: AsyncConnection, scope: Scope, property: str, changed: Sequence[InventoryCell]
) -> None:
    if changed:
        await cells.write_limits(conn, scope, property, changed)


async def set_rates(
    conn: AsyncConnection, scope: Scope, property: str, rates: Sequence[RateCell]
) -> None:
    if rates:
        stamp = await stock_changes.stamp(conn, property)
        await cells.write_rates(conn, scope, property, rates, stamp)


async def _write(
    conn: AsyncConnection,
    scope: Scope,
    property: str,
    changed: Sequence[InventoryCell],
    event: Event | None,
) -> None:
    if changed:
        await cells.write_taken(conn, scope, property, changed, event.id if event else None)
