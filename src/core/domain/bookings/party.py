"""Who a booking names: what the platform tells of them, and whether they fit what was quoted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from core.domain.bookings.activity import ActivityOffer, UnitKind
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.hotel import HotelOffer
from core.domain.bookings.offer import Offer
from core.domain.naming import unseen_in
from core.domain.person import Gender, PassengerType, Passport, ServiceRequest
from core.domain.problem import Fault, Invalid
from core.domain.stay import Occupancy

_COUNTRY = re.compile(r"[A-Z]{2}")
_DOCUMENT = re.compile(r"[A-Z0-9]{5,15}")
_SSR = re.compile(r"[A-Z0-9]{4}")
# Whole years, on the day of the last flight for an infant and of the first one for others.
AGES = {
    PassengerType.ADULT: (12, 130),
    PassengerType.CHILD: (2, 11),
    PassengerType.INFANT: (0, 1),
}


class GuestName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """age: whole years at the start; for children only."""

    name: str
    surname: str
    age: int | None = None


class Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In whose name the booking stands, and how to reach them. note: wishes for the supplier."""

    name: str
    surname: str
    email: str | None = None
    phone: str | None = None
    note: str | None = None


class PassengerName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One who flies, as in the passport. born_on: owed for children and infants.

    with_adult: the place among the passengers, from 1, of the adult whom an infant sits on; None
    takes the first adult without one.
    """

    type: PassengerType
    name: str
    surname: str
    title: str = ""
    born_on: date | None = None
    gender: Gender | None = None
    nationality: str | None = None
    passport: Passport | None = None
    with_adult: int | None = None
    requests: tuple[ServiceRequest, ...] = ()


class Party(msgspec.Struct, frozen=True):
    """rooms: the guests of each room of a hotel. guests: of an activity. passengers: of a flight."""

    holder: Holder
    rooms: tuple[tuple[GuestName, ...], ...] = ()
    guests: tuple[GuestName, ...] = ()
    passengers: tuple[PassengerName, ...] = ()


def check_party(offer: Offer, party: Party) -> None:
    """Invalid: those who are named do not fit what was quoted; every fault is named."""
    faults = [*_misplaced(offer, party), *_nameless(party), *_unreachable(party.holder)]
    match offer:
        case HotelOffer():
            faults += _rooms(tuple(r.occupancy for r in offer.rooms), party.rooms)
        case ActivityOffer():
            faults += _guests(offer, party.guests)
        case FlightOffer():
            faults += _passengers(offer, party.passengers)
    if faults:
        raise Invalid(*faults)


def _misplaced(offer: Offer, party: Party) -> Iterator[Fault]:
    """The list of another kind of booking."""
    wanted = {HotelOffer: "rooms", ActivityOffer: "guests", FlightOffer: "passengers"}[type(offer)]
    for field in ("rooms", "guests", "passengers"):
        if field != wanted and getattr(party, field):
            yield Fault(f"/{field}", f"does not go with this quote; name {wanted}")


def _rooms(
    occupancies: Sequence[Occupancy], rooms: Sequence[Sequence[GuestName]]
) -> Iterator[Fault]:
    if len(rooms) != len(occupancies):
        yield Fault("/rooms", f"the quote is for {len(occupancies)} rooms")
        return
    for number, (occupancy, room) in enumerate(zip(occupancies, rooms, strict=True)):
        ages = sorted(g.age for g in room if g.age is not None)
        adults = sum(g.age is None for g in room)
        if adults != occupancy.adults or ages != sorted(occupancy.children):
            wanted = f"{occupancy.adults} adults and children aged {list(occupancy.children)}"
            yield Fault(f"/rooms/{number}", f"the quote is for {wanted}")


def _guests(offer: ActivityOffer, guests: Sequence[GuestName]) -> Iterator[Fault]:
    """Most doors want only the holder's name; a family's ticket is for as many as it is."""
    tickets = sum(unit.count for unit in offer.units)
    families = any(unit.kind in (UnitKind.FAMILY, UnitKind.OTHER) for unit in offer.units)
    if len(guests) > tickets and not families:
        yield Fault("/guests", f"the quote is for {tickets} tickets")


def _passengers(offer: FlightOffer, named: Sequence[PassengerName]) -> Iterator[Fault]:
    counted = Counter(p.type for p in named)
    if counted != Counter(offer.party):
        wanted = ", ".join(f"{count} {type_}" for type_, count in offer.party.items())
        yield Fault("/passengers", f"the quote is for {wanted}")
        return
    first, last = offer.segments[0].departs_at.date(), offer.segments[-1].arrives_at.date()
    for place, passenger in enumerate(named):
        for fault in _passenger(passenger, first, last):
            yield Fault(f"/passengers/{place}{fault.pointer}", fault.message)
    yield from _laps(named)


def _passenger(one: PassengerName, first: date, last: date) -> Iterator[Fault]:
    on = last if one.type is PassengerType.INFANT else first
    least, most = AGES[one.type]
    if one.born_on is None and one.type is not PassengerType.ADULT:
        yield Fault("/born_on", f"is needed for a passenger of type {one.type}")
    if one.born_on is not None and not least <= _age(one.born_on, on) <= most:
        yield Fault("/born_on", f"a passenger of type {one.type} is {least} to {most} on {on}")
    if one.nationality is not None and not _COUNTRY.fullmatch(one.nationality):
        yield Fault("/nationality", "is an ISO 3166 country of two capitals")
    if one.passport is not None:
        yield from _passport(one, one.passport, last)
    for place, request in enumerate(one.requests):
        if not _SSR.fullmatch(request.code) or len(request.text) > 100:
            yield Fault(f"/requests/{place}", "has a code of four capitals and at most 100 letters")


def _passport(one: PassengerName, passport: Passport, last: date) -> Iterator[Fault]:
    """Airlines send it to the states as it is: half of it is refused there."""
    if one.born_on is None:
        yield Fault("/born_on", "goes with a passport")
    if one.gender is None:
        yield Fault("/gender", "goes with a passport")
    if not _DOCUMENT.fullmatch(passport.number):
        yield Fault("/passport/number", "is 5 to 15 capitals and digits")
    if not _COUNTRY.fullmatch(passport.country):
        yield Fault("/passport/country", "is an ISO 3166 country of two capitals")
    if passport.ends_on < last:
        yield Fault("/passport/ends_on", f"it has ended on {last}, when they arrive")


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _laps(named: Sequence[PassengerName]) -> Iterator[Fault]:
    taken: set[int] = set()
    for place, passenger in enumerate(named):
        lap = passenger.with_adult
        if lap is None:
            continue
        adult = 1 <= lap <= len(named) and named[lap - 1].type is PassengerType.ADULT
        if passenger.type is not PassengerType.INFANT or not adult or lap in taken:
            yield Fault(
                f"/passengers/{place}/with_adult", "gives an infant an adult who has no other"
            )
        taken.add(lap)


def laps(named: Sequence[PassengerName]) -> dict[int, int]:
    """Infant → adult, places from 1: as it was told, else the first adult who has none."""
    told = {n: p.with_adult for n, p in enumerate(named, 1) if p.with_adult is not None}
    free = iter(
        n
        for n, p in enumerate(named, 1)
        if p.type is PassengerType.ADULT and n not in told.values()
    )
    waiting = [
        n for n, p in enumerate(named, 1) if p.type is PassengerType.INFANT and n not in told
    ]
    return told | {infant: next(free) for infant in waiting}


def _nameless(party: Party) -> Iterator[Fault]:
    for pointer, text in _names(party):
        unseen = unseen_in(text)
        if unseen is not None:
            yield Fault(pointer, unseen)
        elif not (1 <= len(text) <= 50 and text.isprintable() and any(c.isalpha() for c in text)):
            yield Fault(pointer, "is 1 to 50 printable characters with at least one letter")


def _names(party: Party) -> Iterator[tuple[str, str]]:
    yield from _of("/holder", party.holder)
    for number, room in enumerate(party.rooms):
        yield from _each(f"/rooms/{number}", room)
    yield from _each("/guests", party.guests)
    yield from _each("/passengers", party.passengers)


def _each(pointer: str, named: Iterable[GuestName | PassengerName]) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(named):
        yield from _of(f"{pointer}/{place}", one)


def _of(pointer: str, one: Holder | GuestName | PassengerName) -> Iterator[tuple[str, str]]:
    yield f"{pointer}/name", one.name
    yield f"{pointer}/surname", one.surname


def _unreachable(holder: Holder) -> Iterator[Fault]:
    if holder.email is not None and ("@" not in holder.email or len(holder.email) > 254):
        yield Fault("/holder/email", "is not an e-mail address")
