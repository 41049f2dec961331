"""What a stay costs: always the same for the same hotel, room, plan, party and dates."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from adapters.hotelbeds.simulator.hotels import Hotel, RoomType

CURRENCY = "USD"
CENT = Decimal("0.01")
PLANS = (("RO", "NOR"), ("BB", "NOR"), ("BB", "NRF"), ("FB", "NOR"))
BOARD_NAMES = {"RO": "ROOM ONLY", "BB": "BED AND BREAKFAST", "FB": "FULL BOARD"}
_BOARD_A_NIGHT = {"RO": Decimal(0), "BB": Decimal(9), "FB": Decimal(31)}


class Party(NamedTuple):
    rooms: int
    adults: int
    ages: tuple[int, ...]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def stay_price(
    hotel: Hotel, room: RoomType, board: str, rate_class: str, nights: list[date], party: Party
) -> Decimal:
    """For all rooms of the party. Children under 2 are free, under 12 pay half."""
    one = sum((_night(hotel, room, board, night, party) for night in nights), Decimal(0))
    if rate_class == "NRF":
        one *= Decimal("0.90")
    return cents(cents(one) * party.rooms)


def _night(hotel: Hotel, room: RoomType, board: str, night: date, party: Party) -> Decimal:
    seed = hashlib.sha256(f"{hotel.code}|{room.code}|{night}".encode()).digest()
    swing = Decimal(85 + seed[0] % 41) / 100
    weekend = Decimal("1.15") if night.weekday() in (3, 4) else Decimal(1)
    price = Decimal(str(hotel.base)) * Decimal(str(room.factor)) * swing * weekend
    eaters = Decimal(party.adults) + sum((_share(age) for age in party.ages), Decimal(0))
    extra = sum((_share(age) for age in party.ages), Decimal(0)) * Decimal(12)
    return price + extra + _BOARD_A_NIGHT[board] * eaters


def _share(age: int) -> Decimal:
    return Decimal(0) if age < 2 else Decimal("0.5") if age < 12 else Decimal(1)


def selling(net: Decimal) -> Decimal:
    return cents(net * Decimal("1.18"))


def policies(
    hotel: Hotel, rate_class: str, check_in: date, net: Decimal, today: date
) -> list[dict[str, str]]:
    """Latest first, as they sometimes send them."""
    zone = timezone(timedelta(hours=hotel.offset_h))

    def step(day: date, amount: Decimal) -> dict[str, str]:
        at = datetime.combine(day, time(23, 59), zone)
        return {"amount": str(cents(amount)), "from": at.isoformat()}

    if rate_class == "NRF":
        return [step(today - timedelta(days=1), net)]
    return [
        step(check_in - timedelta(days=3), net),
        step(check_in - timedelta(days=10), net / 2),
    ]


def taxes(hotel: Hotel, net: Decimal, nights: int, rooms: int) -> dict[str, Any]:
    vat = {
        "included": True,
        "percent": "15.00",
        "amount": str(cents(net * 15 / 115)),
        "currency": CURRENCY,
        "type": "TAX",
    }
    if hotel.fee is None:
        return {"taxes": [vat], "allIncluded": True}
    currency, nightly = hotel.fee
    amount = Decimal(nightly) * nights * rooms
    fee = {
        "included": False,
        "amount": str(amount),
        "currency": currency,
        "type": "FEE",
        "clientAmount": str(cents(amount / Decimal("3.75"))),
        "clientCurrency": CURRENCY,
    }
    return {"taxes": [fee, vat], "allIncluded": False}
