"""A booking as a revision tells it."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from adapters.channex.simulator.stock import Stock
from adapters.channex.simulator.wish import Booking, WishedRoom


def told(one: Booking, stock: Stock) -> dict[str, Any]:
    wish, rooms = one.wish, [_room(one, stock, place) for place in range(len(one.wish.rooms))]
    total = sum((Decimal(room["amount"]) for room in rooms), Decimal(0))
    return {
        "property_id": one.hotel.id,
        "booking_id": one.id,
        "unique_id": f"BDC-{one.number}",
        "system_id": uuid.uuid4().hex,
        "ota_reservation_code": str(one.number),
        "ota_name": "Booking.com",
        "status": one.status,
        "rooms": rooms,
        "services": [],
        # What a partner certified for cards is told; others see it masked.
        "guarantee": {
            "card_number": "4111111111111111",
            "card_type": "VI",
            "cardholder_name": f"{wish.name} {wish.surname}",
            "cvv": "737",
            "expiration_date": "10/2030",
            "is_virtual": False,
        },
        "customer": {
            "name": wish.name,
            "surname": wish.surname,
            "mail": wish.email,
            "phone": "+62 811 000 000",
            "country": "ID",
            "city": "Jakarta",
            "address": "Jalan Contoh 1",
            "zip": "10110",
            "language": "id",
        },
        "occupancy": _occupancy(*wish.rooms),
        "arrival_date": str(min(room.check_in for room in wish.rooms)),
        "departure_date": str(max(room.check_out for room in wish.rooms)),
        "arrival_hour": "15:00",
        "amount": f"{total:.2f}",
        "currency": one.hotel.currency,
        "ota_commission": f"{total * 15 / 100:.2f}",
        "payment_collect": "ota" if wish.paid else "property",
        "payment_type": "bank_transfer" if wish.paid else "credit_card",
        "notes": wish.notes,
    }


def _room(one: Booking, stock: Stock, place: int) -> dict[str, Any]:
    wish = one.wish.rooms[place]
    prices = {str(n): f"{price:.2f}" for n, price in _prices(wish, stock).items()}
    amount = sum((Decimal(price) for price in prices.values()), Decimal(0))
    found = one.hotel.plan(wish.plan)
    option = wish.plan
    if found is not None and not wish.unmapped and wish.adults in found[1].occupancies:
        option = found[1].option(wish.adults)
    return {
        "amount": f"{amount:.2f}",
        "checkin_date": str(wish.check_in),
        "checkout_date": str(wish.check_out),
        "room_type_id": None if wish.unmapped else wish.room,
        "rate_plan_id": None if wish.unmapped else option,
        "meta": None if option == wish.plan else {"parent_rate_plan_id": wish.plan},
        "ota_unique_id": f"{one.number}-{place + 1}",
        "days": prices,
        "occupancy": _occupancy(wish),
        "guests": [{"name": one.wish.name, "surname": one.wish.surname}],
        "services": [],
        "taxes": [
            {
                "is_inclusive": True,
                "name": "VAT",
                "total_price": f"{amount * 15 / 115:.2f}",
                "type": "tax",
            }
        ],
    }


def _prices(wish: WishedRoom, stock: Stock) -> dict[Any, Decimal]:
    if wish.by_night:
        return dict(zip(wish.nights, map(Decimal, wish.by_night), strict=True))
    held = {n: stock.price(wish.plan, n, wish.adults) for n in wish.nights}
    return {night: price or Decimal(100) for night, price in held.items()}


def _occupancy(*rooms: WishedRoom) -> dict[str, Any]:
    ages = [age for room in rooms for age in room.ages]
    adults = sum(room.adults for room in rooms)
    told: dict[str, Any] = {"adults": adults, "children": len(ages), "infants": 0}
    return {**told, "ages": ages} if ages else told
