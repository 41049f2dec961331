"""Events of channels and their reservations, made from what they are about."""

from __future__ import annotations

from core.domain.channels.channel import Channel
from core.domain.channels.parity import Breach
from core.domain.channels.push import Failure, RefusedValue
from core.domain.channels.refusal import left_open
from core.domain.channels.reservation import Acknowledgement, Reservation
from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.channels import (
    ChannelPayload,
    LinesRefusedPayload,
    ParityPayload,
    ReservationPayload,
    UnacknowledgedPayload,
)
from core.domain.stock.ari import AvailabilityLine


def reservation_event(name: str, reservation: Reservation) -> EventDraft:
    payload = ReservationPayload(
        reservation=reservation.id,
        state=reservation.state,
        connection=reservation.connection,
        channel=reservation.channel,
        property=reservation.property,
        reference=reservation.reference,
        sold_on=reservation.sold_on,
        check_in=reservation.check_in,
        check_out=reservation.check_out,
        rooms=len(reservation.rooms),
        total=reservation.total,
        revision=reservation.revisions,
        unmapped=reservation.unmapped,
    )
    return draft(name, reservation.id, payload)


def unacknowledged_event(debt: Acknowledgement) -> EventDraft:
    payload = UnacknowledgedPayload(
        reservation=debt.reservation,
        connection=debt.connection,
        reference=debt.told.reference,
        due_by=debt.due_by,
        attempts=debt.attempts,
        reason=debt.note,
    )
    return draft("acknowledgement.late", debt.reservation, payload)


def failing_event(channel: Channel, failure: Failure) -> EventDraft:
    payload = ChannelPayload(
        channel=channel.id,
        connection=channel.connection,
        property=channel.property,
        reason=failure.message,
        code=failure.code,
        since=failure.since,
    )
    return draft("channel.failing", channel.id, payload)


def recovered_event(channel: Channel) -> EventDraft:
    payload = ChannelPayload(channel.id, channel.connection, channel.property, "")
    return draft("channel.recovered", channel.id, payload)


def lines_refused_event(channel: Channel, refused: list[RefusedValue]) -> EventDraft:
    first = refused[0]
    line = first.line
    payload = LinesRefusedPayload(
        channel=channel.id,
        connection=channel.connection,
        property=channel.property,
        lines=len(refused),
        room=line.room,
        plan="" if isinstance(line, AvailabilityLine) else line.plan,
        first=line.span.first,
        last=line.span.last,
        code=first.code,
        reason=first.message,
        left_open=left_open(refused),
    )
    return draft("lines.refused", channel.id, payload)


def parity_event(name: str, channel: Channel, breach: Breach) -> EventDraft:
    day = breach.days[0] if breach.days else None
    payload = ParityPayload(
        breach=breach.id,
        channel=channel.id,
        property=channel.property,
        room=breach.room,
        plan=breach.plan,
        state=breach.state,
        nights=len(breach.days),
        day=day.day if day else None,
        expected=day.expected if day else None,
        shown=day.shown if day else None,
    )
    return draft(name, breach.id, payload)
