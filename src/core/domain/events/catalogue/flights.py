"""PNRs and tickets."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from core.domain.bookings.kept_pnr import PnrState
from core.domain.bookings.pnr import DocumentKind, Task
from core.domain.events.catalogue.event_type import BOOKING, CONNECTION, EventType
from core.domain.money import Money


class SegmentTold(msgspec.Struct, frozen=True):
    """status: two letters, as the GDS has them. task: what it asks of the agent. was: when it
    departed before the schedule changed. Hours are local to the airport, without an offset."""

    flight: str
    origin: str
    destination: str
    departs_at: datetime
    status: str
    task: Task
    was: datetime | None


class PnrPayload(msgspec.Struct, frozen=True):
    """segments: all, in order. due_by: the earliest of its limits while it has no tickets."""

    pnr: str
    booking: str
    connection: str
    locator: str
    state: PnrState
    segments: tuple[SegmentTold, ...]
    pay_by: datetime | None
    ticket_by: datetime | None
    fare_until: datetime | None
    due_by: datetime | None
    refusal: str | None


class TicketTold(msgspec.Struct, frozen=True):
    """passenger: place among the booking's passengers, from 1."""

    number: str
    passenger: int
    kind: DocumentKind


class TicketPayload(msgspec.Struct, frozen=True):
    """tickets: those it is about. kept: what the carrier kept of refunded ones."""

    pnr: str
    booking: str
    locator: str
    state: PnrState
    tickets: tuple[TicketTold, ...]
    kept: Money | None
    refusal: str | None


_PNR = PnrPayload(
    pnr="pnr_06f3m8vb2k5n8r1v4y7a0d3g6j",
    booking=BOOKING,
    connection=CONNECTION,
    locator="KTBXQL",
    state=PnrState.HELD,
    segments=(
        SegmentTold(
            flight="GA980",
            origin="CGK",
            destination="JED",
            departs_at=datetime(2027, 1, 14, 10, 5),  # noqa: DTZ001  # local to the airport
            status="HK",
            task=Task.NONE,
            was=None,
        ),
    ),
    pay_by=None,
    ticket_by=datetime(2026, 12, 3, 16, 59, tzinfo=UTC),
    fare_until=datetime(2026, 12, 1, 17, tzinfo=UTC),
    due_by=datetime(2026, 12, 1, 17, tzinfo=UTC),
    refusal=None,
)
_MOVED = msgspec.structs.replace(
    _PNR.segments[0],
    status="TK",
    task=Task.TELL_AND_ACKNOWLEDGE,
    departs_at=datetime(2027, 1, 14, 11, 35),  # noqa: DTZ001
    was=_PNR.segments[0].departs_at,
)
_TICKET = TicketPayload(
    pnr=_PNR.pnr,
    booking=_PNR.booking,
    locator=_PNR.locator,
    state=PnrState.TICKETED,
    tickets=(TicketTold("1262400000017", 1, DocumentKind.TICKET),),
    kept=None,
    refusal=None,
)


def _pnr(name: str, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_PNR, **other)
    return EventType(f"pnr.{name}", "pnr/1", means, example)


def _ticket(name: str, state: PnrState, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_TICKET, state=state, **other)
    return EventType(f"ticket.{name}", "ticket/1", means, example)


TYPES = (
    _pnr("created", "A booking of flights made a PNR; it has no tickets yet."),
    _pnr(
        "schedule_changed",
        "A carrier moved or cancelled flights: tell the travellers, then acknowledge or rebook.",
        segments=(_MOVED,),
        due_by=None,
        state=PnrState.TICKETED,
    ),
    _pnr("ticketing_due", "It has no tickets, and its limit is near: ticket it by due_by."),
    _pnr("cancelled", "It holds no flights any more.", state=PnrState.CANCELLED, segments=()),
    _pnr(
        "needs_operator",
        "Whether its tickets were issued, voided or refunded is not known; a person looks.",
        state=PnrState.NEEDS_OPERATOR,
        refusal="unknown",
    ),
    _ticket("issued", PnrState.TICKETED, "Every passenger has a ticket."),
    _ticket(
        "refused", PnrState.HELD, "No ticket was issued.", tickets=(), refusal="vendor_refused"
    ),
    _ticket("voided", PnrState.HELD, "They were voided at no cost; the flights are still held."),
    _ticket("void_refused", PnrState.TICKETED, "They still stand.", refusal="vendor_refused"),
    _ticket(
        "refunded",
        PnrState.HELD,
        "They were refunded; kept is what the carrier keeps.",
        kept=Money(125000, "SAR"),
    ),
    _ticket("refund_refused", PnrState.TICKETED, "They still stand.", refusal="vendor_refused"),
)
