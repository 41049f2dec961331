"""The tenant's own stock in the store: cells that are never wrong, and who took of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol

import msgspec

from core.domain.event import EventDraft
from core.domain.person import Person
from core.domain.stock.allotment import Allotment, AllotmentState
from core.domain.stock.cell import InventoryCell
from core.domain.stock.holding import Hold, HoldState
from core.domain.stock.moves import Key, Move, Moved, Short, Shortage
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.stock.sale import Sale
from ports.paging import Page


class HoldFilter(msgspec.Struct, frozen=True):
    property: str | None = None
    state: HoldState | None = None
    reference: str | None = None


class AllotmentFilter(msgspec.Struct, frozen=True):
    property: str | None = None
    state: AllotmentState | None = None


class StockChanges(msgspec.Struct, frozen=True):
    """Every cell that changed since a cursor, as it is now; some may come twice, none is missed.

    cursor: to be handed in the next time.
    """

    cells: Sequence[InventoryCell]
    rates: Sequence[RateCell]
    cursor: int


class StockView(Protocol):
    """Reads of one tenant in one environment. None: there is no such row here."""

    async def property(self, id: str) -> Property | None:
        """Never locked: takers of different rooms must not wait for each other here."""
        ...

    async def properties(self, page: Page) -> Sequence[Property]: ...
    async def property_by_code(self, code: str) -> Property | None: ...
    async def active_properties(self) -> Sequence[Property]: ...
    async def room_type(self, id: str) -> RoomType | None: ...
    async def room_types(self, property: str) -> Sequence[RoomType]:
        """All of it, oldest first; never locked."""
        ...

    async def room_types_of(self, property: str, ids: Iterable[str]) -> Sequence[RoomType]:
        """Those of *ids* that are of *property*, oldest first; never locked."""
        ...

    async def rate_plan(self, id: str) -> RatePlan | None: ...
    async def rate_plans(self, property: str) -> Sequence[RatePlan]:
        """All of it, oldest first; never locked."""
        ...

    async def cells(self, property: str, first: date, last: date) -> Sequence[InventoryCell]:
        """Of the nights from *first* to *last*, both included, by room type and night; a night
        that was never set is absent. Never locked: `move_stock` and `lock_cells` decide."""
        ...

    async def rates(self, property: str, first: date, last: date) -> Sequence[RateCell]:
        """As they were set, by room type, plan and night; what is derived is not among them."""
        ...

    async def stock_changes(self, property: str, after: int) -> StockChanges:
        """What changed since *after*, a cursor of before; 0: everything there is.

        Writers are not held up, and a change that commits late is not missed. A cursor from
        before a restore, which means nothing any more, gets everything.
        """
        ...

    async def allotment(self, id: str) -> Allotment | None: ...
    async def allotments(self, page: Page, where: AllotmentFilter) -> Sequence[Allotment]: ...
    async def hold(self, id: str) -> Hold | None: ...
    async def holds(self, page: Page, where: HoldFilter) -> Sequence[Hold]: ...
    async def sale(self, connection: str, reference: str) -> Sale | None: ...
    async def sale_by_id(self, id: str) -> Sale | None: ...
    async def people(self, ids: Iterable[str]) -> Mapping[str, Person]:
        """Those of *ids* that can still be read; an erased person is absent."""
        ...


class StockTx(StockView, Protocol):
    """Writes that commit together or not at all.

    Cells are locked in one order, by room type and night, so that takers never wait for each
    other in a circle: call move_stock or force_stock once in a transaction, and last.
    """

    async def property_to_change(self, id: str) -> Property | None:
        """Locked until the end."""
        ...

    async def put_property(self, property: Property) -> None:
        """Violated: its code is another one's."""
        ...

    async def put_room_type(self, room_type: RoomType) -> None:
        """Violated: its code is another one's of the property."""
        ...

    async def put_rate_plan(self, plan: RatePlan) -> None:
        """Violated: its code is another one's of the property."""
        ...

    async def move_stock(self, property: str, moves: Sequence[Move]) -> Moved | Short:
        """Take and give back, all of it or nothing (core/domain/stock/moves.py decides).

        Short: nothing was written; the transaction may go on. Channels hear of it by
        stock_changes: ring Bell.STOCK after commit.
        """
        ...

    async def force_stock(
        self,
        property: str,
        moves: Sequence[Move],
        *,
        now: datetime,
        tell: Callable[[Sequence[Shortage]], EventDraft],
    ) -> Moved:
        """As move_stock, for what a channel has sold already: what is not there is taken too.

        Where that pushes a night beyond its limit, the event *tell* makes of those nights is
        recorded with it; the database refuses the one without the other.
        Violated: a room type that is not of this property.
        """
        ...

    async def lock_cells(self, property: str, keys: Iterable[Key]) -> Mapping[Key, InventoryCell]:
        """The cells under *keys*, locked; what was never set is made, with nothing in it.
        Violated: a room type that is not of this property."""
        ...

    async def put_cells(self, property: str, cells: Sequence[InventoryCell]) -> None:
        """capacity, oversell, stop_sell and a lower forced of locked cells. What is sold and
        held changes by moves alone. Violated: more is taken than would be left."""
        ...

    async def put_rates(self, property: str, rates: Sequence[RateCell]) -> None:
        """Insert or replace by room type, plan and night. Lock the plans first: rate_plan()."""
        ...

    async def touch_stock(self, property: str) -> None:
        """Count every cell of *property* as changed, because what it means has changed."""
        ...

    async def put_allotment(self, allotment: Allotment) -> None: ...
    async def put_hold(self, hold: Hold) -> None: ...
    async def put_sale(self, sale: Sale) -> None:
        """Violated: its connection has another one of that reference."""
        ...


class Stock(Protocol):
    """The stock of one tenant in one environment, for an adapter that sells it."""

    def id(self, prefix: str) -> str:
        """A fresh id."""
        ...

    def read(self) -> AbstractAsyncContextManager[StockView]:
        """One consistent set of reads."""
        ...

    def begin(self) -> AbstractAsyncContextManager[StockTx]:
        """Commits at the end of the block; rolls back when it raises. Busy, Away, Violated."""
        ...
