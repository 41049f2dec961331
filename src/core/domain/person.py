"""Personal data, kept apart from everything else so that it can be erased."""

from __future__ import annotations

import enum

import msgspec


class PersonKind(enum.StrEnum):
    ADULT = "adult"
    CHILD = "child"


class Person(msgspec.Struct, frozen=True):
    """One human being of a booking. Stored only encrypted, under a key of its own.

    Bookings, events and audit entries hold the id; destroying the key erases the person.
    """

    id: str
    name: str
    surname: str
    email: str | None = None
    phone: str | None = None
    note: str | None = None  # what the guest asks of the hotel; it may tell of health or faith

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"Person({self.id})"


class Guest(msgspec.Struct, frozen=True):
    """One guest of a room, by reference. age: whole years at check-in, only for children."""

    person: str
    room: int
    kind: PersonKind
    age: int | None = None
