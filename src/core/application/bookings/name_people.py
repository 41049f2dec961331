"""Keep those whom a booking names, each under a key of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.application.hub import Hub
from core.domain.bookings.party import GuestName, Holder, Party, PassengerName, laps
from core.domain.person import Guest, PassengerType, Person, PersonKind
from ports.store import Tx


async def put_people(hub: Hub, tx: Tx, party: Party) -> tuple[str, tuple[Guest, ...]]:
    """The holder's id, and everybody else by id, in the order they were named."""
    holder = _holder(hub, party.holder)
    await tx.put_person(holder)
    guests = []
    for person, guest in (*_guests(hub, party), *_passengers(hub, party.passengers)):
        await tx.put_person(person)
        guests.append(guest)
    return holder.id, tuple(guests)


def _holder(hub: Hub, holder: Holder) -> Person:
    return Person(
        id=hub.mint.id("per"),
        name=holder.name,
        surname=holder.surname,
        email=holder.email,
        phone=holder.phone,
        note=holder.note,
    )


def _guests(hub: Hub, party: Party) -> Iterator[tuple[Person, Guest]]:
    rooms: Iterable[tuple[int, GuestName]] = (
        (number, guest) for number, room in enumerate(party.rooms) for guest in room
    )
    for room, guest in (*rooms, *((0, guest) for guest in party.guests)):
        person = Person(id=hub.mint.id("per"), name=guest.name, surname=guest.surname)
        kind = PersonKind.ADULT if guest.age is None else PersonKind.CHILD
        yield person, Guest(person=person.id, room=room, kind=kind, age=guest.age)


def _passengers(hub: Hub, named: tuple[PassengerName, ...]) -> Iterator[tuple[Person, Guest]]:
    sitting = laps(named)
    for number, one in enumerate(named, 1):
        person = Person(
            id=hub.mint.id("per"),
            name=one.name,
            surname=one.surname,
            title=one.title,
            born_on=one.born_on,
            gender=one.gender,
            nationality=one.nationality,
            passport=one.passport,
            requests=one.requests,
        )
        adult = one.type is PassengerType.ADULT
        yield (
            person,
            Guest(
                person=person.id,
                room=0,
                kind=PersonKind.ADULT if adult else PersonKind.CHILD,
                passenger=one.type,
                with_adult=sitting.get(number),
            ),
        )
