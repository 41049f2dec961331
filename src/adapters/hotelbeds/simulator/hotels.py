"""Invented hotels. Names, codes and prices are made up; only the places are real."""

from __future__ import annotations

import math
from typing import NamedTuple


class RoomType(NamedTuple):
    """factor: of the hotel's base price. allotment: how many are for sale each night."""

    code: str
    name: str
    adults: int
    children: int
    factor: float
    allotment: int


class Hotel(NamedTuple):
    """base: net price of a room for two, a night, in the account's currency.

    offset_h: hours ahead of Greenwich. recheck: its rates must be checked before booking.
    at_hotel: the guest pays at the desk. mandatory: the selling price binds.
    fee: what the guest pays at the property a night, in its own currency.
    """

    code: int
    name: str
    stars: int
    destination: str
    destination_name: str
    zone: str
    latitude: float
    longitude: float
    offset_h: int
    base: float
    rooms: tuple[RoomType, ...]
    recheck: bool = False
    at_hotel: bool = False
    mandatory: bool = False
    fee: tuple[str, str] | None = None


DBL = RoomType("DBL.ST", "DOUBLE STANDARD", 2, 1, 1.0, 12)
TWN = RoomType("TWN.VM", "TWIN HARAM VIEW", 2, 1, 1.45, 4)
TPL = RoomType("TPL.ST", "TRIPLE STANDARD", 3, 1, 1.25, 8)
QUA = RoomType("QUA.ST", "QUADRUPLE STANDARD", 4, 2, 1.5, 6)
SUI = RoomType("SUI.CT", "SUITE CITY VIEW", 4, 3, 2.4, 2)
LAST = RoomType("DBL.LR", "DOUBLE LAST ROOM", 2, 1, 0.8, 1)

_MAKKAH = ("QCA", "Makkah")
_MADINAH = ("MED", "Madinah")
_SAR = ("SAR", "21.50")

HOTELS = (
    Hotel(9001, "Dar Al Qafila Makkah", 5, *_MAKKAH, "Ajyad", 21.4195, 39.8283, 3, 148.0,
          (DBL, TWN, TPL, QUA, SUI), fee=_SAR),
    Hotel(9002, "Manazil Zamzam Tower", 4, *_MAKKAH, "Ibrahim Al Khalil", 21.4151, 39.8229, 3, 96.0,
          (DBL, TPL, QUA), recheck=True, fee=_SAR),
    Hotel(9003, "Sakan Al Hujjaj", 3, *_MAKKAH, "Aziziyah", 21.4012, 39.8671, 3, 41.0,
          (DBL, TPL, QUA, LAST)),
    Hotel(9004, "Burj Al Rawabi", 5, *_MAKKAH, "Jabal Omar", 21.4213, 39.8201, 3, 189.0,
          (DBL, TWN, SUI), mandatory=True, fee=_SAR),
    Hotel(9011, "Rawdat Al Madinah", 5, *_MADINAH, "Central Area North", 24.4721, 39.6109, 3, 121.0,
          (DBL, TWN, TPL, QUA), fee=_SAR),
    Hotel(9012, "Taybah Caravan Inn", 3, *_MADINAH, "Quba", 24.4408, 39.6172, 3, 38.0,
          (DBL, TPL, QUA), recheck=True),
    Hotel(9013, "Nakheel Desk Hotel", 4, *_MADINAH, "King Fahd", 24.4649, 39.5998, 3, 64.0,
          (DBL, TPL), at_hotel=True),
    Hotel(9021, "Kerbansaray Sirkeci", 4, "IST", "Istanbul", "Fatih", 41.0136, 28.9770, 3, 74.0,
          (DBL, TPL, SUI)),
    Hotel(9031, "Persinggahan Menteng", 4, "JKT", "Jakarta", "Menteng", -6.1967, 106.8360, 7, 52.0,
          (DBL, TPL)),
    Hotel(9041, "Sukhumvit Rest House", 3, "ZZB", "Bangkok", "Sukhumvit", 13.7372, 100.5603, 7, 33.0,
          (DBL,)),
)  # fmt: skip
BY_CODE = {hotel.code: hotel for hotel in HOTELS}


def within(latitude: float, longitude: float, radius_km: float) -> list[Hotel]:
    here = math.radians(latitude), math.radians(longitude)
    return [h for h in HOTELS if _km(here, h) <= radius_km]


def _km(here: tuple[float, float], hotel: Hotel) -> float:
    lat, lon = math.radians(hotel.latitude), math.radians(hotel.longitude)
    half = math.sin((lat - here[0]) / 2) ** 2
    half += math.cos(here[0]) * math.cos(lat) * math.sin((lon - here[1]) / 2) ** 2
    return 6371.0 * 2 * math.asin(math.sqrt(half))
