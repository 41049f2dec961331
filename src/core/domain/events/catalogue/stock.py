"""The stock of one's own."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from core.domain.events.catalogue.event_type import CONNECTION, FIRST_DAY, PROPERTY, EventType
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


_ROOM_TYPE = "rmt_06f3m9e2h5k8n1r3t6w9yabcde"
TYPES = (
    EventType(
        "overbooking.detected",
        "overbooking/1",
        "A channel sold rooms that were gone; its reservation is kept, and somebody must move.",
        OverbookingPayload(
            reservation="rsv_06f3m9h1k4n7q9t2w5y8abcdef",
            connection=CONNECTION,
            property=PROPERTY,
            property_code="AJYAD",
            nights=(NightShort(_ROOM_TYPE, FIRST_DAY, 1),),
        ),
    ),
    EventType(
        "hold.expired",
        "hold/1",
        "Nobody bought what was held in time; the rooms are on sale again.",
        HoldPayload(
            hold="hld_06f3m9g1j4m7p9s2v5x8zabcde",
            property=PROPERTY,
            state=HoldState.EXPIRED,
            reference="GROUP-7",
            rooms=(RoomsHeld(_ROOM_TYPE, FIRST_DAY, date(2027, 1, 19), 2),),
            expires_at=datetime(2026, 12, 1, 8, 50, tzinfo=UTC),
        ),
    ),
    EventType(
        "allotment.released",
        "allotment/1",
        "What a group had not drawn of its rooms is on sale again.",
        AllotmentPayload(
            allotment="alt_06f3m9f1h4k7n9r2t5w8yabcde",
            property=PROPERTY,
            reference="GROUP-7",
            state=AllotmentState.RELEASED,
            room_type=_ROOM_TYPE,
            check_in=FIRST_DAY,
            check_out=date(2027, 1, 19),
            given_back=40,
        ),
    ),
)
