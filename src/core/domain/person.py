"""Personal data, kept apart from everything else so that it can be erased."""

from __future__ import annotations

import enum
from datetime import date

import msgspec


class PersonKind(enum.StrEnum):
    ADULT = "adult"
    CHILD = "child"


class PassengerType(enum.StrEnum):
    """As airlines price them."""

    ADULT = "ADT"
    CHILD = "CNN"
    INFANT = "INF"  # on a lap; it has no seat


class Gender(enum.StrEnum):
    """As in the passport."""

    MALE = "M"
    FEMALE = "F"
    UNSPECIFIED = "X"


class Passport(msgspec.Struct, frozen=True):
    """country: that issued it, ISO 3166. ends_on: its last day."""

    number: str
    country: str
    ends_on: date


class ServiceRequest(msgspec.Struct, frozen=True):
    """What a passenger asks of the airline (SSR): its four letters, and free text.

    WCHR is a wheelchair, MOML a Muslim meal: it tells of health or faith.
    """

    code: str
    text: str = ""


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """One human being of a booking. Stored only encrypted, under a key of its own.

    Bookings, events and audit entries hold the id; destroying the key erases the person.
    What follows the note is what airlines want (APIS), asked of those who fly.
    """

    id: str
    name: str
    surname: str
    email: str | None = None
    phone: str | None = None
    note: str | None = None  # what the guest asks of the supplier; it may tell of health or faith
    title: str = ""
    born_on: date | None = None
    gender: Gender | None = None
    nationality: str | None = None
    passport: Passport | None = None
    requests: tuple[ServiceRequest, ...] = ()

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"Person({self.id})"


class Guest(msgspec.Struct, frozen=True):
    """One guest, by reference. room: their place in a hotel's rooms, 0 elsewhere.

    age: whole years at the start, only for children. passenger: for who flies; with_adult: the
    place among the guests, from 1, of the adult on whose lap an infant sits.
    """

    person: str
    room: int
    kind: PersonKind
    age: int | None = None
    passenger: PassengerType | None = None
    with_adult: int | None = None
