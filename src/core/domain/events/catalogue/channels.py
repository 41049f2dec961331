"""Channels and their reservations."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from core.domain.channels.parity import BreachState
from core.domain.channels.reservation import ReservationState
from core.domain.events.catalogue.event_type import (
    CONNECTION,
    EXAMPLES_AT,
    FIRST_DAY,
    PROPERTY,
    EventType,
)
from core.domain.money import Money


class ReservationPayload(msgspec.Struct, frozen=True):
    """reference: the channel's. sold_on: the site where the guest booked, "" for the channel's own.

    unmapped: what of it is mapped to nothing of ours, by the channel's words; it takes no stock
    until it is. revision: how many were merged.
    """

    reservation: str
    state: ReservationState
    connection: str
    channel: str | None
    property: str | None
    reference: str
    sold_on: str
    check_in: date | None
    check_out: date | None
    rooms: int
    total: Money | None
    revision: int
    unmapped: tuple[str, ...]


class UnacknowledgedPayload(msgspec.Struct, frozen=True):
    """due_by: after that the channel takes it for lost, and may call or cancel. reason: why it
    could not be acknowledged so far."""

    reservation: str
    connection: str
    reference: str
    due_by: datetime
    attempts: int
    reason: str


class ChannelPayload(msgspec.Struct, frozen=True):
    """reason: why nothing gets through, or what of the mapping is missing. since: it began."""

    channel: str
    connection: str
    property: str
    reason: str
    code: str = ""
    since: datetime | None = None


class LinesRefusedPayload(msgspec.Struct, frozen=True):
    """lines: how many were refused in one turn; the first with its place, code and words.

    Nights of a refused price are closed at the channel with the next turn, until a price of theirs
    is taken. left_open: nights that were to be closed, which the channel refused: it may sell them
    at a price that is not ours.
    """

    channel: str
    connection: str
    property: str
    lines: int
    room: str
    plan: str
    first: date
    last: date
    code: str
    reason: str
    left_open: int = 0


class ParityPayload(msgspec.Struct, frozen=True):
    """room, plan: the channel's codes. nights: how many are off; day, expected, shown: the first
    of them (shown null: no price at all). state: `repushed`, `escalated` or `closed`."""

    breach: str
    channel: str
    property: str
    room: str
    plan: str
    state: BreachState
    nights: int
    day: date | None
    expected: Money | None
    shown: Money | None


_RESERVATION = ReservationPayload(
    reservation="rsv_06f3m9h1k4n7q9t2w5y8abcdef",
    state=ReservationState.CONFIRMED,
    connection=CONNECTION,
    channel="chn_06f3m9j2m5p8r1v3x6zabcdefg",
    property=PROPERTY,
    reference="BDC-4471203365",
    sold_on="Booking.com",
    check_in=FIRST_DAY,
    check_out=date(2027, 1, 19),
    rooms=1,
    total=Money(206250, "SAR"),
    revision=1,
    unmapped=(),
)
_CHANNEL = ChannelPayload(
    channel="chn_06f3m9j2m5p8r1v3x6zabcdefg",
    connection=CONNECTION,
    property=PROPERTY,
    reason="the channel does not answer",
    code="vendor_unavailable",
    since=EXAMPLES_AT,
)
_PARITY = ParityPayload(
    breach="brc_06f3m9k3n6q9s2w4y7abcdefgh",
    channel=_CHANNEL.channel,
    property=_CHANNEL.property,
    room="DLX",
    plan="BAR",
    state=BreachState.REPUSHED,
    nights=3,
    day=FIRST_DAY,
    expected=Money(41250, "SAR"),
    shown=Money(39000, "SAR"),
)


def _reservation(name: str, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_RESERVATION, **other)
    return EventType(f"reservation.{name}", "reservation/1", means, example)


TYPES = (
    _reservation("created", "A channel sold it; the guest holds a confirmation already."),
    _reservation("modified", "The channel changed it, or what it is mapped to.", revision=2),
    _reservation(
        "cancelled",
        "The channel cancelled it; its rooms are on sale again.",
        state=ReservationState.CANCELLED,
        revision=2,
    ),
    EventType(
        "acknowledgement.late",
        "acknowledgement/1",
        "It is kept, but the channel could not be told so, and may soon take it for lost.",
        UnacknowledgedPayload(
            reservation=_RESERVATION.reservation,
            connection=CONNECTION,
            reference=_RESERVATION.reference,
            due_by=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
            attempts=6,
            reason="the channel does not answer",
        ),
    ),
    EventType(
        "channel.failing",
        "channel/1",
        "Nothing gets through to it: it shows what it was told last, and may sell what is gone.",
        _CHANNEL,
    ),
    EventType(
        "channel.recovered",
        "channel/1",
        "It takes what it is told again, and has been told everything that had changed.",
        msgspec.structs.replace(_CHANNEL, reason="", code="", since=None),
    ),
    EventType(
        "lines.refused",
        "lines/1",
        "It refused some of what it was told, and the rest counts; a refused price closes its nights.",
        LinesRefusedPayload(
            channel=_CHANNEL.channel,
            connection=_CHANNEL.connection,
            property=_CHANNEL.property,
            lines=1,
            room="DLX",
            plan="NRF",
            first=FIRST_DAY,
            last=date(2027, 2, 13),
            code="249",
            reason="there is no such rate plan",
        ),
    ),
    EventType(
        "parity.breached",
        "parity/1",
        "A channel shows another price than it should; it was told again, or a person must look.",
        _PARITY,
    ),
    EventType(
        "parity.restored",
        "parity/1",
        "The channel shows what it should again.",
        msgspec.structs.replace(
            _PARITY, state=BreachState.CLOSED, nights=0, day=None, expected=None, shown=None
        ),
    ),
)
