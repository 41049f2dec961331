"""The vocabulary of selling a hotel room: what is asked, offered, quoted and cancelled."""

from __future__ import annotations

import enum
from datetime import date, datetime

import msgspec

from core.domain.bookings.terms import (
    CancellationPolicy,
    Price,
)
from core.domain.stay import Occupancy, Stay

MAX_ROOMS = 9


class Circle(msgspec.Struct, frozen=True, tag="circle", forbid_unknown_fields=True):
    """A circle on the map: WGS 84 degrees, radius in kilometres."""

    latitude: float
    longitude: float
    radius_km: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("latitude is -90 to 90 and longitude -180 to 180 degrees")
        if not 0 < self.radius_km <= 200:
            raise ValueError("radius_km must be above 0 and at most 200")


class HotelCodes(msgspec.Struct, frozen=True, tag="codes", forbid_unknown_fields=True):
    """Hotels by each supplier's own codes: connection id → codes."""

    codes: dict[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if not self.codes or not all(1 <= len(c) <= 2000 for c in self.codes.values()):
            raise ValueError("codes names at least one connection with 1 to 2000 hotels")


Destination = Circle | HotelCodes


class HotelSearch(msgspec.Struct, frozen=True):
    """nationality: of the lead guest, ISO 3166; some rates are sold by it."""

    destination: Destination
    stay: Stay
    rooms: tuple[Occupancy, ...]
    nationality: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.rooms) <= MAX_ROOMS:
            raise ValueError(f"rooms must be 1 to {MAX_ROOMS}")
        if len(self.nationality) != 2 or not (
            self.nationality.isascii() and self.nationality.isalpha() and self.nationality.isupper()
        ):
            raise ValueError(f"not an ISO 3166 country: {self.nationality!r}")


class Board(enum.StrEnum):
    ROOM_ONLY = "room_only"
    BREAKFAST = "breakfast"
    HALF_BOARD = "half_board"
    FULL_BOARD = "full_board"
    ALL_INCLUSIVE = "all_inclusive"
    OTHER = "other"


class Collect(enum.StrEnum):
    """Who takes the guest's money: the agency before the stay, or the hotel at the desk."""

    PREPAID = "prepaid"
    HOTEL = "hotel_collect"


class Room(msgspec.Struct, frozen=True):
    """One room of an offer. code and name are the supplier's, for this property."""

    code: str
    name: str
    occupancy: Occupancy


class RatePlan(msgspec.Struct, frozen=True):
    code: str
    name: str


class Hotel(msgspec.Struct, frozen=True):
    """code: the supplier's. timezone: IANA; every hour and cut-off is reckoned in it."""

    code: str
    name: str
    timezone: str
    latitude: float | None = None
    longitude: float | None = None
    category: str = ""


class HotelOffer(msgspec.Struct, frozen=True, tag_field="kind", tag="hotel"):
    """What a supplier can sell now. It travels as an encrypted token and is not stored.

    source: what the supplier needs to recognise it (rate keys, one a room), opaque to us.
    recheck: the supplier wants it checked again before booking.
    on_request: booking it asks the hotel, which answers later.
    """

    connection: str
    hotel: Hotel
    stay: Stay
    rooms: tuple[Room, ...]
    rate_plan: RatePlan
    board: Board
    board_name: str
    price: Price
    cancellation: CancellationPolicy
    collect: Collect
    nationality: str
    source: tuple[str, ...]
    rate_comments: str = ""
    on_request: bool = False
    recheck: bool = True
    expires_at: datetime | None = None

    @property
    def title(self) -> str:
        return self.hotel.name

    @property
    def starts_on(self) -> date:
        return self.stay.check_in

    @property
    def ends_on(self) -> date:
        return self.stay.check_out

    @property
    def people(self) -> int:
        return sum(r.occupancy.adults + len(r.occupancy.children) for r in self.rooms)
