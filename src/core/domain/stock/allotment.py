"""Rooms of a group, set apart until a release date, as umrah operators buy them.

While it lasts its rooms are held in the cells; what is drawn of it passes to a hold or a sale.
On the release date (midnight at the property) what nobody drew goes back on sale.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

import msgspec

from core.domain.stay import Stay
from core.domain.stock import moves
from core.domain.stock.moves import Move, Rooms, Short, Shortage

computed = property  # whose name is a field's below


class AllotmentState(enum.StrEnum):
    OPEN = "open"
    RELEASED = "released"


class IllegalAllotment(ValueError):
    """It is released, or nothing of the kind was drawn."""


class Allotment(msgspec.Struct, frozen=True):
    """count rooms of one type on each night of *stay*. drawn: of each night, in order.

    release_on: a date at the property; release_at: when it begins there.
    """

    id: str
    property: str
    name: str
    room_type: str
    stay: Stay
    count: int
    release_on: date
    release_at: datetime
    created_at: datetime
    drawn: tuple[int, ...]
    state: AllotmentState = AllotmentState.OPEN
    reference: str = ""

    def __post_init__(self) -> None:
        if len(self.drawn) != self.stay.nights:
            raise ValueError("drawn tells of every night")
        if not all(0 <= drawn <= self.count for drawn in self.drawn):
            raise ValueError("no more is drawn than was set apart")

    @computed
    def check_at(self) -> datetime | None:
        return self.release_at if self.state is AllotmentState.OPEN else None

    @computed
    def left(self) -> tuple[int, ...]:
        """Rooms that nobody drew, of each night."""
        return tuple(self.count - drawn for drawn in self.drawn)


def drawn(allotment: Allotment, rooms: Rooms) -> Allotment | Short:
    """Take *rooms* out of it; their nights stay held in the cells, by whoever took them.

    Short: nights that are not in it, or of which too little is left.
    IllegalAllotment: it is released, or of another room type.
    """
    if allotment.state is not AllotmentState.OPEN:
        raise IllegalAllotment("the allotment is released")
    if rooms.room_type != allotment.room_type:
        raise IllegalAllotment("the allotment is of another room type")
    inside = dict(zip(moves.nights(allotment.stay), allotment.left, strict=True))
    short = [
        Shortage(rooms.room_type, night, rooms.count - inside.get(night, 0))
        for night in moves.nights(rooms.stay)
        if inside.get(night, 0) < rooms.count
    ]
    return Short(tuple(short)) if short else _with(allotment, rooms, rooms.count)


def returned(allotment: Allotment, rooms: Rooms) -> tuple[Allotment, bool]:
    """Put drawn *rooms* back. True: they stay held for the group; False: it was released
    meanwhile, and they go back on sale."""
    if allotment.state is not AllotmentState.OPEN:
        return allotment, False
    return _with(allotment, rooms, -rooms.count), True


def released(allotment: Allotment) -> tuple[Allotment, tuple[Move, ...]]:
    """What nobody drew goes back on sale. IllegalAllotment: it is released already."""
    if allotment.state is not AllotmentState.OPEN:
        raise IllegalAllotment("the allotment is released")
    back = [
        Move(allotment.room_type, night, held=-left)
        for night, left in zip(moves.nights(allotment.stay), allotment.left, strict=True)
    ]
    after = msgspec.structs.replace(allotment, state=AllotmentState.RELEASED)
    return after, moves.together(back)


def _with(allotment: Allotment, rooms: Rooms, more: int) -> Allotment:
    touched = set(moves.nights(rooms.stay))
    after = tuple(
        drawn + (more if night in touched else 0)
        for night, drawn in zip(moves.nights(allotment.stay), allotment.drawn, strict=True)
    )
    return msgspec.structs.replace(allotment, drawn=after)
