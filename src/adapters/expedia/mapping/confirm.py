"""Confirming a booking under our number, and what they say to it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from adapters._kit.xml import Element, local
from adapters.expedia.mapping.bookings import REVISIONS, TYPES
from adapters.expedia.mapping.wire import child, first
from core.domain.channels.channel_reservation import ChannelReservation

# It was confirmed before: three times over, or long enough ago that a newer state waits.
_WELL = (10102, 10103)
_ANOTHER_TYPE = 10100


class Refusal(msgspec.Struct, frozen=True):
    code: int
    words: str


def fill(root: Element, reservation: ChannelReservation, ours: str, at: datetime) -> None:
    child(
        child(root, "BookingConfirmNumbers"),
        "BookingConfirmNumber",
        bookingID=reservation.reference,
        bookingType=TYPES[reservation.revision],
        confirmNumber=ours,
        confirmTime=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def read(root: Element) -> tuple[Refusal, ...]:
    """A warning here is a refusal of that booking. LookupError: it is no success."""
    return tuple(
        Refusal(int(one.get("code", "")), (one.text or "").strip())
        for one in first(root, "Success")
        if local(one) == "Warning"
    )


def refused(told: tuple[Refusal, ...], reservation: ChannelReservation) -> Refusal | None:
    """None: it is confirmed, now or before."""
    return next((one for one in told if not _is_well(one, reservation)), None)


def _is_well(told: Refusal, reservation: ChannelReservation) -> bool:
    """Another type is stored, and one that comes after ours: theirs come one after the other, each
    only once the one before it is confirmed."""
    if told.code in _WELL:
        return True
    if told.code != _ANOTHER_TYPE:
        return False
    order = list(REVISIONS.values())
    later = [n for n, r in REVISIONS.items() if order.index(r) > order.index(reservation.revision)]
    stored = told.words.rpartition("(")[2]
    return any(name in stored for name in later)
