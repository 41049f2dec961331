"""Invented hotels. Names and prices are made up; only the places are real."""

from __future__ import annotations

import uuid
from typing import NamedTuple


def named(*words: str) -> str:
    """The same UUID for the same words, in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, "/".join(("hotels.example", *words))))


class Plan(NamedTuple):
    """occupancies: adults it has a price for, the primary last; one, where it is by the room."""

    id: str
    title: str
    per_person: bool
    occupancies: tuple[int, ...]

    def option(self, adults: int) -> str:
        """An occupancy that is not the primary has an id of its own."""
        return self.id if adults == self.occupancies[-1] else named(self.id, str(adults))


class Room(NamedTuple):
    id: str
    title: str
    adults: int
    units: int
    plans: tuple[Plan, ...]


class Property(NamedTuple):
    id: str
    title: str
    currency: str
    zone: str
    rooms: tuple[Room, ...]

    def room(self, id: str) -> Room | None:
        return next((room for room in self.rooms if room.id == id), None)

    def plan(self, id: str) -> tuple[Room, Plan] | None:
        return next(((r, p) for r in self.rooms for p in r.plans if p.id == id), None)

    @property
    def plans(self) -> list[tuple[Room, Plan]]:
        return [(room, plan) for room in self.rooms for plan in room.plans]


def _room(hotel: str, title: str, adults: int, units: int, *, per_person: bool = False) -> Room:
    places = tuple(range(1, adults + 1)) if per_person else (adults,)
    plans = tuple(
        Plan(named(hotel, title, plan), plan, per_person, places)
        for plan in ("Best Available Rate", "Bed & Breakfast")
    )
    return Room(named(hotel, title), title, adults, units, plans)


HOTELS = (
    Property(
        named("zamzam-view"),
        "Zamzam View",
        "SAR",
        "Asia/Riyadh",
        (
            _room("zamzam-view", "Twin Room", 2, 20),
            _room("zamzam-view", "Double Room", 2, 12),
            _room("zamzam-view", "Family Room", 4, 6, per_person=True),
        ),
    ),
    Property(
        named("kota-lama"),
        "Kota Lama Inn",
        "IDR",
        "Asia/Jakarta",
        (_room("kota-lama", "Kamar Deluxe", 2, 8),),
    ),
)
BY_ID = {hotel.id: hotel for hotel in HOTELS}
