"""Events of PNRs and their tickets, made from what they are about."""

from __future__ import annotations

import msgspec

from core.domain.bookings.kept_pnr import KeptPnr
from core.domain.bookings.pnr import Ticket
from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.flights import PnrPayload, SegmentTold, TicketPayload, TicketTold


def pnr_event(name: str, kept: KeptPnr) -> EventDraft:
    told = kept.told
    payload = PnrPayload(
        pnr=kept.id,
        booking=kept.booking,
        connection=kept.connection,
        locator=kept.locator,
        state=kept.state,
        segments=tuple(
            SegmentTold(
                flight=f"{s.segment.carrier}{s.segment.number}",
                origin=s.segment.origin,
                destination=s.segment.destination,
                departs_at=s.segment.departs_at,
                status=s.status_text,
                task=s.task,
                was=s.was,
            )
            for s in (told.segments if told else ())
        ),
        pay_by=told.pay_by if told else None,
        ticket_by=told.ticket_by if told else None,
        fare_until=told.fare_until if told else None,
        due_by=kept.due_by,
        refusal=kept.refusal.code if kept.refusal else None,
    )
    made = draft(name, kept.id, payload, kept.partner)
    if name == "pnr.ticketing_due":  # worth nothing to a receiver afterwards
        return msgspec.structs.replace(made, valid_until=kept.due_by)
    return made


def ticket_event(name: str, kept: KeptPnr, tickets: tuple[Ticket, ...]) -> EventDraft:
    payload = TicketPayload(
        pnr=kept.id,
        booking=kept.booking,
        locator=kept.locator,
        state=kept.state,
        tickets=tuple(TicketTold(t.number, t.passenger, t.kind) for t in tickets),
        kept=kept.kept if name == "ticket.refunded" else None,
        refusal=kept.refusal.code if kept.refusal else None,
    )
    return draft(name, kept.id, payload, kept.partner)
