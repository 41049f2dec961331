"""What receivers are told of channels and their reservations. Nothing of it is personal."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from core.domain.money import Money
from core.domain.parity import BreachState
from core.domain.reservation import ReservationState


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
    """lines: how many were refused in one turn; the first with its place, code and words."""

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


Told = (
    ReservationPayload
    | UnacknowledgedPayload
    | ChannelPayload
    | LinesRefusedPayload
    | ParityPayload
)
