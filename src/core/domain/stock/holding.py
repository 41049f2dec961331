"""Rooms held for a while, and what may become of that.

held ──► released   given back
  │  └─► expired    its time was over
  └────► sold ──► cancelled
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.stock import moves
from core.domain.stock.moves import Move, Rooms

computed = property  # whose name is a field's below


class HoldState(enum.StrEnum):
    HELD = "held"
    RELEASED = "released"
    EXPIRED = "expired"
    SOLD = "sold"
    CANCELLED = "cancelled"


class IllegalHold(ValueError):
    """The hold cannot go there from where it is."""


class Hold(msgspec.Struct, frozen=True):
    """rooms: of one property, whole or none. allotment: the one it draws from, if any.

    reference: the platform's own word for it. expires_at: an instant; held until then.
    """

    id: str
    property: str
    rooms: tuple[Rooms, ...]
    created_at: datetime
    expires_at: datetime
    created_by: str
    state: HoldState = HoldState.HELD
    reference: str = ""
    allotment: str | None = None
    settled_at: datetime | None = None

    @computed
    def check_at(self) -> datetime | None:
        return self.expires_at if self.state is HoldState.HELD else None


def ended(
    hold: Hold, to: HoldState, now: datetime, *, to_group: bool = False
) -> tuple[Hold, tuple[Move, ...]]:
    """*hold* in its new state, and what that does to the cells.

    to_group: its rooms go back to the allotment they were drawn from, which holds them still.
    IllegalHold: it is settled already, its time is not over (to EXPIRED) or is (to SOLD).
    """
    _need(hold, to, now)
    after = msgspec.structs.replace(hold, state=to, settled_at=now)
    if to is HoldState.SOLD:
        return after, moves.settle(hold.rooms)
    if to is HoldState.CANCELLED:
        return after, moves.undo(moves.settle(hold.rooms) if to_group else moves.sell(hold.rooms))
    return after, () if to_group else moves.release(hold.rooms)


def _need(hold: Hold, to: HoldState, now: datetime) -> None:
    allowed = {
        HoldState.HELD: (HoldState.RELEASED, HoldState.EXPIRED, HoldState.SOLD),
        HoldState.SOLD: (HoldState.CANCELLED,),
    }.get(hold.state, ())
    if to not in allowed:
        raise IllegalHold(f"a hold that is {hold.state} cannot become {to}")
    if to is HoldState.EXPIRED and now < hold.expires_at:
        raise IllegalHold("its time is not over")
    if to is HoldState.SOLD and now >= hold.expires_at:
        raise IllegalHold("its time is over")
