"""PNRs, their segments and tickets."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.pnrs import read_pnr
from core.domain.bookings.flight import Segment
from core.domain.bookings.kept_pnr import KeptPnr, PnrState
from core.domain.bookings.pnr import CouponStatus, DocumentKind, PnrSegment, Task
from core.domain.bookings.pnr import Ticket as DomainTicket
from core.domain.money import Money
from entrypoints.http.paging import Paging
from entrypoints.http.wire.booking import Refusal
from entrypoints.http.wire.booking import refusal as told_refusal
from entrypoints.http.wire.values import Id, OwedReason
from ports.gds import RefundQuote


class PnrQuery(Paging, frozen=True, forbid_unknown_fields=True):
    """locator: the GDS's, exactly."""

    state: PnrState | None = None
    locator: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    booking: Id | None = None
    connection: Id | None = None
    partner: Id | None = None


class PnrResolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """outcome: whether its tickets were issued, voided or refunded, as was asked."""

    outcome: read_pnr.PnrOutcome
    reason: OwedReason

    def wish(self) -> read_pnr.ResolvePnr:
        return read_pnr.ResolvePnr(self.outcome, self.reason)


class SegmentOfPnr(msgspec.Struct, frozen=True, kw_only=True):
    """status: two letters, as the GDS has them. task: what they ask of the agent; open: nobody
    has acknowledged it. was: its departure before the schedule changed. carrier_locator: the
    airline's own, by which the passenger checks in."""

    flight: Segment
    status: str
    task: Task
    open: bool
    was: datetime.datetime | None
    carrier_locator: str


class CouponOfTicket(msgspec.Struct, frozen=True):
    number: int
    status: CouponStatus


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """passenger: place among the booking's guests, from 1. live: it still stands for something.
    voidable: at no cost now; null where the GDS does not say."""

    number: str
    kind: DocumentKind
    passenger: int
    issued_on: datetime.date
    live: bool
    voidable: bool | None
    coupons: tuple[CouponOfTicket, ...]


class Pnr(msgspec.Struct, frozen=True, kw_only=True):
    """What a booking of flights made at a GDS. told_at: when it was last read there.

    pay_by, ticket_by: the carrier cancels it after either. fare_until: the price holds until then.
    due_by: the earliest of them, while it has no tickets. tasks: what its segments ask of the
    agent, and nobody has acknowledged. kept: what carriers kept of tickets that were refunded.
    refusal: why the last wish was not granted.
    """

    id: str
    booking: str
    state: PnrState
    locator: str
    connection: str
    entity: str
    partner: str | None
    segments: tuple[SegmentOfPnr, ...]
    tickets: tuple[Ticket, ...]
    tasks: tuple[Task, ...]
    pay_by: datetime.datetime | None
    ticket_by: datetime.datetime | None
    fare_until: datetime.datetime | None
    due_by: datetime.datetime | None
    kept: Money | None
    refusal: Refusal | None
    told_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class RefundOffered(msgspec.Struct, frozen=True):
    """What refunding the tickets would cost now. penalty: what the carrier keeps. refund: what it
    gives back, only for keys with prices:net."""

    pnr: str
    penalty: Money
    refund: Money | msgspec.UnsetType = msgspec.UNSET


def _segment(of: PnrSegment, open_: bool) -> SegmentOfPnr:
    return SegmentOfPnr(
        flight=of.segment,
        status=of.status_text,
        task=of.task,
        open=open_,
        was=of.was,
        carrier_locator=of.carrier_locator,
    )


def _ticket(of: DomainTicket) -> Ticket:
    return Ticket(
        number=of.number,
        kind=of.kind,
        passenger=of.passenger,
        issued_on=of.issued_on,
        live=of.live,
        voidable=of.voidable,
        coupons=tuple(CouponOfTicket(c.number, c.status) for c in of.coupons),
    )


def pnr(of: KeptPnr) -> Pnr:
    told, open_ = of.told, of.open_segments
    return Pnr(
        id=of.id,
        booking=of.booking,
        state=of.state,
        locator=of.locator,
        connection=of.connection,
        entity=of.entity,
        partner=of.partner,
        segments=tuple(_segment(s, s in open_) for s in (told.segments if told else ())),
        tickets=tuple(_ticket(t) for t in (told.tickets if told else ())),
        tasks=tuple(sorted({s.task for s in open_})),
        pay_by=told.pay_by if told else None,
        ticket_by=told.ticket_by if told else None,
        fare_until=told.fare_until if told else None,
        due_by=of.due_by,
        kept=of.kept,
        refusal=told_refusal(of.refusal),
        told_at=of.told_at,
        created_at=of.created_at,
        updated_at=of.updated_at,
    )


def refund_offered(id: str, of: RefundQuote, *, net: bool) -> RefundOffered:
    return RefundOffered(id, of.penalty, of.refund if net else msgspec.UNSET)
