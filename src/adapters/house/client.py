"""Own stock as a hotel supplier: every order is one transaction on the stock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from adapters._kit.wiring import Wiring
from adapters.house.config import HouseConfig
from adapters.house.faults import VENDOR, asking, ordering
from adapters.house.house import read_house
from adapters.house.ledger import (
    Stale,
    amended,
    answer,
    as_it_stands,
    cancelled,
    new_sale,
)
from adapters.house.searching import meant, offers
from core.domain.bookings.booking import SupplierBooking
from core.domain.bookings.hotel import HotelOffer, HotelSearch
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.stock import moves
from core.domain.stock.moves import Short
from core.domain.stock.sale import Sale, SaleState
from ports.errors import Misconfigured, Refused
from ports.hotel_supplier import AmendOrder, BookingOrder
from ports.probe import Probe
from ports.stock import Stock, StockView
from ports.store import Violated

DEADLINE_S = 30.0


@asynccontextmanager
async def open_house(config: HouseConfig, wiring: Wiring) -> AsyncIterator[HouseSupplier]:
    if wiring.stock is None:
        raise Misconfigured("this process keeps no stock", vendor=VENDOR)
    yield HouseSupplier(config, wiring, wiring.stock)


class HouseSupplier:
    def __init__(self, config: HouseConfig, wiring: Wiring, stock: Stock) -> None:
        self._config, self._stock = config, stock
        self._connection, self._clock = wiring.connection, wiring.clock

    async def search(self, request: HotelSearch, *, deadline_s: float) -> Sequence[HotelOffer]:
        found: list[HotelOffer] = []
        with asking("search"):
            async with asyncio.timeout(deadline_s), self._stock.read() as view:
                houses = await view.active_properties()
                only = self._config.properties
                for home in meant(houses, request, self._connection, only):
                    house = await read_house(view, home, request.stay)
                    found += offers(house, request, self._connection, self._clock.now())
        return found

    async def check(self, offer: HotelOffer) -> HotelOffer | SoldOut | OfferExpired:
        with asking("check"):
            async with self._stock.read() as view:
                return await as_it_stands(view, offer, self._clock.now())

    async def book(
        self, order: BookingOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        """All of it in one transaction; under a key that is known nothing is done again."""
        with ordering("book"):
            try:
                return await self._book(order, key)
            except Stale as e:
                return e.why
            except Violated:  # the same key at the same time, and the other was quicker
                found = await self.find(key)
                if found is None:
                    raise
                return found

    async def _book(
        self, order: BookingOrder, key: str
    ) -> SupplierBooking | PriceChanged | SoldOut | OfferExpired:
        now = self._clock.now()
        async with self._stock.begin() as tx:
            before = await tx.sale(self._connection, key)
            if before is not None:
                return await self._told(tx, before)
            stands = await as_it_stands(tx, order.offer, now)
            if not isinstance(stands, HotelOffer):
                return stands
            if stands.price.net != order.offer.price.net:
                return PriceChanged(stands.price.net)
            home = await tx.property_by_code(order.offer.hotel.code)
            if home is None:
                return OfferExpired()
            sale = new_sale(self._stock.id("sal"), home, order, key, now)
            await tx.put_sale(sale)
            done = await tx.move_stock(home.id, moves.sell(sale.rooms))
            if isinstance(done, Short):
                raise Stale(SoldOut(f"sold out on {done.first.night}"))
        return answer(sale, order.holder)

    async def find(self, key: str) -> SupplierBooking | None:
        """Certain: it is looked up where it would have been written."""
        with asking("find"):
            async with self._stock.read() as view:
                sale = await view.sale(self._connection, key)
                return None if sale is None else await self._told(view, sale)

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        with asking("cancellation_fee"):
            async with self._stock.read() as view:
                sale = await self._sale(view, supplier_reference)
        net = sale.offer.price.net
        return sale.offer.cancellation.fee_at(self._clock.now(), net.currency)

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        with ordering("cancel"):
            async with self._stock.begin() as tx:
                sale = await self._sale(tx, supplier_reference)
                told = await self._told(tx, sale)
                if sale.state is SaleState.CANCELLED:
                    return told
                gone = cancelled(sale, self._clock.now())
                await tx.put_sale(gone)
                await tx.move_stock(sale.property, moves.cancel(sale.rooms))
        return msgspec.structs.replace(answer(gone, None), holder=told.holder)

    async def amend(self, supplier_reference: str, order: AmendOrder) -> SupplierBooking:
        """Nights that stay are not touched; the others are priced by the plan as it is now."""
        now = self._clock.now()
        with ordering("amend"):
            async with self._stock.begin() as tx:
                sale = await self._sale(tx, supplier_reference)
                after = await amended(tx, sale, order, now)
                await tx.put_sale(after)
                difference = moves.modify(sale.rooms, after.rooms)
                done = await tx.move_stock(sale.property, difference)
                if isinstance(done, Short):
                    raise Refused(
                        f"sold out on {done.first.night}", vendor=VENDOR, operation="amend"
                    )
        return answer(after, order.holder)

    async def probe(self) -> Probe:
        try:
            with asking("probe"):
                async with self._stock.read() as view:
                    houses = await view.active_properties()
        except Exception as e:  # a connection test never raises
            return Probe(Verdict.UNREACHABLE, {"error": type(e).__name__}, "Look at the database.")
        codes = {house.code for house in houses}
        missing = [code for code in self._config.properties if code not in codes]
        evidence = {"properties": str(len(codes))}
        if not codes:
            return Probe(Verdict.REJECTED, evidence, "Add a property first.")
        if missing:
            names = ", ".join(missing)
            return Probe(Verdict.REJECTED, evidence, f"There is no active property {names}.")
        return Probe(Verdict.VERIFIED, evidence)

    async def _sale(self, view: StockView, id: str) -> Sale:
        sale = await view.sale_by_id(id)
        if sale is None or sale.connection != self._connection:
            raise Refused("there is no such sale", vendor=VENDOR)
        return sale

    async def _told(self, view: StockView, sale: Sale) -> SupplierBooking:
        return answer(sale, (await view.people([sale.holder])).get(sale.holder))
