"""Bookings, and the people they name."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.bookings import amend_booking, book_quote, resolve_booking
from core.domain import refusal as refusals
from core.domain.bookings import booking as domain
from core.domain.bookings import party
from core.domain.bookings.activity import MAX_PEOPLE
from core.domain.bookings.flight import MAX_PASSENGERS
from core.domain.bookings.hotel import MAX_ROOMS
from core.domain.money import Money
from core.domain.person import Gender, PassengerType, Passport, Person, PersonKind, ServiceRequest
from core.domain.problem import Fault, Invalid
from entrypoints.http.paging import Paging
from entrypoints.http.wire.sale import Sale, sale
from entrypoints.http.wire.values import Amount, Id, OwedReason, stay_of

PersonName = Annotated[str, Meta(min_length=1, max_length=50)]


class NewGuest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """age: whole years at the start; for children only."""

    name: PersonName
    surname: PersonName
    age: Annotated[int, Meta(ge=0, le=17)] | None = None

    def wish(self) -> party.GuestName:
        return party.GuestName(self.name, self.surname, self.age)


class NewHolder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In whose name the booking stands, and how to reach them. note: wishes for the supplier."""

    name: PersonName
    surname: PersonName
    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None

    def wish(self) -> party.Holder:
        return party.Holder(self.name, self.surname, self.email, self.phone, self.note)


NewRoom = Annotated[tuple[NewGuest, ...], Meta(min_length=1, max_length=15)]
NewRooms = Annotated[tuple[NewRoom, ...], Meta(min_length=1, max_length=MAX_ROOMS)]


class NewPassport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """country: that issued it, ISO 3166. ends_on: its last day."""

    number: Annotated[str, Meta(min_length=1, max_length=20)]
    country: Annotated[str, Meta(min_length=2, max_length=2)]
    ends_on: datetime.date

    def wish(self) -> Passport:
        return Passport(self.number, self.country, self.ends_on)


class NewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A special service: its four letters (MOML, WCHR …), and free text where it wants some."""

    code: Annotated[str, Meta(min_length=4, max_length=4)]
    text: Annotated[str, Meta(max_length=100)] = ""

    def wish(self) -> ServiceRequest:
        return ServiceRequest(self.code, self.text)


class NewPassenger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One who flies, with the names of the passport. A person of one name gives it in both.

    born_on: owed for children (2 to 11) and infants (under 2), and with a passport, as is the
    gender. with_adult: the place among the passengers, from 1, of the adult an infant sits on;
    left out, the first adult without one.
    """

    type: PassengerType
    name: PersonName
    surname: PersonName
    title: Annotated[str, Meta(max_length=10)] = ""
    born_on: datetime.date | None = None
    gender: Gender | None = None
    nationality: Annotated[str, Meta(min_length=2, max_length=2)] | None = None
    passport: NewPassport | None = None
    with_adult: Annotated[int, Meta(ge=1, le=MAX_PASSENGERS * 2)] | None = None
    requests: Annotated[tuple[NewRequest, ...], Meta(max_length=10)] = ()

    def wish(self) -> party.PassengerName:
        return party.PassengerName(
            type=self.type,
            name=self.name,
            surname=self.surname,
            title=self.title,
            born_on=self.born_on,
            gender=self.gender,
            nationality=self.nationality,
            passport=self.passport.wish() if self.passport else None,
            with_adult=self.with_adult,
            requests=tuple(r.wish() for r in self.requests),
        )


NewGuests = Annotated[tuple[NewGuest, ...], Meta(max_length=MAX_PEOPLE)]
NewPassengers = Annotated[tuple[NewPassenger, ...], Meta(min_length=1, max_length=18)]


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Name those whom the quote is for: rooms of a hotel (the guests of each, in the quote's
    order), guests of an activity (as many as are known, at most its tickets), or passengers of
    a flight.

    reference: the platform's own. partner: whose booking it is; that partner's endpoints are told.
    """

    quote: Id
    holder: NewHolder
    rooms: NewRooms | None = None
    guests: NewGuests | None = None
    passengers: NewPassengers | None = None
    reference: Annotated[str, Meta(max_length=100)] = ""
    partner: Id | None = None

    def wish(self) -> book_quote.NewBooking:
        named = party.Party(
            self.holder.wish(),
            rooms=tuple(tuple(g.wish() for g in room) for room in self.rooms or ()),
            guests=tuple(g.wish() for g in self.guests or ()),
            passengers=tuple(p.wish() for p in self.passengers or ()),
        )
        return book_quote.NewBooking(self.quote, named, self.reference, self.partner)


class BookingChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """check_in and check_out: new dates. holder and rooms: new names, for the same occupancy."""

    check_in: datetime.date | None = None
    check_out: datetime.date | None = None
    holder: NewHolder | None = None
    rooms: NewRooms | None = None

    def wish(self) -> amend_booking.Change:
        stay = None
        if self.check_in is not None and self.check_out is not None:
            stay = stay_of(self.check_in, self.check_out)
        elif self.check_in is not self.check_out:
            missing = "check_in" if self.check_in is None else "check_out"
            raise Invalid(Fault(f"/{missing}", "check_in and check_out are changed together"))
        rooms = None
        if self.rooms is not None:
            rooms = tuple(tuple(g.wish() for g in room) for room in self.rooms)
        holder = self.holder.wish() if self.holder is not None else None
        return amend_booking.Change(stay=stay, holder=holder, rooms=rooms)


class BookingResolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """supplier_reference: theirs, needed for confirmed. fee: what a cancelled one cost."""

    outcome: resolve_booking.Resolution
    reason: OwedReason
    supplier_reference: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    fee: Amount | None = None

    def wish(self) -> resolve_booking.Resolve:
        fee = self.fee.money() if self.fee is not None else None
        return resolve_booking.Resolve(self.outcome, self.reason, self.supplier_reference, fee)


class BookingQuery(Paging, frozen=True, forbid_unknown_fields=True):
    """reference: the platform's own word, exactly."""

    state: domain.BookingState | None = None
    reference: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    partner: Id | None = None


class PersonOf(msgspec.Struct, frozen=True):
    """Told where one booking is read. erased: the person's data was destroyed.

    What follows the note is told of those who fly.
    """

    erased: bool
    name: str | None = None
    surname: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    title: str | None = None
    born_on: datetime.date | None = None
    gender: Gender | None = None
    nationality: str | None = None
    passport: Passport | None = None
    requests: tuple[ServiceRequest, ...] = ()


class Guest(msgspec.Struct, frozen=True):
    """room: their place in a hotel's rooms. passenger, with_adult: of those who fly."""

    person: str
    room: int
    kind: PersonKind
    age: int | None
    passenger: PassengerType | None = None
    with_adult: int | None = None
    details: PersonOf | msgspec.UnsetType = msgspec.UNSET


class BookingHolder(msgspec.Struct, frozen=True):
    person: str
    details: PersonOf | msgspec.UnsetType = msgspec.UNSET


class Amendment(msgspec.Struct, frozen=True):
    """Wanted, and not yet answered by the supplier."""

    check_in: datetime.date
    check_out: datetime.date
    holder: str
    guests: tuple[str, ...]


class Refusal(msgspec.Struct, frozen=True):
    """Why the last wish was not granted. vendor_code: the vendor's own."""

    code: str
    message: str
    vendor_code: str | None


class Cancellation(msgspec.Struct, frozen=True):
    """fee: what the supplier keeps; null until it is known."""

    requested_at: datetime.datetime
    reason: str
    fee: Money | None
    cancelled_at: datetime.datetime | None


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """vendor_reference: ours, under which the supplier knows it. supplier_reference: theirs.

    People are references, with details where one booking is read: GET /v1/bookings/{id}.
    """

    id: str
    state: domain.BookingState
    reference: str
    entity: str
    quote: str
    vendor_reference: str
    supplier_reference: str | None
    partner: str | None
    sale: Sale
    holder: BookingHolder
    guests: tuple[Guest, ...]
    amendment: Amendment | None
    cancelled: Cancellation | None
    refusal: Refusal | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Fee(msgspec.Struct, frozen=True):
    """What cancelling now would cost."""

    booking: str
    fee: Money


People = Mapping[str, Person]


def _details(id: str, people: People | None) -> PersonOf | msgspec.UnsetType:
    if people is None:
        return msgspec.UNSET
    person = people.get(id)
    if person is None:
        return PersonOf(erased=True)
    return PersonOf(
        erased=False,
        name=person.name,
        surname=person.surname,
        email=person.email,
        phone=person.phone,
        note=person.note,
        title=person.title or None,
        born_on=person.born_on,
        gender=person.gender,
        nationality=person.nationality,
        passport=person.passport,
        requests=person.requests,
    )


def refusal(of: refusals.Refusal | None) -> Refusal | None:
    return None if of is None else Refusal(of.code, of.message, of.vendor_code)


def _amendment(of: domain.Amendment | None) -> Amendment | None:
    if of is None:
        return None
    guests = tuple(g.person for g in of.guests)
    return Amendment(of.stay.check_in, of.stay.check_out, of.holder, guests)


def _cancellation(of: domain.Cancellation | None) -> Cancellation | None:
    return None if of is None else Cancellation(of.requested_at, of.reason, of.fee, of.cancelled_at)


def booking(of: domain.Booking, *, net: bool, people: People | None = None) -> Booking:
    """people: None keeps everybody a reference; else whoever is missing was erased."""
    return Booking(
        id=of.id,
        state=of.state,
        reference=of.reference,
        entity=of.entity,
        quote=of.quote,
        vendor_reference=of.vendor_reference,
        supplier_reference=of.supplier_reference,
        partner=of.partner,
        sale=sale(of.offer, net=net),
        holder=BookingHolder(of.holder, _details(of.holder, people)),
        guests=tuple(
            Guest(
                g.person,
                g.room,
                g.kind,
                g.age,
                g.passenger,
                g.with_adult,
                _details(g.person, people),
            )
            for g in of.guests
        ),
        amendment=_amendment(of.amendment),
        cancelled=_cancellation(of.cancellation),
        refusal=refusal(of.refusal),
        created_at=of.created_at,
        updated_at=of.updated_at,
    )
