"""A reservation as a channel tells it; what becomes of it here is core/domain/channels/reservation.py's."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.bookings.hotel import Collect
from core.domain.money import Money
from core.domain.stay import Occupancy, Stay
from core.domain.vendor_id import is_usable


class Revision(enum.StrEnum):
    """What a message says of its reservation; each carries the whole of it."""

    NEW = "new"
    MODIFIED = "modified"
    CANCELLED = "cancelled"


class ReservedRoom(msgspec.Struct, frozen=True):
    """One room of a reservation. room, plan: the channel's codes, "" where it names none.

    by_night: the price of each night in order, () where it is not told. guests: name and
    surname. reference: the channel's own number of this room within the reservation.
    """

    room: str
    plan: str
    stay: Stay
    occupancy: Occupancy
    by_night: tuple[Money, ...] = ()
    guests: tuple[tuple[str, str], ...] = ()
    reference: str = ""

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"ReservedRoom({self.room!r}, {self.plan!r}, {self.stay!r})"


class Contact(msgspec.Struct, frozen=True):
    """Who made the reservation, and how to reach them; remarks are what they wrote."""

    name: str
    surname: str
    email: str | None = None
    phone: str | None = None
    remarks: str = ""

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return "Contact(…)"


class ChannelReservation(msgspec.Struct, frozen=True):
    """One revision of a reservation.

    message: the channel's id of this revision, by which a repeat is known and which is
    acknowledged. reference: its id of the reservation, the same over all revisions.
    order: grows with every revision of a reservation (its count, or its instant in
    microseconds); of two messages the greater is the newer, in whatever order they come.
    sold_on: the site where the guest booked ("Booking.com"), "" where it is the channel itself.
    rooms: () in a cancellation that names none. total: with all that is charged; None: not told.
    taxes: part of total. commission: what the channel keeps.

    ValueError: the message, the reservation or the property has no id, or one under which nothing
    can be kept; of which it speaks, nobody may guess.
    """

    message: str
    reference: str
    order: int
    revision: Revision
    property_code: str
    rooms: tuple[ReservedRoom, ...]
    holder: Contact
    sold_on: str = ""
    total: Money | None = None
    taxes: Money | None = None
    commission: Money | None = None
    collect: Collect = Collect.HOTEL
    booked_at: datetime | None = None

    def __post_init__(self) -> None:
        if not all(map(is_usable, (self.message, self.reference, self.property_code))):
            raise ValueError("a reservation names its message, itself and its property")


class ReservationHint(msgspec.Struct, frozen=True):
    """Something waits at the channel: what, only asking it can say.

    property_code: where, by the channel's code; "" where it does not say.
    """

    property_code: str = ""
