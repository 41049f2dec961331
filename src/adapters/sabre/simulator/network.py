"""An invented timetable and invented fares. Carriers and places are real, nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONES = {
    **dict.fromkeys(("JED", "MED"), ZoneInfo("Asia/Riyadh")),
    "CGK": ZoneInfo("Asia/Jakarta"),
    "SUB": ZoneInfo("Asia/Jakarta"),
    "DPS": ZoneInfo("Asia/Makassar"),
    "SIN": ZoneInfo("Asia/Singapore"),
    "KUL": ZoneInfo("Asia/Kuala_Lumpur"),
    "AUH": ZoneInfo("Asia/Dubai"),
}
CITIES = {"JKT": "CGK"}
TICKET_CODES = {"GA": "126", "SV": "065", "EY": "607", "SQ": "618", "MH": "232"}
SEATS = 9
TICKET_DAYS = 3


class Flight(NamedTuple):
    """leaves: local. minutes: in the air. operating: who flies it."""

    carrier: str
    number: int
    origin: str
    destination: str
    leaves: time
    minutes: int
    operating: str


class Dated(NamedTuple):
    flight: Flight
    departs: datetime  # aware, local
    arrives: datetime

    @property
    def id(self) -> tuple[str, int, date]:
        return self.flight.carrier, self.flight.number, self.departs.date()


class Fare(NamedTuple):
    """base: of an adult, one way, in whole rupiah. refund, change: None, it cannot be."""

    family: str
    rbd: str
    cabin: str
    base: int
    refund: int | None
    change: int | None


FLIGHTS = (
    Flight("SV", 817, "CGK", "JED", time(16, 30), 575, "SV"),
    Flight("SV", 818, "JED", "CGK", time(1, 15), 560, "SV"),
    Flight("GA", 980, "CGK", "JED", time(11, 5), 585, "GA"),
    Flight("GA", 981, "JED", "CGK", time(22, 40), 570, "GA"),
    Flight("EY", 475, "CGK", "AUH", time(15, 35), 510, "EY"),
    Flight("EY", 311, "AUH", "JED", time(23, 55), 180, "EY"),
    Flight("EY", 312, "JED", "AUH", time(6, 10), 170, "EY"),
    Flight("EY", 474, "AUH", "CGK", time(14, 30), 500, "EY"),
    Flight("GA", 404, "CGK", "DPS", time(8, 0), 115, "GA"),
    Flight("GA", 405, "DPS", "CGK", time(12, 0), 115, "GA"),
    Flight("SQ", 953, "CGK", "SIN", time(9, 25), 105, "SQ"),
    Flight("SQ", 958, "SIN", "CGK", time(16, 0), 110, "SQ"),
    Flight("GA", 9250, "CGK", "SIN", time(10, 0), 105, "SQ"),
)
ECONOMY = (
    Fare("SAVER", "V", "Y", 4_850_000, None, 1_500_000),
    Fare("FLEX", "K", "Y", 6_400_000, 1_250_000, 0),
)
BUSINESS = (Fare("PRIME", "D", "C", 21_500_000, 2_000_000, 0),)
BY_RBD = {fare.rbd: fare for fare in (*ECONOMY, *BUSINESS)}
TAXES = 1_186_400  # a direction and passenger; an infant pays a tenth


def fare_basis(fare: Fare, carrier: str, *, returns: bool) -> str:
    return f"{fare.rbd}{'RT' if returns else 'OW'}{fare.family[0]}{carrier}ID"


def price(fare: Fare, type_: str) -> tuple[int, int]:
    """Base and taxes of one direction."""
    if type_ == "INF":
        return fare.base // 10, TAXES // 10
    return (fare.base * 3 // 4 if type_.startswith("C") else fare.base), TAXES


def dated(flight: Flight, on: date) -> Dated:
    departs = datetime.combine(on, flight.leaves, ZONES[flight.origin])
    arrives = (departs + timedelta(minutes=flight.minutes)).astimezone(ZONES[flight.destination])
    if ZONES[flight.origin] == ZONES[flight.destination]:
        arrives = departs + timedelta(minutes=flight.minutes)
    return Dated(flight, departs, arrives)


def journeys(origin: str, destination: str, on: date, most_stops: int) -> Iterator[list[Dated]]:
    """Non-stop, then by one connection of the same carrier within a day."""
    origin, destination = CITIES.get(origin, origin), CITIES.get(destination, destination)
    for first in FLIGHTS:
        if first.origin != origin:
            continue
        leg = dated(first, on)
        if first.destination == destination:
            yield [leg]
        elif most_stops > 0:
            yield from _connections(leg, destination)


def _connections(leg: Dated, destination: str) -> Iterator[list[Dated]]:
    for second in FLIGHTS:
        if (second.origin, second.carrier) != (leg.flight.destination, leg.flight.carrier):
            continue
        for day in (leg.arrives.date(), leg.arrives.date() + timedelta(days=1)):
            next_ = dated(second, day)
            wait = next_.departs - leg.arrives
            if second.destination == destination and timedelta(hours=1) <= wait < timedelta(days=1):
                yield [leg, next_]
                return


def find(carrier: str, number: int, origin: str, destination: str, on: date) -> Dated | None:
    wanted = (carrier, number, origin, destination)
    found = (f for f in FLIGHTS if (f.carrier, f.number, f.origin, f.destination) == wanted)
    return next((dated(flight, on) for flight in found), None)
