"""A sale from its order to its end: pure but for what it reads of the stock."""

from __future__ import annotations

from datetime import datetime

import msgspec

from adapters.house.faults import VENDOR
from adapters.house.house import Bill, House, Placed, bill, offer, read_house, rooms_of
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.hotel import HotelOffer
from core.domain.bookings.terms import OfferExpired, SoldOut
from core.domain.person import Person
from core.domain.stay import Stay
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import Barred
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.sale import Sale, SaleState
from ports.errors import Refused
from ports.hotel_supplier import AmendOrder, BookingOrder
from ports.stock import StockView

STATE = {
    SaleState.CONFIRMED: SupplierState.CONFIRMED,
    SaleState.CANCELLED: SupplierState.CANCELLED,
}


class Stale(Exception):
    """What was offered cannot be had any more; undoes the transaction it is raised in."""

    def __init__(self, why: SoldOut) -> None:
        super().__init__(why.reason)
        self.why = why


async def as_it_stands(
    view: StockView, offered: HotelOffer, now: datetime
) -> HotelOffer | SoldOut | OfferExpired:
    """The same rooms under the same plan, at today's price and terms."""
    found = await _found(view, offered, offered.stay)
    if found is None:
        return OfferExpired()
    house, plan, placed = found
    for room in set(placed):
        if house.free.get(room.id, 0) < placed.count(room):
            return SoldOut(f"{room.name} is sold out")
    party = tuple(room.occupancy for room in offered.rooms)
    due = bill(house, plan, placed, party, house.property.today(now))
    if not isinstance(due, Bill):
        return SoldOut(_why(due))
    again = offer(
        house,
        plan,
        placed,
        party,
        due,
        connection=offered.connection,
        nationality=offered.nationality,
        now=now,
    )
    return msgspec.structs.replace(again, recheck=False)


async def _found(
    view: StockView, offered: HotelOffer, stay: Stay
) -> tuple[House, RatePlan, Placed] | None:
    home = await view.property_by_code(offered.hotel.code)
    if home is None or not home.active:
        return None
    house = await read_house(view, home, stay)
    places = [one.partition(" ") for one in offered.source]
    plans = {plan for _, _, plan in places}
    if len(plans) != 1 or not all(room in house.types for room, _, _ in places):
        return None
    plan = house.plans.get(plans.pop())
    if plan is None or not all(plan.sells(room) for room, _, _ in places):
        return None
    return house, plan, tuple(house.types[room] for room, _, _ in places)


def _why(stopped: Barred | None) -> str:
    if stopped is None:
        return "it is not sold for so many people"
    return f"{stopped.rule.replace('_', ' ')} on {stopped.night}"


def new_sale(id: str, home: Property, order: BookingOrder, key: str, now: datetime) -> Sale:
    return Sale(
        id=id,
        connection=order.offer.connection,
        property=home.id,
        reference=key,
        rooms=rooms_of(order.offer.source, order.offer.stay),
        offer=order.offer,
        holder=order.holder.id,
        created_at=now,
        updated_at=now,
    )


def cancelled(sale: Sale, now: datetime) -> Sale:
    currency = sale.offer.price.net.currency
    fee = sale.offer.cancellation.fee_at(now, currency)
    return msgspec.structs.replace(sale, state=SaleState.CANCELLED, fee=fee, updated_at=now)


async def amended(view: StockView, sale: Sale, order: AmendOrder, now: datetime) -> Sale:
    """Refused: it is cancelled, cancelling it costs money already, or the plan does not sell
    the new nights."""
    if sale.state is SaleState.CANCELLED:
        raise Refused("it is cancelled", vendor=VENDOR, operation="amend")
    after = msgspec.structs.replace(sale, holder=order.holder.id, updated_at=now)
    if order.stay == sale.offer.stay:
        return after
    currency = sale.offer.price.net.currency
    if sale.offer.cancellation.fee_at(now, currency).minor > 0:
        why = "cancelling it costs money by now, so its dates stay"
        raise Refused(why, vendor=VENDOR, operation="amend")
    again = await _priced(view, sale.offer, order.stay, now)
    rooms = rooms_of(sale.offer.source, order.stay)
    return msgspec.structs.replace(after, offer=again, rooms=rooms)


async def _priced(view: StockView, sold: HotelOffer, stay: Stay, now: datetime) -> HotelOffer:
    """The stock itself says whether there is room; here only the plan is asked."""
    found = await _found(view, sold, stay)
    if found is None:
        raise Refused("its rate plan is no longer sold", vendor=VENDOR, operation="amend")
    house, plan, placed = found
    party = tuple(room.occupancy for room in sold.rooms)
    due = bill(house, plan, placed, party, house.property.today(now))
    if not isinstance(due, Bill):
        raise Refused(_why(due), vendor=VENDOR, operation="amend")
    return offer(
        house,
        plan,
        placed,
        party,
        due,
        connection=sold.connection,
        nationality=sold.nationality,
        now=now,
    )


def answer(sale: Sale, holder: Person | None) -> SupplierBooking:
    sold = sale.offer
    return SupplierBooking(
        supplier_reference=sale.id,
        vendor_reference=sale.reference,
        state=STATE[sale.state],
        net=sold.price.net,
        stay=sold.stay,
        holder=None if holder is None else (holder.name, holder.surname),
        cancellation=sold.cancellation,
        fee=sale.fee,
    )
