"""Events of the stock, made from what they are about."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.stock import (
    AllotmentPayload,
    HoldPayload,
    NightShort,
    OverbookingPayload,
    RoomsHeld,
)
from core.domain.stock.allotment import Allotment
from core.domain.stock.holding import Hold
from core.domain.stock.moves import Shortage
from core.domain.stock.property import Property


def overbooking_event(
    house: Property, connection: str, reservation: str, nights: Sequence[Shortage]
) -> EventDraft:
    """About the reservation, which a channel had sold already."""
    short = tuple(NightShort(n.room_type, n.night, n.missing) for n in nights)
    payload = OverbookingPayload(reservation, connection, house.id, house.code, short)
    return draft("overbooking.detected", reservation, payload)


def hold_event(name: str, hold: Hold) -> EventDraft:
    payload = HoldPayload(
        hold=hold.id,
        property=hold.property,
        state=hold.state,
        reference=hold.reference,
        rooms=tuple(
            RoomsHeld(r.room_type, r.stay.check_in, r.stay.check_out, r.count) for r in hold.rooms
        ),
        expires_at=hold.expires_at,
    )
    return draft(name, hold.id, payload)


def allotment_event(name: str, allotment: Allotment) -> EventDraft:
    payload = AllotmentPayload(
        allotment=allotment.id,
        property=allotment.property,
        reference=allotment.reference,
        state=allotment.state,
        room_type=allotment.room_type,
        check_in=allotment.stay.check_in,
        check_out=allotment.stay.check_out,
        given_back=sum(allotment.left),
    )
    return draft(name, allotment.id, payload)
