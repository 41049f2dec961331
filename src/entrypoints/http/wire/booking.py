"""Bookings, and the people they name."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application import amend_booking, book_quote, resolve_booking
from core.domain import booking as domain
from core.domain.hotel import MAX_ROOMS
from core.domain.money import Money
from core.domain.person import Person, PersonKind
from core.domain.problem import Fault, Invalid
from entrypoints.http.paging import Paging
from entrypoints.http.wire import hotel
from entrypoints.http.wire.values import Amount, Id, OwedReason, stay_of

PersonName = Annotated[str, Meta(min_length=1, max_length=50)]


class NewGuest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """age: whole years at check-in; for children only."""

    name: PersonName
    surname: PersonName
    age: Annotated[int, Meta(ge=0, le=17)] | None = None

    def wish(self) -> book_quote.GuestName:
        return book_quote.GuestName(self.name, self.surname, self.age)


class NewHolder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In whose name the booking stands, and how to reach them. note: wishes for the hotel."""

    name: PersonName
    surname: PersonName
    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None

    def wish(self) -> book_quote.Holder:
        return book_quote.Holder(self.name, self.surname, self.email, self.phone, self.note)


NewRoom = Annotated[tuple[NewGuest, ...], Meta(min_length=1, max_length=15)]
NewRooms = Annotated[tuple[NewRoom, ...], Meta(min_length=1, max_length=MAX_ROOMS)]


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """rooms: the guests of each room, in the quote's order. reference: the platform's own.

    partner: whose booking it is; that partner's endpoints are told.
    """

    quote: Id
    holder: NewHolder
    rooms: NewRooms
    reference: Annotated[str, Meta(max_length=100)] = ""
    partner: Id | None = None

    def wish(self) -> book_quote.NewBooking:
        return book_quote.NewBooking(
            quote=self.quote,
            holder=self.holder.wish(),
            rooms=tuple(tuple(g.wish() for g in room) for room in self.rooms),
            reference=self.reference,
            partner=self.partner,
        )


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
    """Told where one booking is read. erased: the person's data was destroyed."""

    erased: bool
    name: str | None = None
    surname: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None


class Guest(msgspec.Struct, frozen=True):
    person: str
    room: int
    kind: PersonKind
    age: int | None
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
    sale: hotel.Sale
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
    return PersonOf(False, person.name, person.surname, person.email, person.phone, person.note)


def refusal(of: domain.Refusal | None) -> Refusal | None:
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
        sale=hotel.sale(of.offer, net=net),
        holder=BookingHolder(of.holder, _details(of.holder, people)),
        guests=tuple(
            Guest(g.person, g.room, g.kind, g.age, _details(g.person, people)) for g in of.guests
        ),
        amendment=_amendment(of.amendment),
        cancelled=_cancellation(of.cancellation),
        refusal=refusal(of.refusal),
        created_at=of.created_at,
        updated_at=of.updated_at,
    )
