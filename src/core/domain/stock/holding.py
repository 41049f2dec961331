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


def ended(hold: Hold, to: HoldState, now: datetime) -> tuple[Hold, tuple[Move, ...]]:
    """*hold* in its new state, and what that does to the stock; of an allotment's rooms the
    allotment says it.

    IllegalHold: it is settled already, or (to EXPIRED) its time is not over.
    """
    if hold.state is HoldState.SOLD and to is HoldState.CANCELLED:
        return _settled(hold, to, now), moves.cancel(hold.rooms)
    if hold.state is not HoldState.HELD or to in (HoldState.HELD, HoldState.CANCELLED):
        raise IllegalHold(f"a {hold.state} hold cannot become {to}")
    if to is HoldState.EXPIRED and now < hold.expires_at:
        raise IllegalHold("its time is not over")
    if to is HoldState.SOLD and now >= hold.expires_at:
        raise IllegalHold("its time is over")
    made = moves.settle if to is HoldState.SOLD else moves.release
    return _settled(hold, to, now), made(hold.rooms)


def _settled(hold: Hold, to: HoldState, now: datetime) -> Hold:
    return msgspec.structs.replace(hold, state=to, settled_at=now)
