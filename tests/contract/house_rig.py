"""Own stock on a real store, and a hand on it: what goes wrong is done to the stock itself."""

from __future__ import annotations

import asyncio
import functools
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from adapters import registry
from adapters._kit.transport import AioTransport
from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from adapters.own_stock import OwnStock
from adapters.sql import SqlStore, migrate, open_store
from adapters.sql.kinds import SALE
from adapters.system import SystemClock, SystemMint
from adapters.vault import EnvelopeVault
from core.domain.bookings.hotel import Circle, Destination
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.money import Money
from core.domain.stock.ari import Prices
from core.domain.stock.property import Property, TaxRule
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import CancellationRule, RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.tenancy import Environment, LegalEntity, Scope, Tenant
from ports.hotel_supplier import AmendOrder, BookingOrder, HotelSupplier
from ports.store import Away
from tests.contract.opening import CONNECTION

SCOPE = Scope("tnt_house", Environment.TEST)
HOUSE = "prp_house"
NIGHTS = 90
AT = datetime(2026, 1, 1, tzinfo=UTC)
Change = Callable[["HouseRig"], Awaitable[None]]


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        url = f"sqlite+aiosqlite:///{path}"
        with asyncio.Runner() as runner:
            runner.run(migrate(url))
        return path.read_bytes()


class HouseRig:
    """supplier: the adapter, with everybody an order names put into the store first, as the hub
    does."""

    honours_key = True
    destination: Destination = Circle(21.4225, 39.8262, 10)

    def __init__(self, store: SqlStore, supplier: HotelSupplier, stock: LossyStock) -> None:
        self.store, self.stock = store, stock
        self.supplier: Any = _Hand(self, supplier)
        self.next: dict[str, tuple[str, float]] = {}

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self.next[operation] = (how, value)

    def at_vendor(self, key: str) -> int:
        return self.stock.sold.count(key)

    async def spoil(self, how: str, value: float) -> Change:
        """Do it to the stock; what puts it right again."""
        match how:
            case "lost":
                self.stock.loses = True
                return _nothing
            case "sold_out":
                await self._set_stock(stop_sell=True)
                return lambda rig: rig._set_stock(stop_sell=False)
            case "dearer":
                await self._set_prices(Decimal(100 + int(value)) / 100)
                return lambda rig: rig._set_prices(Decimal(1))
            case "expired":
                await self._set_plans(active=False)
                return lambda rig: rig._set_plans(active=True)
        raise AssertionError(f"own stock does not go wrong like that: {how}")

    async def _set_stock(self, **what: Any) -> None:
        async with self.store.begin(SCOPE) as tx:
            cells = await tx.cells(HOUSE, *_span())
            keys = [(cell.room_type, cell.night) for cell in cells]
            locked = await tx.lock_cells(HOUSE, keys)
            changed = [msgspec.structs.replace(c, **what) for c in locked.values()]
            await tx.put_cells(HOUSE, changed)

    async def _set_prices(self, factor: Decimal) -> None:
        async with self.store.begin(SCOPE) as tx:
            await tx.put_rates(HOUSE, list(_rates(factor)))

    async def _set_plans(self, *, active: bool) -> None:
        async with self.store.begin(SCOPE) as tx:
            for plan in await tx.rate_plans(HOUSE):
                await tx.put_rate_plan(msgspec.structs.replace(plan, active=active))


async def _nothing(rig: HouseRig) -> None:
    pass


class _Hand:
    """Passes calls on, spoiling the stock around the one that shall go wrong."""

    def __init__(self, rig: HouseRig, supplier: HotelSupplier) -> None:
        self._rig, self._supplier = rig, supplier

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        async def call(*given: Any, **named: Any) -> Any:
            await self._put_people([*given, *named.values()])
            how = self._rig.next.pop(operation, None)
            mend = await self._rig.spoil(*how) if how else _nothing
            try:
                return await getattr(self._supplier, operation)(*given, **named)
            finally:
                self._rig.stock.loses = False
                await mend(self._rig)

        return call

    async def _put_people(self, given: list[Any]) -> None:
        for order in given:
            if not isinstance(order, BookingOrder | AmendOrder):
                continue
            async with self._rig.store.begin(SCOPE) as tx:
                for person in (order.holder, *order.people.values()):
                    await tx.put_person(person)


class LossyStock(OwnStock):
    """loses: the next transaction commits, and its answer is lost. sold: references, as put."""

    loses = False

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store, SystemMint(), SCOPE)
        self.sold: list[str] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with super().begin() as tx:
            yield tx
        await self._look()
        if self.loses:
            self.loses = False
            raise Away("the database went away")

    async def _look(self) -> None:
        async with self._store.read(SCOPE) as view:
            self.sold = [s.reference for s in await _sales(view)]


async def _sales(view: Any) -> list[Any]:
    found: list[Any] = await view._all(SALE)
    return found


def _span() -> tuple[date, date]:
    first = datetime.now(UTC).date() - timedelta(days=1)
    return first, first + timedelta(days=NIGHTS)


PLANS = {
    "rpl_flex": RatePlan(
        "rpl_flex",
        HOUSE,
        "FLEX",
        "Flexible",
        "SAR",
        cancellation=(CancellationRule(days_before=3, nights=1),),
    ),
    "rpl_nrf": RatePlan(
        "rpl_nrf",
        HOUSE,
        "NRF",
        "Not refundable",
        "SAR",
        cancellation=(CancellationRule(percent=Decimal(100)),),
    ),
}
TYPES = {"rmt_dbl": 40000, "rmt_quad": 60000}


def _rates(factor: Decimal) -> Any:
    first, last = _span()
    for plan in PLANS:
        for room, minor in TYPES.items():
            price = Money(int(minor * factor), "SAR")
            prices = Prices(((2, price),), Money(0, "SAR"), Money(0, "SAR"))
            for n in range((last - first).days + 1):
                yield RateCell(room, plan, first + timedelta(days=n), prices)


async def _furnish(store: SqlStore) -> None:
    await store.put_tenant(Tenant(SCOPE.tenant, "Zamzam Tours", AT))
    house = Property(
        id=HOUSE,
        entity="ent_house",
        code="AJYAD",
        name="Ajyad Courtyard",
        timezone="Asia/Riyadh",
        currency="SAR",
        country="SA",
        created_at=AT,
        latitude=21.4194,
        longitude=39.8262,
        category="4",
        taxes=(
            TaxRule("VAT", Decimal(15)),
            TaxRule("fee", amount=Money(500, "SAR"), at_property=True),
        ),
    )
    async with store.begin(SCOPE) as tx:
        await tx.put_entity(LegalEntity("ent_house", "PT Zamzam", "ID", "IDR", "1", "U.9", AT))
        await tx.put_account(VendorAccount("acc_house", "house", "own", {}, AT))
        await tx.put_connection(
            Connection(CONNECTION, "ent_house", "acc_house", "house", "own", {}, AT)
        )
        await tx.put_property(house)
        await tx.put_room_type(RoomType("rmt_dbl", HOUSE, "DBL", "Double", 2, 1))
        await tx.put_room_type(RoomType("rmt_quad", HOUSE, "QUAD", "Quadruple", 4, 2))
        for plan in PLANS.values():
            await tx.put_rate_plan(plan)
        first, last = _span()
        keys = [
            (room, first + timedelta(days=n))
            for room in TYPES
            for n in range((last - first).days + 1)
        ]
        blank = await tx.lock_cells(HOUSE, keys)
        await tx.put_cells(HOUSE, [msgspec.structs.replace(c, capacity=40) for c in blank.values()])
        await tx.put_rates(HOUSE, list(_rates(Decimal(1))))


@asynccontextmanager
async def house() -> AsyncIterator[HouseRig]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "serai.db"
        path.write_bytes(await asyncio.to_thread(_migrated))
        clock, transport = SystemClock(), AioTransport()
        url = f"sqlite+aiosqlite:///{path}"
        vault = EnvelopeVault([b"k" * 32])
        try:
            async with open_store(url, vault=vault, clock=clock, mint=SystemMint()) as store:
                await _furnish(store)
                manifest, stock = registry.load("house"), LossyStock(store)
                wiring = Wiring(
                    connection=CONNECTION,
                    budget="acc_house",
                    environment=Environment.TEST,
                    transport=transport,
                    limiter=MemoryLimiter(clock),
                    clock=clock,
                    stock=stock,
                )
                async with manifest.open(manifest.config(), wiring) as supplier:
                    yield HouseRig(store, supplier, stock)
        finally:
            await transport.aclose()
