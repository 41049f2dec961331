"""Invented hotels. Names and numbers are made up; only the places are real."""

from __future__ import annotations

from typing import NamedTuple

BY_OCCUPANCY, BY_DAY = "OccupancyBasedPricing", "PerDayPricing"
BY_LENGTH = "PerDayPricingByLengthOfStay"


class Plan(NamedTuple):
    """base: how many a price by day is for. parent: the plan it is derived from."""

    id: str
    name: str
    pricing: str = BY_OCCUPANCY
    base: int = 2
    parent: str = ""
    active: bool = True

    @property
    def hotel_collect(self) -> bool:
        return self.id.endswith("A")


class Room(NamedTuple):
    """base_allocation: rooms that Expedia has for good. cheapest, dearest: what it believes."""

    id: str
    name: str
    adults: int
    plans: tuple[Plan, ...]
    base_allocation: int = 0
    cheapest: int = 1
    dearest: int = 100_000_000


class Hotel(NamedTuple):
    """most_minimum: the longest minimum stay that it may ask for."""

    id: str
    name: str
    city: str
    currency: str
    zone: str
    rooms: tuple[Room, ...]
    most_minimum: int = 21

    def room(self, id: str) -> Room | None:
        return next((room for room in self.rooms if room.id == id), None)

    def plan(self, id: str) -> Plan | None:
        return next((plan for room in self.rooms for plan in room.plans if plan.id == id), None)


def _pair(id: str, name: str) -> tuple[Plan, Plan]:
    """A plan whose price the hotel sets, and the one that Expedia derives of it."""
    return Plan(f"{id}A", name), Plan(id, name, parent=f"{id}A")


HOTELS = (
    Hotel(
        "3546001",
        "Zamzam View",
        "Makkah",
        "SAR",
        "Asia/Riyadh",
        (
            Room(
                "201001", "Deluxe Room", 3, (*_pair("301001", "Room Only"), Plan("301011A", "BB"))
            ),
            Room("201002", "Family Room", 4, _pair("301002", "Room Only"), 0, 100, 9_000_000),
        ),
    ),
    Hotel(
        "3546002",
        "Kota Lama Inn",
        "Jakarta",
        "IDR",
        "Asia/Jakarta",
        (
            Room("202001", "Deluxe", 2, (Plan("302001A", "Room Only", BY_DAY),), 3),
            Room("202002", "Suite", 2, (Plan("302002A", "Long Stay", BY_LENGTH),)),
            Room("202003", "Attic", 2, (Plan("302003A", "Room Only", BY_DAY, active=False),)),
        ),
    ),
)
BY_ID = {hotel.id: hotel for hotel in HOTELS}
