"""The vocabulary of selling a flight through a GDS: shopping, PNR, ticket."""

from __future__ import annotations

import enum
from datetime import date, datetime

import msgspec

from core.domain.bookings.hotel import Collect
from core.domain.bookings.terms import CancellationPolicy, Price
from core.domain.fare_rules import StructuredPenalty
from core.domain.money import Money
from core.domain.person import PassengerType

MAX_PASSENGERS = 9
MAX_BOUNDS = 6


class Cabin(enum.StrEnum):
    ECONOMY = "economy"
    PREMIUM_ECONOMY = "premium_economy"
    BUSINESS = "business"
    FIRST = "first"


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One leg that is asked for. origin, destination: IATA airports or cities. date: local."""

    origin: str
    destination: str
    date: date

    def __post_init__(self) -> None:
        for code in (self.origin, self.destination):
            if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
                raise ValueError("origin and destination are IATA codes of three capitals")
        if self.origin == self.destination:
            raise ValueError("origin and destination differ")


class FlightSearch(msgspec.Struct, frozen=True):
    """passengers: how many of each type; infants on laps are no more than adults."""

    bounds: tuple[Bound, ...]
    passengers: dict[PassengerType, int]
    cabin: Cabin = Cabin.ECONOMY
    max_stops: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.bounds) <= MAX_BOUNDS:
            raise ValueError(f"bounds are 1 to {MAX_BOUNDS}")
        if any(a.date > b.date for a, b in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError("bounds are in order of their dates")
        adults = self.passengers.get(PassengerType.ADULT, 0)
        seated = adults + self.passengers.get(PassengerType.CHILD, 0)
        if not all(count >= 1 for count in self.passengers.values()) or adults < 1:
            raise ValueError("passengers are counts of at least 1, with at least one adult")
        if seated > MAX_PASSENGERS or self.passengers.get(PassengerType.INFANT, 0) > adults:
            raise ValueError(f"at most {MAX_PASSENGERS} seats, and no more infants than adults")


class Segment(msgspec.Struct, frozen=True, gc=False):
    """One flight of an itinerary. departs_at, arrives_at: local to each airport, no offset.

    rbd: the booking class, one letter. fare_basis: of the adult's fare. operated_by: where it
    is not the marketing carrier.
    """

    carrier: str
    number: str
    origin: str
    destination: str
    departs_at: datetime
    arrives_at: datetime
    rbd: str
    fare_basis: str
    cabin: Cabin = Cabin.ECONOMY
    operated_by: str = ""
    baggage: str = ""


class PassengerFare(msgspec.Struct, frozen=True, gc=False):
    """What one passenger of a type costs: base and taxes of one, times count."""

    type: PassengerType
    count: int
    base: Money
    taxes: Money


class FlightOffer(msgspec.Struct, frozen=True, tag_field="kind", tag="flight", gc=False):
    """An itinerary at a price. bounds: how many segments belong to each bound, in order.

    validating_carrier: whose stock the ticket is issued on. ticket_by: the fare's own limit;
    None: not said before it is priced. refundable, changeable: None where it is not known.
    penalties: what the GDS gives as data, for fare_rules. cancellation: what refunding it costs
    once it is ticketed; where nobody says, the whole price from the start.
    """

    connection: str
    segments: tuple[Segment, ...]
    bounds: tuple[int, ...]
    fares: tuple[PassengerFare, ...]
    price: Price
    validating_carrier: str
    source: tuple[str, ...]
    ticket_by: datetime | None = None
    refundable: bool | None = None
    changeable: bool | None = None
    penalties: tuple[StructuredPenalty, ...] = ()
    cancellation: CancellationPolicy = CancellationPolicy()
    collect: Collect = Collect.PREPAID
    on_request: bool = False
    recheck: bool = True
    expires_at: datetime | None = None

    @property
    def title(self) -> str:
        """CGK-JED, JED-CGK: where each bound begins and ends."""
        ends, told = 0, []
        for count in self.bounds:
            first, ends = ends, ends + count
            told.append(f"{self.segments[first].origin}-{self.segments[ends - 1].destination}")
        return ", ".join(told)

    @property
    def starts_on(self) -> date:
        return self.segments[0].departs_at.date()

    @property
    def ends_on(self) -> date:
        return self.segments[-1].arrives_at.date()

    @property
    def people(self) -> int:
        return sum(fare.count for fare in self.fares)

    @property
    def party(self) -> dict[PassengerType, int]:
        """How many of each type it is priced for."""
        return {fare.type: fare.count for fare in self.fares}
