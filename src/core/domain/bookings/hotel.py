"""The vocabulary of selling a hotel room: what is asked, offered, quoted and cancelled."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta

import msgspec

from core.domain.money import Money, zero

MAX_NIGHTS = 90  # of what may be asked for
LONGEST_NIGHTS = 1000  # of what a channel may have sold
MAX_ROOMS = 9


class Stay(msgspec.Struct, frozen=True):
    """Local dates at the property; check-out is exclusive. What is asked for is bound more
    narrowly, by `asked_stay`; what a channel has sold is kept, as long as it can be meant."""

    check_in: date
    check_out: date

    def __post_init__(self) -> None:
        if not 1 <= self.nights <= LONGEST_NIGHTS:
            raise ValueError(f"check_out must be 1 to {LONGEST_NIGHTS} nights after check_in")

    @property
    def nights(self) -> int:
        return (self.check_out - self.check_in).days

    def has_begun(self, now: datetime) -> bool:
        """The day of arrival is over everywhere on earth (UTC-12 is the last to see it)."""
        return self.check_in < (now - timedelta(hours=12)).date()


def asked_stay(check_in: date, check_out: date) -> Stay:
    """A stay that somebody asks for. ValueError: not 1 to 90 nights."""
    if (check_out - check_in).days not in range(1, MAX_NIGHTS + 1):
        raise ValueError(f"check_out must be 1 to {MAX_NIGHTS} nights after check_in")
    return Stay(check_in, check_out)


class Occupancy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sleeps in one room. children: their ages in whole years at check-in."""

    adults: int
    children: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.adults <= 9:
            raise ValueError("adults must be 1 to 9")
        if len(self.children) > 6 or not all(0 <= age <= 17 for age in self.children):
            raise ValueError("children are at most 6 ages from 0 to 17")


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


class Tax(msgspec.Struct, frozen=True, gc=False):
    """included: already in the price; otherwise the guest pays it at the property."""

    name: str
    amount: Money
    included: bool


class CancellationStep(msgspec.Struct, frozen=True, gc=False):
    """From this instant on (aware UTC) cancelling costs *fee*, until the next step."""

    starts_at: datetime
    fee: Money


class CancellationPolicy(msgspec.Struct, frozen=True, gc=False):
    """Steps in time order. Before the first step cancelling is free, unless not refundable.

    Fees are the supplier's, in the currency of the net price.
    """

    steps: tuple[CancellationStep, ...] = ()

    def __post_init__(self) -> None:
        starts = [s.starts_at for s in self.steps]
        if any(s.tzinfo is None for s in starts) or starts != sorted(starts):
            raise ValueError("cancellation steps are aware instants in time order")

    def fee_at(self, instant: datetime, currency: str) -> Money:
        """The supplier's fee for cancelling at *instant*."""
        due = zero(currency)
        for step in self.steps:
            if step.starts_at <= instant:
                due = step.fee
        return due

    @property
    def free_until(self) -> datetime | None:
        """The instant from which cancelling costs money; None: it never does."""
        return next((s.starts_at for s in self.steps if s.fee.minor > 0), None)


class Price(msgspec.Struct, frozen=True, gc=False):
    """net: what the agency owes the supplier. sell: what its customer pays; one currency.

    commission: what the supplier pays the agency, where it works so (else zero).
    minimum_sell: the supplier forbids selling under it; None when it does not care.
    taxes: included ones are inside net and sell, the others come on top at the property.
    """

    net: Money
    sell: Money
    commission: Money
    minimum_sell: Money | None = None
    taxes: tuple[Tax, ...] = ()

    def __post_init__(self) -> None:
        parts = (self.net, self.sell, self.commission, self.minimum_sell)
        if len({part.currency for part in parts if part is not None}) != 1:
            raise ValueError("net, sell, commission and minimum_sell are of one currency")


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


class SoldOut(msgspec.Struct, frozen=True, tag="sold_out"):
    """The supplier no longer sells it. A returned value, not an error."""

    reason: str = ""


class PriceChanged(msgspec.Struct, frozen=True, tag="price_changed"):
    """The supplier would sell it, at another net price. Nothing was booked."""

    net: Money | None = None


class OfferExpired(msgspec.Struct, frozen=True, tag="offer_expired"):
    """The supplier has forgotten the offer; search again."""
