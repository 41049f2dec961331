"""A reservation that came in from a channel: merged by revision, and counted in our stock.

The guest holds a confirmation already, so nothing here is ever refused: what is not there is
taken all the same and told as an overbooking; what is mapped to nothing is kept and shown.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from core.domain.bookings.hotel import Collect
from core.domain.channels.channel import ChannelMapping
from core.domain.channels.channel_reservation import (
    ChannelReservation,
    Contact,
    ReservedRoom,
    Revision,
)
from core.domain.money import Money
from core.domain.stay import Occupancy, Stay
from core.domain.stock.moves import Key, Move, Rooms, modify

computed = property  # whose name is a field's below


class ReservationState(enum.StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class ReservationRoom(msgspec.Struct, frozen=True):
    """One room. room, plan: the channel's codes; room_type, rate_plan: ours, None where they are
    mapped to nothing: such a room takes no stock until it is. guests: persons, by id."""

    room: str
    plan: str
    room_type: str | None
    rate_plan: str | None
    stay: Stay
    occupancy: Occupancy
    by_night: tuple[Money, ...] = ()
    guests: tuple[str, ...] = ()
    reference: str = ""


class ForcedNight(msgspec.Struct, frozen=True, array_like=True):
    """Rooms of a type that were not there when they were taken, on one night. since: when."""

    room_type: str
    night: date
    rooms: int
    since: datetime

    @computed
    def key(self) -> Key:
        return self.room_type, self.night


class Reservation(msgspec.Struct, frozen=True):
    """reference: the channel's id of it. order: of the newest revision that was merged.

    holder: a person, by id. channel, property: None where its property code is of none of ours.
    forced: what it took that was not there; what of that is over now, `overbooking` tells.
    """

    id: str
    connection: str
    reference: str
    order: int
    state: ReservationState
    property_code: str
    rooms: tuple[ReservationRoom, ...]
    holder: str
    created_at: datetime
    updated_at: datetime
    channel: str | None = None
    property: str | None = None
    sold_on: str = ""
    total: Money | None = None
    taxes: Money | None = None
    commission: Money | None = None
    collect: Collect = Collect.HOTEL
    booked_at: datetime | None = None
    revisions: int = 1
    forced: tuple[ForcedNight, ...] = ()

    @computed
    def unmapped(self) -> tuple[str, ...]:
        """What is mapped to nothing, by the channel's words: `DLX`, or `DLX/BAR` for a plan."""
        if self.state is ReservationState.CANCELLED:
            return ()
        return tuple(
            sorted(
                {r.room for r in self.rooms if r.room_type is None}
                | {f"{r.room}/{r.plan}" for r in self.rooms if r.room_type and not r.rate_plan}
            )
        )

    @computed
    def is_overbooked(self) -> bool:
        return bool(self.forced) and self.state is ReservationState.CONFIRMED

    @computed
    def check_in(self) -> date | None:
        return min((room.stay.check_in for room in self.rooms), default=None)

    @computed
    def check_out(self) -> date | None:
        return max((room.stay.check_out for room in self.rooms), default=None)

    @computed
    def taken(self) -> tuple[Rooms, ...]:
        """What it takes of our stock."""
        if self.state is ReservationState.CANCELLED:
            return ()
        return tuple(Rooms(r.room_type, r.stay) for r in self.rooms if r.room_type is not None)


class Acknowledgement(msgspec.Struct, frozen=True):
    """What we still owe the channel for one revision, or have given it.

    told: the revision without a word about the guest. due_by: later than that it goes astray;
    warned: an operator was told that it may. check_at: when it is said next; None: it was heard,
    or was given up long after due_by; told again by the channel, it is said again.
    """

    id: str
    connection: str
    reservation: str
    told: ChannelReservation
    received_at: datetime
    due_by: datetime
    check_at: datetime | None
    acknowledged_at: datetime | None = None
    attempts: int = 0
    warned: bool = False
    note: str = ""


class Merged(msgspec.Struct, frozen=True):
    """moves: what changes in our stock. event: what is told; "" where nothing changed for us."""

    reservation: Reservation
    moves: tuple[Move, ...]
    event: str


NOBODY = Contact("", "")


def merge(
    before: Reservation | None,
    told: ChannelReservation,
    fresh: Callable[[], Reservation],
    rooms: Sequence[ReservationRoom],
    now: datetime,
) -> Merged | None:
    """*before* with what *told* says. None: it is no newer than what was merged already.

    fresh: makes an empty one where there is none. Revisions may come in any order and any number
    of times: each carries the whole, so the newest alone counts. A cancellation that comes before
    what it cancels is kept, and takes nothing.
    """
    if before is not None and told.order <= before.order:
        return None
    gone = told.revision is Revision.CANCELLED
    base = before or fresh()
    after = msgspec.structs.replace(
        base,
        order=told.order,
        state=ReservationState.CANCELLED if gone else ReservationState.CONFIRMED,
        rooms=tuple(rooms) or (base.rooms if gone else ()),
        sold_on=told.sold_on or base.sold_on,
        total=told.total or base.total,
        taxes=told.taxes or base.taxes,
        commission=told.commission or base.commission,
        collect=told.collect,
        booked_at=base.booked_at or told.booked_at,
        updated_at=now,
        revisions=base.revisions + (before is not None),
    )
    moves = modify(before.taken if before else (), after.taken)
    return Merged(after, moves, _event(before, after))


def _event(before: Reservation | None, after: Reservation) -> str:
    if after.state is ReservationState.CANCELLED:
        known = before is not None and before.state is ReservationState.CONFIRMED
        return "reservation.cancelled" if known or before is None else ""
    return "reservation.created" if before is None else "reservation.modified"


def mapped(
    room: ReservedRoom, mapping: ChannelMapping | None, guests: tuple[str, ...]
) -> ReservationRoom:
    """*room* in our words, as far as they are known."""
    room_type = mapping.room_types().get(room.room) if mapping else None
    plan = mapping.rate_plans().get((room.room, room.plan)) if mapping else None
    return ReservationRoom(
        room=room.room,
        plan=room.plan,
        room_type=room_type,
        rate_plan=plan[1] if plan else None,
        stay=room.stay,
        occupancy=room.occupancy,
        by_night=room.by_night,
        guests=guests,
        reference=room.reference,
    )


def remapped(reservation: Reservation, mapping: ChannelMapping) -> Merged | None:
    """After the mapping changed: rooms that were mapped to nothing and are no longer so take
    their stock. None: nothing is new. What was counted under an older mapping stays."""
    types, plans = mapping.room_types(), mapping.rate_plans()

    def now_known(room: ReservationRoom) -> ReservationRoom:
        plan = plans.get((room.room, room.plan))
        if room.room_type is None:
            room = msgspec.structs.replace(room, room_type=types.get(room.room))
        if room.rate_plan is None and plan and plan[0] == room.room_type:
            room = msgspec.structs.replace(room, rate_plan=plan[1])
        return room

    rooms = tuple(now_known(room) for room in reservation.rooms)
    if rooms == reservation.rooms:
        return None
    after = msgspec.structs.replace(reservation, rooms=rooms)
    return Merged(after, modify(reservation.taken, after.taken), "reservation.modified")


def owed(
    id: str, reservation: Reservation, told: ChannelReservation, now: datetime, within_s: float
) -> Acknowledgement:
    """To be said at once, now that the reservation is kept. now: when it came in."""
    return Acknowledgement(
        id=id,
        connection=reservation.connection,
        reservation=reservation.id,
        told=msgspec.structs.replace(told, rooms=(), holder=NOBODY),
        received_at=now,
        due_by=now + timedelta(seconds=within_s),
        check_at=now,
    )
