"""Writes of the tenant's own stock, as part of a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import rows, stock_changes, stock_writes
from adapters.sql.kinds import ALLOTMENT, HOLD, PROPERTY, RATE_PLAN, ROOM_TYPE, SALE, Kind
from adapters.sql.seals import Seals
from adapters.sql.session import Transaction
from adapters.sql.view import SqlView
from core.domain.stock.allotment import Allotment
from core.domain.stock.cell import InventoryCell
from core.domain.stock.holding import Hold
from core.domain.stock.moves import Key, Move, Moved, Short
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.stock.sale import Sale
from core.domain.tenancy import Scope

T = TypeVar("T", bound=msgspec.Struct)


class SqlStockTx(SqlView):
    def __init__(self, conn: AsyncConnection, scope: Scope, seals: Seals) -> None:
        super().__init__(Transaction(conn), scope, seals)
        self._conn = conn

    async def property_to_change(self, id: str) -> Property | None:
        return await self._get(PROPERTY, id)

    async def put_property(self, property: Property) -> None:
        await self._put(PROPERTY, property)

    async def put_room_type(self, room_type: RoomType) -> None:
        await self._put(ROOM_TYPE, room_type)

    async def put_rate_plan(self, plan: RatePlan) -> None:
        await self._put(RATE_PLAN, plan)

    async def move_stock(self, property: str, moves: Sequence[Move]) -> Moved | Short:
        return await stock_writes.move(self._conn, self._scope, property, moves)

    async def lock_cells(self, property: str, keys: Iterable[Key]) -> Mapping[Key, InventoryCell]:
        return await stock_writes.lock(self._conn, self._scope, property, keys)

    async def put_cells(self, property: str, cells: Sequence[InventoryCell]) -> None:
        await stock_writes.set_limits(self._conn, self._scope, property, cells)

    async def put_rates(self, property: str, rates: Sequence[RateCell]) -> None:
        await stock_writes.set_rates(self._conn, self._scope, property, rates)

    async def touch_stock(self, property: str) -> None:
        await stock_changes.touch(self._conn, self._scope, property)

    async def put_allotment(self, allotment: Allotment) -> None:
        await self._put(ALLOTMENT, allotment)

    async def put_hold(self, hold: Hold) -> None:
        await self._put(HOLD, hold)

    async def put_sale(self, sale: Sale) -> None:
        await self._put(SALE, sale)

    async def _put(self, kind: Kind[T], value: T) -> None:
        await rows.put(self._conn, kind.table, self._scope, kind.row(value, self._seals))
