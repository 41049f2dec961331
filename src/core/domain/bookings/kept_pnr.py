"""A PNR that a booking made, and every move it may make.

    held ──► ticketing ──► ticketed ──► voiding ────► held, its tickets void
     │ ▲         │            └───────► refunding ──► held, its tickets refunded
     │ └─────────┘ the carrier refused
     └──► cancelled, by us or by the carrier
    needs_operator: whether tickets were issued, voided or refunded cannot be known; what a GDS
    does not show is no proof, so a person looks

Ticketing, voiding and refunding are each sent once. Only tickets that are seen are tickets, and
only tickets seen to have ended have ended.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.pnr import CouponStatus, Pnr, PnrSegment, SegmentStatus, Task, Ticket
from core.domain.money import Money, zero
from core.domain.refusal import Refusal
from core.domain.submission import Submission

# Before its limit, a PNR that has no tickets is told as due this often.
WARNINGS = (timedelta(hours=24), timedelta(hours=3))
# After its limit it is read once more: carriers take a while to cancel.
AFTERWARDS = timedelta(minutes=15)


class PnrState(enum.StrEnum):
    HELD = "held"
    TICKETING = "ticketing"
    TICKETED = "ticketed"
    VOIDING = "voiding"
    REFUNDING = "refunding"
    CANCELLED = "cancelled"
    NEEDS_OPERATOR = "needs_operator"


class Wish(enum.StrEnum):
    """What is asked of its tickets."""

    TICKET = "ticket"
    VOID = "void"
    REFUND = "refund"


_S = PnrState
WISHING = {Wish.TICKET: _S.TICKETING, Wish.VOID: _S.VOIDING, Wish.REFUND: _S.REFUNDING}
_WISHED = {state: wish for wish, state in WISHING.items()}
_FROM = {Wish.TICKET: _S.HELD, Wish.VOID: _S.TICKETED, Wish.REFUND: _S.TICKETED}
IN_FLIGHT = frozenset(_WISHED)


class NotNow(ValueError):
    """The PNR cannot do that from where it is."""


class KeptPnr(msgspec.Struct, frozen=True):
    """passengers: how many it carries. told: as the GDS last told it, at told_at; None: it was
    not read yet. wish: what needs_operator is about. penalty: what the refund in flight was
    quoted to cost; kept: what carriers kept of tickets that were refunded. warned: up to when its
    warnings were told. acknowledged: segments as they stood when somebody dealt with them.
    not_before: it is not looked at sooner, after a failure.
    """

    id: str
    booking: str
    entity: str
    connection: str
    locator: str
    passengers: int
    created_at: datetime
    updated_at: datetime
    partner: str | None = None
    state: PnrState = PnrState.HELD
    told: Pnr | None = None
    told_at: datetime | None = None
    wish: Wish | None = None
    submission: Submission | None = None
    refusal: Refusal | None = None
    penalty: Money | None = None
    kept: Money | None = None
    warned: datetime | None = None
    acknowledged: tuple[PnrSegment, ...] = ()
    not_before: datetime | None = None

    @property
    def check_at(self) -> datetime | None:
        """When it is looked at by itself; None: when a queue names it."""
        if self.state in IN_FLIGHT:
            return self.submission.check_at if self.submission else None
        if self.state is not PnrState.HELD:
            return None
        due = self.created_at if self.told is None else self.next_warning
        if due is None or self.not_before is None:
            return due
        return max(due, self.not_before)

    @property
    def due_by(self) -> datetime | None:
        """Ticketed by then, it costs what it says. None: it is ticketed, or has no limit."""
        return self.told.due_by if self.told and self.state is PnrState.HELD else None

    @property
    def next_warning(self) -> datetime | None:
        """The next instant that tells of its limit, or looks after it; it may be past."""
        limit = self.due_by
        if limit is None:
            return None
        instants = (*(limit - before for before in WARNINGS), limit + AFTERWARDS)
        return next((at for at in instants if self.warned is None or at > self.warned), None)

    @property
    def open_segments(self) -> tuple[PnrSegment, ...]:
        """Those that ask something of the agent which nobody has dealt with."""
        found = self.told.segments if self.told else ()
        return tuple(s for s in found if s.task is not Task.NONE and s not in self.acknowledged)

    @property
    def may_be_cancelled(self) -> bool:
        """False: tickets stand for it, or may."""
        return self.state in (PnrState.HELD, PnrState.CANCELLED)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Those that still stand for something."""
        return tuple(t for t in (self.told.tickets if self.told else ()) if t.live)


def wishing(
    kept: KeptPnr, wish: Wish, submission: Submission, now: datetime, penalty: Money | None = None
) -> KeptPnr:
    """Record, before the call, what is about to be asked. NotNow: another state, or in flight."""
    if kept.state is not _FROM[wish]:
        raise NotNow(f"a PNR that is {kept.state} cannot be asked to {wish}")
    return msgspec.structs.replace(
        kept,
        state=WISHING[wish],
        wish=wish,
        submission=submission,
        penalty=penalty,
        refusal=None,
        updated_at=now,
    )


def is_done(kept: KeptPnr, told: Pnr) -> bool:
    """Whether *told* proves that the wish was granted: only what is seen counts."""
    if kept.wish is Wish.TICKET:
        held = {t.passenger for t in told.tickets if t.live}
        return told.ticketed and held >= set(range(1, kept.passengers + 1))
    ended = CouponStatus.VOID if kept.wish is Wish.VOID else CouponStatus.REFUNDED
    before = {t.number for t in kept.tickets}
    seen = {t.number for t in told.tickets if all(c.status is ended for c in t.coupons)}
    return bool(before) and before <= seen


def reading(kept: KeptPnr, told: Pnr, now: datetime) -> KeptPnr:
    """The PNR with what the GDS told. A wish that is in flight stays so until it is proven; one
    that a person was asked about is settled when it is. Remarks are not kept: people write
    there what belongs to nobody else."""
    told = msgspec.structs.replace(told, remarks=())
    proven = kept.wish is not None and is_done(kept, told)
    after = msgspec.structs.replace(kept, told=told, told_at=now, not_before=None)
    if proven:
        return msgspec.structs.replace(_settled(after, now), kept=_kept(kept))
    if kept.state in IN_FLIGHT or kept.state is PnrState.NEEDS_OPERATOR:
        return after
    state = PnrState.CANCELLED if told.cancelled else PnrState.HELD
    if any(t.live for t in told.tickets):
        state = PnrState.TICKETED
    changed = state is not kept.state or told != kept.told
    return msgspec.structs.replace(
        after, state=state, updated_at=now if changed else kept.updated_at
    )


def still_asks(asked: KeptPnr, current: KeptPnr) -> bool:
    """Whether the same wish is in flight, whatever was read of the PNR meanwhile."""
    if asked.submission is None or current.submission is None:
        return False
    sent = (current.submission.sent_at, current.wish, current.state)
    return sent == (asked.submission.sent_at, asked.wish, asked.state)


def answered(asked: KeptPnr, current: KeptPnr, told: Pnr, now: datetime) -> KeptPnr:
    """The PNR with the answer to its own wish. Of one that was read again meanwhile the answer
    tells its tickets, and nothing else: which of both is the younger nobody knows."""
    if current.told is not None and current.told != asked.told:
        told = msgspec.structs.replace(current.told, tickets=told.tickets)
    return reading(current, told, now)


def _kept(kept: KeptPnr) -> Money | None:
    if kept.wish is not Wish.REFUND or kept.penalty is None:
        return kept.kept
    same = kept.kept is not None and kept.kept.currency == kept.penalty.currency
    return kept.kept + kept.penalty if same and kept.kept is not None else kept.penalty


def refused(kept: KeptPnr, refusal: Refusal, now: datetime) -> KeptPnr:
    """Nothing was done: it is what it was before."""
    if kept.wish is None:
        raise NotNow("nothing was asked of it")
    back = _FROM[kept.wish]
    return msgspec.structs.replace(
        kept, state=back, wish=None, submission=None, penalty=None, refusal=refusal, updated_at=now
    )


def needs_operator(kept: KeptPnr, why: str, now: datetime) -> KeptPnr:
    return msgspec.structs.replace(
        kept,
        state=PnrState.NEEDS_OPERATOR,
        submission=None,
        refusal=Refusal("unknown", why),
        updated_at=now,
    )


def resolved(kept: KeptPnr, now: datetime, *, done: bool) -> KeptPnr:
    """A person says whether it was done. NotNow: it does not need one."""
    if kept.state is not PnrState.NEEDS_OPERATOR or kept.wish is None:
        raise NotNow(f"the PNR is {kept.state}; nothing is open")
    if not done:
        return refused(kept, Refusal("operator", "settled by an operator"), now)
    settled = PnrState.TICKETED if kept.wish is Wish.TICKET else PnrState.HELD
    whole = msgspec.structs.replace(kept, kept=_kept(kept), state=settled)
    return msgspec.structs.replace(
        whole, wish=None, submission=None, penalty=None, refusal=None, updated_at=now
    )


def _settled(kept: KeptPnr, now: datetime) -> KeptPnr:
    told = kept.told
    state = PnrState.TICKETED if told and any(t.live for t in told.tickets) else PnrState.HELD
    if told and told.cancelled:
        state = PnrState.CANCELLED
    return msgspec.structs.replace(
        kept,
        state=state,
        wish=None,
        submission=None,
        penalty=None,
        refusal=None,
        updated_at=now,
    )


def acknowledged(kept: KeptPnr, now: datetime) -> KeptPnr:
    """Somebody has dealt with what its segments ask. What changes after this asks again."""
    dealt = tuple(s for s in (kept.told.segments if kept.told else ()) if s.task is not Task.NONE)
    return msgspec.structs.replace(kept, acknowledged=dealt, updated_at=now)


def warned(kept: KeptPnr, now: datetime) -> tuple[KeptPnr, bool]:
    """Its limit was looked at; whether it is to be told as due."""
    limit = kept.due_by
    if limit is None:
        return kept, False
    told = msgspec.structs.replace(kept, warned=max(now, kept.warned or now))
    return told, now < limit


class News(msgspec.Struct, frozen=True):
    """An event to be told. tickets: those it is about."""

    name: str
    tickets: tuple[Ticket, ...] = ()


_REFUSED = {
    Wish.TICKET: "ticket.refused",
    Wish.VOID: "ticket.void_refused",
    Wish.REFUND: "ticket.refund_refused",
}


def news(before: KeptPnr, after: KeptPnr) -> tuple[News, ...]:
    """What is to be told of the difference, in the order in which it would happen."""
    return (*_ended(before, after), *_issued(before, after), *_settled_otherwise(before, after))


def _issued(before: KeptPnr, after: KeptPnr) -> Iterable[News]:
    """All of its tickets, once it is ticketed: half of them are nothing to fly on."""
    known = {ticket.number for ticket in before.tickets}
    fresh = tuple(ticket for ticket in after.tickets if ticket.number not in known)
    if after.state is PnrState.TICKETED and (fresh or before.state is PnrState.TICKETING):
        yield News("ticket.issued", fresh or after.tickets)


def _ended(before: KeptPnr, after: KeptPnr) -> Iterable[News]:
    standing = {ticket.number for ticket in before.tickets}
    gone = [
        t for t in (after.told.tickets if after.told else ()) if t.number in standing and not t.live
    ]
    for status, name in (
        (CouponStatus.VOID, "ticket.voided"),
        (CouponStatus.REFUNDED, "ticket.refunded"),
    ):
        ended = tuple(t for t in gone if all(c.status is status for c in t.coupons))
        if ended:
            yield News(name, ended)


def _settled_otherwise(before: KeptPnr, after: KeptPnr) -> Iterable[News]:
    if before.told is not None and after.told is not None and changed(before.told, after.told):
        yield News("pnr.schedule_changed")
    if after.state is before.state:
        return
    if before.wish is not None and after.refusal is not None:
        if after.state is PnrState.NEEDS_OPERATOR:
            yield News("pnr.needs_operator")
        else:
            yield News(_REFUSED[before.wish], before.tickets)
    if after.state is PnrState.CANCELLED:
        yield News("pnr.cancelled")


def changed(before: Pnr, after: Pnr) -> tuple[PnrSegment, ...]:
    """Segments that stand otherwise than before, and ask something of the agent."""
    known = set(before.segments)
    return tuple(s for s in after.segments if s not in known and s.task is not Task.NONE)


_HAD = frozenset(
    {SegmentStatus.HK, SegmentStatus.KK, SegmentStatus.KL, SegmentStatus.SS, SegmentStatus.TK}
)


def as_booking(pnr: Pnr, key: str, kept: Money | None, currency: str) -> SupplierBooking:
    """A PNR as the booking it is. kept: what carriers kept of its tickets; None: nothing."""
    states = {segment.status for segment in pnr.segments}
    waiting = any(segment.task is Task.WAIT for segment in pnr.segments)
    state = SupplierState.ON_REQUEST if waiting else SupplierState.CONFIRMED
    if pnr.cancelled:
        state = SupplierState.CANCELLED
    return SupplierBooking(
        supplier_reference=pnr.locator,
        vendor_reference=key,
        state=state,
        net=pnr.net if states <= _HAD and not pnr.cancelled else None,
        fee=(kept or zero(currency)) if pnr.cancelled else None,
        pnr=pnr,
    )


def named(segments: Iterable[PnrSegment]) -> str:
    """GA980, GA981: for a person."""
    return ", ".join(f"{s.segment.carrier}{s.segment.number}" for s in segments)
