"""Which properties a search means, and what each of them offers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from adapters.house.house import Bill, House, bill, offer, placings
from core.domain.bookings.hotel import Circle, HotelCodes, HotelOffer, HotelSearch
from core.domain.stock.property import Property

EARTH_KM = 6371.0


def meant(
    houses: Sequence[Property], request: HotelSearch, connection: str, only: Sequence[str]
) -> list[Property]:
    """only: codes of the connection's properties; () all."""
    mine = [house for house in houses if not only or house.code in only]
    match request.destination:
        case HotelCodes(codes):
            wanted = codes.get(connection, ())
            return [house for house in mine if house.code in wanted]
        case Circle() as circle:
            return [house for house in mine if _inside(house, circle)]


def _inside(house: Property, circle: Circle) -> bool:
    if house.latitude is None or house.longitude is None:
        return False
    here, there = math.radians(house.latitude), math.radians(circle.latitude)
    along = math.radians(house.longitude - circle.longitude)
    half = math.sin((here - there) / 2) ** 2
    half += math.cos(here) * math.cos(there) * math.sin(along / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half)) <= circle.radius_km


def offers(
    house: House, request: HotelSearch, connection: str, now: datetime
) -> Iterator[HotelOffer]:
    today = house.property.today(now)
    for plan in house.plans.values():
        for placed in placings(house, plan, request.rooms):
            due = bill(house, plan, placed, request.rooms, today)
            if isinstance(due, Bill):
                yield offer(
                    house,
                    plan,
                    placed,
                    request.rooms,
                    due,
                    connection=connection,
                    nationality=request.nationality,
                    now=now,
                )
