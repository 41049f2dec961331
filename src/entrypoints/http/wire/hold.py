"""Holds and allotments."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.stock import hold_rooms as use
from core.application.stock.open_allotment import NewAllotment as AllotmentWish
from core.domain.problem import Fault, Invalid
from core.domain.stock import allotment as allotments
from core.domain.stock import holding, moves
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id, Name, Reason, stay_of

Count = Annotated[int, Meta(ge=1, le=1000)]
Reference = Annotated[str, Meta(max_length=100, description="Your own word for it.")]


class HeldRooms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """count rooms of a type; check_out exclusive."""

    room_type: Id
    check_in: datetime.date
    check_out: datetime.date
    count: Count = 1


class NewHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it is held, or nothing. allotment: taken out of that group's rooms."""

    property: Id
    rooms: Annotated[tuple[HeldRooms, ...], Meta(min_length=1, max_length=use.ROOMS_MAX)]
    expires_in_s: Annotated[int, Meta(ge=use.HOLD_S_LEAST, le=use.HOLD_S_MOST)] = use.HOLD_S
    reference: Reference = ""
    allotment: Id | None = None
    reason: Reason = ""

    def wish(self) -> use.NewHold:
        return use.NewHold(
            property=self.property,
            rooms=tuple(_rooms(place, line) for place, line in enumerate(self.rooms)),
            expires_in_s=self.expires_in_s,
            reference=self.reference,
            allotment=self.allotment,
        )


def _rooms(place: int, line: HeldRooms) -> moves.Rooms:
    try:
        stay = stay_of(line.check_in, line.check_out)
    except Invalid as e:
        where = (Fault(f"/rooms/{place}{f.pointer}", f.message) for f in e.faults)
        raise Invalid(*where) from None
    return moves.Rooms(line.room_type, stay, line.count)


class HoldQuery(Paging, frozen=True, forbid_unknown_fields=True):
    property: Id | None = None
    state: holding.HoldState | None = None
    reference: Reference | None = None


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """expires_at: given back by itself then. settled_at: when it ceased to be held."""

    id: str
    property: str
    state: holding.HoldState
    reference: str
    rooms: tuple[HeldRooms, ...]
    allotment: str | None
    created_at: datetime.datetime
    created_by: str
    expires_at: datetime.datetime
    settled_at: datetime.datetime | None


def hold(of: holding.Hold) -> Hold:
    return Hold(
        id=of.id,
        property=of.property,
        state=of.state,
        reference=of.reference,
        rooms=tuple(
            HeldRooms(r.room_type, r.stay.check_in, r.stay.check_out, r.count) for r in of.rooms
        ),
        allotment=of.allotment,
        created_at=of.created_at,
        created_by=of.created_by,
        expires_at=of.expires_at,
        settled_at=of.settled_at,
    )


class NewAllotment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """count rooms on each night. release_on: the date, at the property, on which what nobody
    drew goes back on sale."""

    property: Id
    name: Name
    room_type: Id
    check_in: datetime.date
    check_out: datetime.date
    count: Count
    release_on: datetime.date
    reference: Reference = ""
    reason: Reason = ""

    def wish(self) -> AllotmentWish:
        return AllotmentWish(
            property=self.property,
            name=self.name,
            room_type=self.room_type,
            stay=stay_of(self.check_in, self.check_out),
            count=self.count,
            release_on=self.release_on,
            reference=self.reference,
        )


class AllotmentQuery(Paging, frozen=True, forbid_unknown_fields=True):
    property: Id | None = None
    state: allotments.AllotmentState | None = None


class AllotmentNight(msgspec.Struct, frozen=True):
    night: datetime.date
    drawn: int
    left: int


class Allotment(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    property: str
    name: str
    reference: str
    state: allotments.AllotmentState
    room_type: str
    check_in: datetime.date
    check_out: datetime.date
    count: int
    release_on: datetime.date
    created_at: datetime.datetime
    nights: tuple[AllotmentNight, ...]


def allotment(of: allotments.Allotment) -> Allotment:
    days = zip(moves.nights(of.stay), of.drawn, of.left, strict=True)
    return Allotment(
        id=of.id,
        property=of.property,
        name=of.name,
        reference=of.reference,
        state=of.state,
        room_type=of.room_type,
        check_in=of.stay.check_in,
        check_out=of.stay.check_out,
        count=of.count,
        release_on=of.release_on,
        created_at=of.created_at,
        nights=tuple(AllotmentNight(*day) for day in days),
    )
