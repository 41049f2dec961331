"""Reads of the tenant's own stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa

from adapters.sql import cells, rows, stock_changes
from adapters.sql import stock_tables as tables
from adapters.sql.kinds import ALLOTMENT, HOLD, PROPERTY, RATE_PLAN, ROOM_TYPE, SALE
from adapters.sql.reading import Reading
from core.domain.stock.allotment import Allotment
from core.domain.stock.cell import InventoryCell
from core.domain.stock.holding import Hold
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.stock.sale import Sale
from ports.paging import Page
from ports.stock import AllotmentFilter, HoldFilter, StockChanges


class SqlStockView(Reading):
    async def property(self, id: str) -> Property | None:
        row = await rows.get(
            await self._session.conn(), tables.property, self._scope, id, lock=False
        )
        return None if row is None else PROPERTY.value(row, self._seals)

    async def properties(self, page: Page) -> Sequence[Property]:
        return await self._page(PROPERTY, page)

    async def property_by_code(self, code: str) -> Property | None:
        found = await self._all(PROPERTY, tables.property.c.code == code)
        return found[0] if found else None

    async def active_properties(self) -> Sequence[Property]:
        """Oldest first."""
        return [house for house in await self._all(PROPERTY) if house.active]

    async def room_type(self, id: str) -> RoomType | None:
        return await self._get(ROOM_TYPE, id)

    async def room_types(self, property: str) -> Sequence[RoomType]:
        return await self._all(ROOM_TYPE, tables.room_type.c.property == property)

    async def room_types_of(self, property: str, ids: Iterable[str]) -> Sequence[RoomType]:
        t = tables.room_type
        wanted = sa.and_(t.c.property == property, t.c.id.in_(sorted(set(ids))))
        return await self._all(ROOM_TYPE, wanted)

    async def rate_plan(self, id: str) -> RatePlan | None:
        return await self._get(RATE_PLAN, id)

    async def rate_plans(self, property: str) -> Sequence[RatePlan]:
        return await self._all(RATE_PLAN, tables.rate_plan.c.property == property)

    async def cells(self, property: str, first: date, last: date) -> Sequence[InventoryCell]:
        conn = await self._session.conn()
        return await cells.of_range(conn, self._scope, property, first, last)

    async def rates(self, property: str, first: date, last: date) -> Sequence[RateCell]:
        conn = await self._session.conn()
        return await cells.rates_of_range(conn, self._scope, property, first, last)

    async def stock_changes(self, property: str, after: int) -> StockChanges:
        conn = await self._session.conn()
        return await stock_changes.since(conn, self._scope, property, after)

    async def allotment(self, id: str) -> Allotment | None:
        return await self._get(ALLOTMENT, id)

    async def allotments(self, page: Page, where: AllotmentFilter) -> Sequence[Allotment]:
        state = None if where.state is None else str(where.state)
        return await self._page(ALLOTMENT, page, property=where.property, state=state)

    async def hold(self, id: str) -> Hold | None:
        return await self._get(HOLD, id)

    async def holds(self, page: Page, where: HoldFilter) -> Sequence[Hold]:
        state = None if where.state is None else str(where.state)
        return await self._page(
            HOLD, page, property=where.property, state=state, reference=where.reference
        )

    async def sale(self, connection: str, reference: str) -> Sale | None:
        t = tables.sale
        mine = sa.and_(t.c.connection == connection, t.c.reference == reference)
        found = await self._all(SALE, mine)
        return await self.sale_by_id(found[0].id) if found else None

    async def sale_by_id(self, id: str) -> Sale | None:
        return await self._get(SALE, id)
