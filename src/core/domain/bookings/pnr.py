"""A PNR as the GDS tells it: its segments, its tickets, the queues it stands on."""

from __future__ import annotations

import enum
from datetime import date, datetime

import msgspec

from core.domain.bookings.flight import FlightOffer, Segment
from core.domain.money import Money


class SegmentStatus(enum.StrEnum):
    """As the GDS writes them (AIRIMP); anything else is OTHER, with its own two letters kept."""

    HK = "HK"  # confirmed
    KK = "KK"  # confirmed just now: to be acknowledged
    TK = "TK"  # confirmed at another time: to be told and acknowledged
    UN = "UN"  # cannot be had: not operating
    UC = "UC"  # not confirmed, waitlist closed
    NO = "NO"  # no action taken
    HX = "HX"  # the carrier cancelled it
    HL = "HL"  # waitlisted
    TL = "TL"  # waitlisted, another time
    KL = "KL"  # confirmed from the waitlist
    US = "US"  # unable to accept, waitlisted
    NN = "NN"  # asked for
    PN = "PN"  # asked for, pending
    SS = "SS"  # sold, not yet ended
    OTHER = "other"


class Task(enum.StrEnum):
    """What a status asks of the agent."""

    NONE = "none"
    WAIT = "wait"
    ACKNOWLEDGE = "acknowledge"
    TELL_AND_ACKNOWLEDGE = "tell_and_acknowledge"
    REBOOK = "rebook"
    LOOK = "look"


TASKS: dict[SegmentStatus, Task] = {
    SegmentStatus.HK: Task.NONE,
    SegmentStatus.SS: Task.NONE,
    SegmentStatus.KK: Task.ACKNOWLEDGE,
    SegmentStatus.KL: Task.ACKNOWLEDGE,
    SegmentStatus.TK: Task.TELL_AND_ACKNOWLEDGE,
    SegmentStatus.UN: Task.REBOOK,
    SegmentStatus.UC: Task.REBOOK,
    SegmentStatus.NO: Task.REBOOK,
    SegmentStatus.HX: Task.REBOOK,
    SegmentStatus.HL: Task.WAIT,
    SegmentStatus.TL: Task.WAIT,
    SegmentStatus.US: Task.WAIT,
    SegmentStatus.NN: Task.WAIT,
    SegmentStatus.PN: Task.WAIT,
    SegmentStatus.OTHER: Task.LOOK,
}


class CouponStatus(enum.StrEnum):
    """Of an e-ticket coupon, one a segment."""

    OPEN = "open"
    CHECKED_IN = "checked_in"
    LIFTED = "lifted"
    FLOWN = "flown"
    VOID = "void"
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


class Coupon(msgspec.Struct, frozen=True):
    number: int
    status: CouponStatus


class DocumentKind(enum.StrEnum):
    TICKET = "ticket"
    EMD = "emd"  # electronic miscellaneous document: a bag, a seat


_DONE = frozenset({CouponStatus.VOID, CouponStatus.REFUNDED, CouponStatus.EXCHANGED})


class Ticket(msgspec.Struct, frozen=True):
    """number: 13 digits. passenger: place in the PNR, from 1. issued_on: local to the agency.

    voidable: the GDS says that it can be voided at no cost now; None: it was not asked.
    void_by: until when; None: it does not say, as most do not.
    """

    number: str
    passenger: int
    issued_on: date
    coupons: tuple[Coupon, ...]
    kind: DocumentKind = DocumentKind.TICKET
    voidable: bool | None = None
    void_by: datetime | None = None

    @property
    def live(self) -> bool:
        """It still stands for something: not every coupon is void, refunded or exchanged."""
        return not all(coupon.status in _DONE for coupon in self.coupons)


class PnrSegment(msgspec.Struct, frozen=True):
    """status_text: the two letters as they came. was: its departure before a schedule change.

    carrier_locator: the airline's own, by which the passenger checks in.
    """

    segment: Segment
    status: SegmentStatus
    status_text: str
    was: datetime | None = None
    carrier_locator: str = ""

    @property
    def task(self) -> Task:
        return TASKS[self.status]


class Pnr(msgspec.Struct, frozen=True):
    """A passenger name record as the GDS tells it; names stay with it. locator: six characters.

    pay_by, ticket_by: after either the carrier cancels it; None where there is no limit.
    fare_until: the stored price is guaranteed until then, and may be another afterwards, even
    when there is still time to ticket. net: the stored price of all passengers together.
    remarks: all of it that are general, ours among them, by which we find it again.
    signature: of this state, for an optimistic change; "" where none was given.
    """

    locator: str
    segments: tuple[PnrSegment, ...]
    tickets: tuple[Ticket, ...] = ()
    pay_by: datetime | None = None
    ticket_by: datetime | None = None
    fare_until: datetime | None = None
    net: Money | None = None
    remarks: tuple[str, ...] = ()
    cancelled: bool = False
    signature: str = ""

    @property
    def tasks(self) -> tuple[Task, ...]:
        found = {s.task for s in self.segments} - {Task.NONE}
        return tuple(sorted(found))

    @property
    def due_by(self) -> datetime | None:
        """The earliest of its limits: ticketed by then, it costs what it says."""
        limits = (self.pay_by, self.ticket_by, self.fare_until)
        return min((limit for limit in limits if limit is not None), default=None)

    @property
    def ticketed(self) -> bool:
        return any(t.live and t.kind is DocumentKind.TICKET for t in self.tickets)


def misflown(offer: FlightOffer, pnr: Pnr) -> str | None:
    """How the PNR differs from what was ordered; None: all its flights are had, as ordered."""
    if any(s.task in (Task.REBOOK, Task.LOOK) for s in pnr.segments):
        return "with a flight that is not confirmed"
    held = {_flight(s.segment, s.was) for s in pnr.segments}
    if held != {_flight(s, None) for s in offer.segments}:
        return "with other flights"
    return None


def _flight(segment: Segment, was: datetime | None) -> tuple[object, ...]:
    """By its first date: a schedule change moves the hours, and does not make it another."""
    departs = was or segment.departs_at
    return (
        segment.carrier,
        segment.number.lstrip("0"),
        segment.origin,
        segment.destination,
        departs.date(),
    )


class QueueReason(enum.StrEnum):
    """Why a PNR waits on a queue."""

    OURS = "ours"  # we put it there when it was made
    SCHEDULE_CHANGED = "schedule_changed"
    CANCELLED_BY_CARRIER = "cancelled_by_carrier"
    TICKETING_DUE = "ticketing_due"
    CONFIRMED = "confirmed"  # a waitlisted or pending segment
    MESSAGE = "message"  # the carrier wrote something
    OTHER = "other"
