"""An order in their words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.domain.bookings.hotel import HotelOffer
from core.domain.person import Guest, Person, PersonKind
from core.domain.stay import Occupancy
from ports.hotel_supplier import BookingOrder

LONGEST_NAME = 50
LONGEST_REMARK = 2000


def booking(order: BookingOrder, key: str, *, language: str) -> bytes:
    """tolerance 0.00: a price that has moved is refused, not swallowed."""
    request: dict[str, object] = {
        "holder": names(order.holder),
        "clientReference": key,
        "tolerance": "0.00",
        "language": language,
        "rooms": _rooms(order.offer, order.guests, order.people),
    }
    remark = _remark(order)
    return msgspec.json.encode({**request, "remark": remark} if remark else request)


def names(person: Person) -> dict[str, str]:
    """A person of one name, as many Indonesians are, has it in both places."""
    name, surname = person.name.strip(), person.surname.strip()
    return {
        "name": (name or surname)[:LONGEST_NAME],
        "surname": (surname or name)[:LONGEST_NAME],
    }


def _rooms(
    offer: HotelOffer, guests: Sequence[Guest], people: dict[str, Person]
) -> list[dict[str, object]]:
    """Rooms under one rate key are one entry; roomId counts within it."""
    entries: dict[str, list[dict[str, object]]] = {}
    counted: dict[str, int] = {}
    for place, (key, room) in enumerate(zip(offer.source, offer.rooms, strict=True)):
        counted[key] = counted.get(key, 0) + 1
        here = [guest for guest in guests if guest.room == place]
        party = paxes(room.occupancy, here, people)
        entries.setdefault(key, []).extend({"roomId": counted[key], **pax} for pax in party)
    return [{"rateKey": key, "paxes": party} for key, party in entries.items()]


def paxes(
    party: Occupancy, guests: Sequence[Guest], people: dict[str, Person]
) -> list[dict[str, object]]:
    """Everyone the rate was priced for; those nobody named stay unnamed."""
    adults = [names(people[g.person]) for g in guests if g.kind is PersonKind.ADULT]
    children = sorted((g for g in guests if g.kind is PersonKind.CHILD), key=lambda g: g.age or 0)
    named = [names(people[g.person]) for g in children]
    grown: list[dict[str, object]] = [
        {"type": "AD", **(adults[i] if i < len(adults) else {})} for i in range(party.adults)
    ]
    return grown + [
        {"type": "CH", "age": age, **(named[i] if i < len(named) else {})}
        for i, age in enumerate(sorted(party.children))
    ]


def _remark(order: BookingOrder) -> str:
    people = (order.holder, *(order.people[g.person] for g in order.guests))
    notes = dict.fromkeys(p.note.strip() for p in people if p.note)
    return "\n".join(notes)[:LONGEST_REMARK]
