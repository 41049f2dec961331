"""What receivers are told of the stock. Nothing of it is personal."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from core.domain.stock.allotment import AllotmentState
from core.domain.stock.holding import HoldState


class NightShort(msgspec.Struct, frozen=True):
    """rooms: how many were taken beyond the limit of that night."""

    room_type: str
    night: date
    rooms: int


class OverbookingPayload(msgspec.Struct, frozen=True):
    """A channel sold what was gone, and it is kept: the guest holds a confirmation.

    connection: the channel.
    """

    reservation: str
    connection: str
    property: str
    property_code: str
    nights: tuple[NightShort, ...]


class RoomsHeld(msgspec.Struct, frozen=True):
    room_type: str
    check_in: date
    check_out: date
    count: int


class HoldPayload(msgspec.Struct, frozen=True):
    """reference: the platform's own word for it."""

    hold: str
    property: str
    state: HoldState
    reference: str
    rooms: tuple[RoomsHeld, ...]
    expires_at: datetime


class AllotmentPayload(msgspec.Struct, frozen=True):
    """given_back: room nights that nobody had drawn."""

    allotment: str
    property: str
    reference: str
    state: AllotmentState
    room_type: str
    check_in: date
    check_out: date
    given_back: int
