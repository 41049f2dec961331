"""Reservations that came in from channels, and whether a channel shows what it should."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.channels.read_parity import ParityNight
from core.application.channels.read_reservations import KeptReservation
from core.domain.bookings.hotel import Collect
from core.domain.channels import parity as breaches
from core.domain.channels import reservation as domain
from core.domain.money import Money
from core.domain.person import Person
from core.domain.stay import Occupancy
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id


class ReservationQuery(Paging, frozen=True, forbid_unknown_fields=True):
    """reference: the channel's. unmapped: some of it is mapped to nothing. overbooked: it took a
    room that was not there, and is not now."""

    property: Id | None = None
    channel: Id | None = None
    connection: Id | None = None
    state: domain.ReservationState | None = None
    reference: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    unmapped: bool | None = None
    overbooked: bool | None = None


class Guest(msgspec.Struct, frozen=True):
    """name, surname: null after the person was erased."""

    person: str
    name: str | None
    surname: str | None


class Holder(msgspec.Struct, frozen=True):
    """All but the id is null after the person was erased. remarks: what they asked of the hotel."""

    person: str
    name: str | None
    surname: str | None
    email: str | None
    phone: str | None
    remarks: str | None


class ReservationRoom(msgspec.Struct, frozen=True, kw_only=True):
    """room, plan: the channel's codes. room_type, rate_plan: ours; null where they are mapped to
    nothing, and the room takes no stock."""

    room: str
    plan: str
    room_type: str | None
    rate_plan: str | None
    check_in: datetime.date
    check_out: datetime.date
    occupancy: Occupancy
    by_night: tuple[Money, ...]
    guests: tuple[Guest, ...]
    reference: str


class ShortNight(msgspec.Struct, frozen=True):
    room_type: str
    night: datetime.date
    rooms: int


class Acknowledged(msgspec.Struct, frozen=True):
    """One revision that came, and whether the channel knows that it is kept. note: why it could
    not be told so far."""

    message: str
    received_at: datetime.datetime
    due_by: datetime.datetime
    acknowledged_at: datetime.datetime | None
    attempts: int
    note: str


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """reference: the channel's. sold_on: the site where the guest booked. overbooked: nights on
    which it took rooms that were not there, as far as they are not there now."""

    id: str
    state: domain.ReservationState
    connection: str
    channel: str | None
    property: str | None
    property_code: str
    reference: str
    sold_on: str
    revision: int
    rooms: tuple[ReservationRoom, ...]
    holder: Holder
    total: Money | None
    taxes: Money | None
    commission: Money | None
    collect: Collect
    unmapped: tuple[str, ...]
    overbooked: tuple[ShortNight, ...]
    acknowledgements: tuple[Acknowledged, ...]
    booked_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class ParityQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """first, last: nights, both included, 90 at most."""

    property: Id
    first: datetime.date
    last: datetime.date


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """expected: what the channel should show; null: not on sale. shown: what it showed when it was
    read back last; null: it was not read back, or showed none. off: beyond its tolerance."""

    channel: str
    channel_name: str
    room_type: str
    rate_plan: str
    night: datetime.date
    adults: int
    expected: Money | None
    shown: Money | None
    off: bool


class ParityTable(msgspec.Struct, frozen=True):
    data: tuple[Parity, ...]


class BreachQuery(Paging, frozen=True, forbid_unknown_fields=True):
    channel: Id | None = None
    state: breaches.BreachState | None = None


def reservation(of: KeptReservation) -> Reservation:
    one = of.reservation
    cancelled = one.state is domain.ReservationState.CANCELLED
    return Reservation(
        id=one.id,
        state=one.state,
        connection=one.connection,
        channel=one.channel,
        property=one.property,
        property_code=one.property_code,
        reference=one.reference,
        sold_on=one.sold_on,
        revision=one.revisions,
        rooms=tuple(_room(room, of) for room in one.rooms),
        holder=_holder(one.holder, of.people.get(one.holder)),
        total=one.total,
        taxes=one.taxes,
        commission=one.commission,
        collect=one.collect,
        unmapped=one.unmapped,
        overbooked=() if cancelled else _short(one),
        acknowledgements=tuple(
            Acknowledged(
                debt.told.message,
                debt.received_at,
                debt.due_by,
                debt.acknowledged_at,
                debt.attempts,
                debt.note,
            )
            for debt in of.owed
        ),
        booked_at=one.booked_at,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def parity(of: ParityNight) -> Parity:
    return Parity(
        channel=of.channel.id,
        channel_name=of.channel.name,
        room_type=of.room_type,
        rate_plan=of.rate_plan,
        night=of.night,
        adults=of.adults,
        expected=of.expected,
        shown=of.shown,
        off=of.off,
    )


def _short(one: domain.Reservation) -> tuple[ShortNight, ...]:
    rooms: dict[tuple[str, datetime.date], int] = {}
    for forced in one.forced:
        rooms[forced.key] = rooms.get(forced.key, 0) + forced.rooms
    return tuple(ShortNight(*key, short) for key, short in rooms.items())


def _room(room: domain.ReservationRoom, of: KeptReservation) -> ReservationRoom:
    return ReservationRoom(
        room=room.room,
        plan=room.plan,
        room_type=room.room_type,
        rate_plan=room.rate_plan,
        check_in=room.stay.check_in,
        check_out=room.stay.check_out,
        occupancy=room.occupancy,
        by_night=room.by_night,
        guests=tuple(_guest(id, of.people.get(id)) for id in room.guests),
        reference=room.reference,
    )


def _guest(id: str, person: Person | None) -> Guest:
    return Guest(id, person.name if person else None, person.surname if person else None)


def _holder(id: str, person: Person | None) -> Holder:
    if person is None:
        return Holder(id, None, None, None, None, None)
    return Holder(id, person.name, person.surname, person.email, person.phone, person.note)
