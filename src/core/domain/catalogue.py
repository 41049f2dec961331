"""Every event the hub tells, with the shape and version of its payload and an example.

contracts/hub/asyncapi.json is made from this table. Within a version a payload only
gains fields. No payload holds personal data: receivers fetch that by id.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import msgspec

from core.domain import channel_told
from core.domain.activity import ActivityOffer
from core.domain.agreement import Agreement, AgreementState
from core.domain.booking import Booking, BookingState
from core.domain.event import EventDraft, matches
from core.domain.filing import Filing, FilingKind
from core.domain.flight import DocumentKind, FlightOffer, Task, Ticket
from core.domain.hotel import HotelOffer
from core.domain.money import Money, zero
from core.domain.pace import Pace
from core.domain.parity import BreachState
from core.domain.payment import Payment, PaymentState, Refund, RefundState
from core.domain.payment_plan import PaymentPlan, PlanState, Standing
from core.domain.pnr import KeptPnr, PnrState
from core.domain.reservation import ReservationState
from core.domain.settlement import Difference, Mismatch
from core.domain.stock.allotment import AllotmentState
from core.domain.stock.holding import HoldState
from core.domain.stock.told import (
    AllotmentPayload,
    HoldPayload,
    NightShort,
    OverbookingPayload,
    RoomsHeld,
)


class HotelSold(msgspec.Struct, frozen=True, tag_field="kind", tag="hotel"):
    hotel_code: str
    hotel_name: str
    check_in: date
    check_out: date
    rooms: int


class ActivitySold(msgspec.Struct, frozen=True, tag_field="kind", tag="activity"):
    """starts_at: local to the place, without an offset."""

    product_code: str
    product_name: str
    option_name: str
    starts_at: datetime
    tickets: int


class FlightSold(msgspec.Struct, frozen=True, tag_field="kind", tag="flight"):
    flights: tuple[FlightTold, ...]
    passengers: int


class FlightTold(msgspec.Struct, frozen=True):
    """departs_at: local to the airport, without an offset."""

    flight: str
    origin: str
    destination: str
    departs_at: datetime


class BookingPayload(msgspec.Struct, frozen=True):
    """fee: what the supplier keeps of a cancelled booking. refusal: why a wish was not granted."""

    booking: str
    state: BookingState
    reference: str
    vendor_reference: str
    supplier_reference: str | None
    connection: str
    sold: HotelSold | ActivitySold | FlightSold
    sell: Money
    fee: Money | None
    refusal: str | None


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


class VoucherPayload(msgspec.Struct, frozen=True):
    """vouchers: how many; what is on them is fetched by the booking's id."""

    booking: str
    vouchers: int


class PaymentPayload(msgspec.Struct, frozen=True):
    """booking, plan: what was paid for; one of them at least.

    charged_back: what the payer's bank took back of *amount*, 0 of nothing; null: a part, and
    the gateway does not say how much.
    """

    payment: str
    booking: str | None
    state: PaymentState
    amount: Money
    paid_at: datetime | None
    refusal: str | None
    plan: str | None = None
    charged_back: Money | None = None


class RefundPayload(msgspec.Struct, frozen=True):
    refund: str
    payment: str
    booking: str | None
    state: RefundState
    amount: Money
    refusal: str | None


class AgreementPayload(msgspec.Struct, frozen=True):
    """signatures: how many of the signers have signed. The digests are SHA-256 in hex, of the
    PDF that goes out, of the signed one and of its certificate, which are fetched by id."""

    agreement: str
    state: AgreementState
    template: str
    version: int
    bookings: tuple[str, ...]
    connection: str | None
    signers: int
    signatures: int
    document_sha256: str
    signed_sha256: str | None
    certificate_sha256: str | None
    signed_at: datetime | None
    refusal: str | None


class PlanPayload(msgspec.Struct, frozen=True):
    """received: what came in and was not given or taken back. instalment: its number, where it
    is about one; open: what of that one is not paid."""

    plan: str
    booking: str | None
    reference: str
    state: PlanState
    price: Money
    received: Money
    due_back: Money
    instalment: int | None = None
    due_on: date | None = None
    open: Money | None = None


class QuarantinePayload(msgspec.Struct, frozen=True):
    """A vendor's message that does not agree with what we intended. difference: in words."""

    message: str
    connection: str
    subject: str
    difference: str


class MismatchPayload(msgspec.Struct, frozen=True):
    """A gateway's ledger and ours differ. about: our payment or refund, or the ledger's line."""

    connection: str
    about: str
    difference: Difference
    detail: str
    ours: Money | None
    theirs: Money | None


class EndpointPayload(msgspec.Struct, frozen=True):
    """reason: what the last attempt met. warned: in percent of the way to quarantine."""

    endpoint: str
    reason: str
    failing_since: datetime | None = None
    warned: int = 0
    next_try_at: datetime | None = None


class DeliveryPayload(msgspec.Struct, frozen=True):
    """event: what was not delivered; it is in the feed. reason: what the last attempt met."""

    delivery: str
    event: str
    event_type: str
    endpoint: str
    attempts: int
    reason: str


class FilingPayload(msgspec.Struct, frozen=True):
    """A report owed to the regulator. due_on: its last day, local to the departure's office.

    days_left: 0 on the last day; None once it has passed, or where it is not a reminder.
    """

    filing: str
    departure: str
    kind: FilingKind
    due_on: date
    days_left: int | None
    number: str | None


class PingPayload(msgspec.Struct, frozen=True):
    """A test of an endpoint. text: for whoever reads the receiver's log."""

    endpoint: str
    text: str


Payload = (
    BookingPayload
    | PnrPayload
    | TicketPayload
    | VoucherPayload
    | PaymentPayload
    | RefundPayload
    | PlanPayload
    | MismatchPayload
    | AgreementPayload
    | QuarantinePayload
    | EndpointPayload
    | DeliveryPayload
    | FilingPayload
    | PingPayload
    | OverbookingPayload
    | HoldPayload
    | AllotmentPayload
    | channel_told.Told
)


PING = "endpoint.ping"
DELIVERY_EXHAUSTED = "delivery.exhausted"


@dataclasses.dataclass(frozen=True)
class EventType:
    """schema: name and version of the payload. means: one sentence for a receiver."""

    name: str
    schema: str
    means: str
    example: Payload

    @property
    def subject_type(self) -> str:
        return self.name.partition(".")[0]


# When what the examples tell happened, and the day on which what they sell begins.
EXAMPLES_AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
FIRST_DAY = date(2027, 1, 14)
_SELL = Money(412500, "SAR")
_BOOKING = BookingPayload(
    booking="bkg_06f3m8t2b5yhkq7d4w1n9xc0ra",
    state=BookingState.CONFIRMED,
    reference="UMR-2027-0114",
    vendor_reference="S7K2M9QX43BDVTHC",
    supplier_reference="102-7745120",
    connection="con_06f3m8sj4n2v8c6k1t5z0q9wye",
    sold=HotelSold(
        hotel_code="604113",
        hotel_name="Ajyad Courtyard Makkah",
        check_in=FIRST_DAY,
        check_out=date(2027, 1, 19),
        rooms=2,
    ),
    sell=_SELL,
    fee=None,
    refusal=None,
)
_PNR = PnrPayload(
    pnr="pnr_06f3m8vb2k5n8r1v4y7a0d3g6j",
    booking=_BOOKING.booking,
    connection=_BOOKING.connection,
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
_PAYMENT = PaymentPayload(
    payment="pay_06f3m8v9d1q5r7t2w4y6zabcde",
    booking=_BOOKING.booking,
    state=PaymentState.SUCCEEDED,
    amount=_SELL,
    paid_at=EXAMPLES_AT,
    refusal=None,
)
_PROPERTY, _ROOM_TYPE = "prp_06f3m9e1g4j7m9q2s5v8xabcde", "rmt_06f3m9e2h5k8n1r3t6w9yabcde"
_ENDPOINT = "end_06f3m9c1e3g5j7m9p2r4t6w8ya"
_FAILING = EndpointPayload(
    endpoint=_ENDPOINT,
    reason="no whole answer in time",
    failing_since=EXAMPLES_AT,
    warned=50,
    next_try_at=datetime(2026, 12, 1, 20, 40, tzinfo=UTC),
)
_REFUND = RefundPayload(
    refund="rfd_06f3m9a2c4e6g8j1k3m5n7p9qr",
    payment=_PAYMENT.payment,
    booking=_BOOKING.booking,
    state=RefundState.SUCCEEDED,
    amount=Money(330000, "SAR"),
    refusal=None,
)


_AGREEMENT = AgreementPayload(
    agreement="agr_06f3m9a7b1c3d5e7f9g2h4j6km",
    state=AgreementState.SENT,
    template="wakalah-bil-ujrah-umrah",
    version=1,
    bookings=(_BOOKING.booking,),
    connection="con_06f3m8sj4n2v8c6k1t5z0q9wye",
    signers=2,
    signatures=0,
    document_sha256="3b0f6c1e5a7d92846f0e1d2c3b4a59687786950a1b2c3d4e5f60718293a4b5c6",
    signed_sha256=None,
    certificate_sha256=None,
    signed_at=None,
    refusal=None,
)


_RESERVATION = channel_told.ReservationPayload(
    reservation="rsv_06f3m9h1k4n7q9t2w5y8abcdef",
    state=ReservationState.CONFIRMED,
    connection=_BOOKING.connection,
    channel="chn_06f3m9j2m5p8r1v3x6zabcdefg",
    property="prp_06f3m9e1g4j7m9q2s5v8xabcde",
    reference="BDC-4471203365",
    sold_on="Booking.com",
    check_in=date(2027, 1, 14),
    check_out=date(2027, 1, 19),
    rooms=1,
    total=Money(206250, "SAR"),
    revision=1,
    unmapped=(),
)
_CHANNEL = channel_told.ChannelPayload(
    channel="chn_06f3m9j2m5p8r1v3x6zabcdefg",
    connection=_BOOKING.connection,
    property="prp_06f3m9e1g4j7m9q2s5v8xabcde",
    reason="the channel does not answer",
    code="vendor_unavailable",
    since=datetime(2026, 12, 1, 8, 30, tzinfo=UTC),
)
_PARITY = channel_told.ParityPayload(
    breach="brc_06f3m9k3n6q9s2w4y7abcdefgh",
    channel=_CHANNEL.channel,
    property=_CHANNEL.property,
    room="DLX",
    plan="BAR",
    state=BreachState.REPUSHED,
    nights=3,
    day=date(2027, 1, 14),
    expected=Money(41250, "SAR"),
    shown=Money(39000, "SAR"),
)


def _reservation(name: str, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_RESERVATION, **other)
    return EventType(f"reservation.{name}", "reservation/1", means, example)


def _booking(name: str, state: BookingState, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_BOOKING, state=state, **other)
    return EventType(f"booking.{name}", "booking/1", means, example)


def _pnr(name: str, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_PNR, **other)
    return EventType(f"pnr.{name}", "pnr/1", means, example)


def _ticket(name: str, state: PnrState, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_TICKET, state=state, **other)
    return EventType(f"ticket.{name}", "ticket/1", means, example)


def _payment(name: str, state: PaymentState, means: str, refusal: str | None = None) -> EventType:
    taken = (PaymentState.SUCCEEDED, PaymentState.CHARGED_BACK)
    paid_at = _PAYMENT.paid_at if state in taken else None
    back = _PAYMENT.amount if state is PaymentState.CHARGED_BACK else zero(_PAYMENT.amount.currency)
    example = msgspec.structs.replace(
        _PAYMENT, state=state, paid_at=paid_at, refusal=refusal, charged_back=back
    )
    return EventType(f"payment.{name}", "payment/1", means, example)


def _refund(name: str, state: RefundState, means: str, refusal: str | None = None) -> EventType:
    example = msgspec.structs.replace(_REFUND, state=state, refusal=refusal)
    return EventType(f"refund.{name}", "refund/1", means, example)


def _agreement(name: str, state: AgreementState, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_AGREEMENT, state=state, **other)
    return EventType(f"agreement.{name}", "agreement/1", means, example)


def _filing(name: str, means: str, **other: object) -> EventType:
    example = FilingPayload(
        filing="flg_06f3m9e1c3f5h7k9n2q4s6v8xa",
        departure="dpt_06f3m9e0b2d4g6j8m1p3r5t7wy",
        kind=FilingKind.RETURN,
        due_on=date(2027, 2, 2),
        days_left=None,
        number=None,
    )
    return EventType(f"filing.{name}", "filing/1", means, msgspec.structs.replace(example, **other))


def _plan(
    name: str,
    means: str,
    state: PlanState = PlanState.ACTIVE,
    *,
    instalment: bool = False,
    paid: bool = False,
) -> EventType:
    example = _PLAN_OF[state]
    if instalment:
        open_ = Money(0 if paid else 1_500_000_000, "IDR")
        example = msgspec.structs.replace(
            example, instalment=1 if paid else 2, due_on=date(2026, 12, 25), open=open_
        )
    return EventType(f"payment_plan.{name}", "payment_plan/1", means, example)


_L = PlanState
_PLAN = PlanPayload(
    plan="pln_06f3m9e1b3d5g7j9m2p4r6t8vx",
    booking=None,
    reference="UMR-2027-0114",
    state=_L.ACTIVE,
    price=Money(3_500_000_000, "IDR"),
    received=Money(500_000_000, "IDR"),
    due_back=Money(0, "IDR"),
)
_PLAN_OF = {
    _L.ACTIVE: _PLAN,
    _L.OVERDUE: msgspec.structs.replace(_PLAN, state=_L.OVERDUE),
    _L.PAID: msgspec.structs.replace(_PLAN, state=_L.PAID, received=_PLAN.price),
    _L.OVERPAID: msgspec.structs.replace(
        _PLAN,
        state=_L.OVERPAID,
        received=Money(3_600_000_000, "IDR"),
        due_back=Money(100_000_000, "IDR"),
    ),
    _L.CANCELLED: msgspec.structs.replace(
        _PLAN, state=_L.CANCELLED, due_back=Money(250_000_000, "IDR")
    ),
}

_B, _P, _R = BookingState, PaymentState, RefundState
_A, _SIGNED_AT = AgreementState, datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
_TYPES = (
    _booking("confirmed", _B.CONFIRMED, "The supplier confirmed the booking."),
    _booking("pending_supplier", _B.PENDING_SUPPLIER, "It is on request; the hotel answers later."),
    _booking("refused", _B.REFUSED, "The supplier said no.", refusal="sold_out"),
    _booking("failed", _B.FAILED, "It certainly does not exist.", refusal="vendor_unavailable"),
    _booking(
        "needs_operator",
        _B.NEEDS_OPERATOR,
        "Nobody can know by machine; a person settles it.",
        refusal="unknown",
    ),
    _booking("amended", _B.CONFIRMED, "Its dates or names were changed at the supplier."),
    _booking(
        "amendment_refused",
        _B.CONFIRMED,
        "It stays as it was.",
        refusal="vendor_refused",
    ),
    _booking(
        "cancelled",
        _B.CANCELLED,
        "It was cancelled; fee is what the supplier keeps.",
        fee=Money(82500, "SAR"),
    ),
    _booking(
        "cancellation_refused",
        _B.CONFIRMED,
        "It stays booked.",
        refusal="vendor_refused",
    ),
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
    EventType(
        "voucher.issued",
        "voucher/1",
        "The vouchers of a booking are here: GET /v1/bookings/{id}/voucher.",
        VoucherPayload(booking=_BOOKING.booking, vouchers=3),
    ),
    _payment("opened", _P.OPEN, "There is a link where the customer can pay."),
    _payment("succeeded", _P.SUCCEEDED, "The gateway took the money."),
    _payment(
        "charged_back",
        _P.CHARGED_BACK,
        "The payer's bank took the money back, or a part of it: `charged_back`. Answer the dispute at the gateway.",
    ),
    _payment("expired", _P.EXPIRED, "Nobody paid in time; the link is closed."),
    _payment("failed", _P.FAILED, "The gateway refused to start it.", refusal="vendor_refused"),
    _payment("needs_operator", _P.NEEDS_OPERATOR, "Whether a link exists is not known.", "unknown"),
    _refund("pending", _R.PENDING, "The gateway is giving the money back."),
    _refund("succeeded", _R.SUCCEEDED, "The money was given back."),
    _refund("failed", _R.FAILED, "The money was not given back.", "vendor_failed"),
    _refund(
        "needs_operator", _R.NEEDS_OPERATOR, "Whether it was refunded is not known.", "unknown"
    ),
    _agreement("sent", _A.SENT, "The signers are asked, one after the other."),
    _agreement("progressed", _A.SENT, "One more of them has signed.", signatures=1),
    _agreement("signed", _A.SIGNED, "Everybody has signed.", signatures=2, signed_at=_SIGNED_AT),
    _agreement(
        "kept",
        _A.SIGNED,
        "The signed document is kept and can be fetched; its digest is in the audit trail.",
        signatures=2,
        signed_at=_SIGNED_AT,
        signed_sha256="9d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a",
        certificate_sha256="1f2e3d4c5b6a79880a9b8c7d6e5f40312213243546576879807a6b5c4d3e2f10",
    ),
    _agreement("declined", _A.DECLINED, "A signer said no.", signatures=1),
    _agreement("voided", _A.VOIDED, "It was taken back; nobody signs it any more."),
    _agreement("expired", _A.EXPIRED, "Not everybody signed in time."),
    _agreement("failed", _A.FAILED, "Certainly nobody was asked.", refusal="vendor_refused"),
    _agreement(
        "needs_operator",
        _A.NEEDS_OPERATOR,
        "Whether the signers were asked is not known; a person settles it.",
        refusal="unknown",
    ),
    _plan("created", "A price is to be paid in parts; the first one may be due already."),
    _plan("due", "An instalment is due today, by the office's calendar.", instalment=True),
    _plan("overdue", "An instalment was not paid by its day.", _L.OVERDUE, instalment=True),
    _plan("instalment_paid", "An instalment is wholly paid.", instalment=True, paid=True),
    _plan("paid", "The whole price is paid.", _L.PAID),
    _plan("overpaid", "More than the price came in; the difference is due back.", _L.OVERPAID),
    _plan("charged_back", "The payer's bank took a payment of it back, or a part of one."),
    _plan("cancelled", "Nobody pays it any more; what is above the fee is due back.", _L.CANCELLED),
    _plan("paid_after_cancel", "Money came after it was cancelled; it is due back.", _L.CANCELLED),
    EventType(
        "reconciliation.mismatch",
        "reconciliation/1",
        "The gateway's ledger and the hub's payments differ; a person has to look.",
        MismatchPayload(
            connection=_BOOKING.connection,
            about=_PAYMENT.payment,
            difference=Difference.AMOUNT,
            detail="the ledger says SAR 41.25, and here it is SAR 4,125.00",
            ours=_SELL,
            theirs=Money(4125, "SAR"),
        ),
    ),
    EventType(
        "inbox.quarantined",
        "inbox/1",
        "A vendor's message differs from what was intended; nothing was changed by it.",
        QuarantinePayload(
            message="inb_06f3m9b7d2f4h6k8n1q3s5v7xz",
            connection=_BOOKING.connection,
            subject=_PAYMENT.payment,
            difference="amount is SAR 41.25, not SAR 4,125.00",
        ),
    ),
    EventType(
        "endpoint.disabled",
        "endpoint/1",
        "A webhook endpoint is no longer served; what waits for it is kept.",
        EndpointPayload(endpoint=_ENDPOINT, reason="410 Gone"),
    ),
    EventType(
        "endpoint.failing",
        "endpoint/1",
        "An endpoint has failed for 50, 70 or 90 % of the time after which it is quarantined.",
        _FAILING,
    ),
    EventType(
        "endpoint.quarantined",
        "endpoint/1",
        "It has failed for a day: one delivery in 15 minutes tries it, the others are kept.",
        msgspec.structs.replace(_FAILING, warned=90),
    ),
    EventType(
        "endpoint.recovered",
        "endpoint/1",
        "It answered again; what was kept goes out, slowly at first.",
        EndpointPayload(endpoint=_ENDPOINT, reason=""),
    ),
    EventType(
        DELIVERY_EXHAUSTED,
        "delivery/1",
        "Every retry of a delivery failed. Its event is in the feed and can be sent again.",
        DeliveryPayload(
            delivery="dlv_06f3m9d4f6h8k1n3q5s7v9x2zb",
            event="evt_06f3m9d2e4g6j8m1p3r5t7w9ya",
            event_type="booking.confirmed",
            endpoint=_ENDPOINT,
            attempts=11,
            reason="HTTP 500",
        ),
    ),
    _filing("due", "A report must be filed soon.", days_left=7),
    _filing("overdue", "A report was not filed in time."),
    _filing("filed", "A report was filed, under the regulator's number.", number="F-2027-000123"),
    _filing("reopened", "A report is owed again: it was filed wrongly."),
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
        channel_told.UnacknowledgedPayload(
            reservation=_RESERVATION.reservation,
            connection=_BOOKING.connection,
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
        "It refused some of what it was told, and the rest counts; each is kept until it changes.",
        channel_told.LinesRefusedPayload(
            channel=_CHANNEL.channel,
            connection=_CHANNEL.connection,
            property=_CHANNEL.property,
            lines=1,
            room="DLX",
            plan="NRF",
            first=date(2027, 1, 14),
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
    EventType(
        "overbooking.detected",
        "overbooking/1",
        "A channel sold rooms that were gone; its reservation is kept, and somebody must move.",
        OverbookingPayload(
            reservation="rsv_06f3m9h1k4n7q9t2w5y8abcdef",
            connection=_BOOKING.connection,
            property=_PROPERTY,
            property_code="AJYAD",
            nights=(NightShort(_ROOM_TYPE, date(2027, 1, 14), 1),),
        ),
    ),
    EventType(
        "hold.expired",
        "hold/1",
        "Nobody bought what was held in time; the rooms are on sale again.",
        HoldPayload(
            hold="hld_06f3m9g1j4m7p9s2v5x8zabcde",
            property=_PROPERTY,
            state=HoldState.EXPIRED,
            reference="GROUP-7",
            rooms=(RoomsHeld(_ROOM_TYPE, date(2027, 1, 14), date(2027, 1, 19), 2),),
            expires_at=datetime(2026, 12, 1, 8, 50, tzinfo=UTC),
        ),
    ),
    EventType(
        "allotment.released",
        "allotment/1",
        "What a group had not drawn of its rooms is on sale again.",
        AllotmentPayload(
            allotment="alt_06f3m9f1h4k7n9r2t5w8yabcde",
            property=_PROPERTY,
            reference="GROUP-7",
            state=AllotmentState.RELEASED,
            room_type=_ROOM_TYPE,
            check_in=date(2027, 1, 14),
            check_out=date(2027, 1, 19),
            given_back=40,
        ),
    ),
    EventType(
        PING,
        "ping/1",
        "A test that you asked for; nothing happened.",
        PingPayload(endpoint=_ENDPOINT, text="Your receiver can be reached."),
    ),
)
CATALOGUE: dict[str, EventType] = {t.name: t for t in _TYPES}


def types_of(pattern: str | None) -> tuple[str, ...] | None:
    """The types that *pattern* (booking.*) means, () being any; None: no event has such a type."""
    if pattern is None or pattern == "*":
        return ()
    return tuple(t for t in CATALOGUE if matches((pattern,), t)) or None


def booking_event(name: str, booking: Booking) -> EventDraft:
    cancellation = booking.cancellation
    payload = BookingPayload(
        booking=booking.id,
        state=booking.state,
        reference=booking.reference,
        vendor_reference=booking.vendor_reference,
        supplier_reference=booking.supplier_reference,
        connection=booking.connection,
        sold=_sold(booking),
        sell=booking.offer.price.sell,
        fee=cancellation.fee if cancellation else None,
        refusal=booking.refusal.code if booking.refusal else None,
    )
    return draft(name, booking.id, payload, booking.partner)


def _sold(booking: Booking) -> HotelSold | ActivitySold | FlightSold:
    match booking.offer:
        case HotelOffer(hotel=hotel, stay=stay, rooms=rooms):
            return HotelSold(hotel.code, hotel.name, stay.check_in, stay.check_out, len(rooms))
        case ActivityOffer(product=product, option=option, starts_at=starts_at, units=units):
            tickets = sum(unit.count for unit in units)
            return ActivitySold(product.code, product.name, option.name, starts_at, tickets)
        case FlightOffer(segments=segments):
            flights = tuple(
                FlightTold(f"{s.carrier}{s.number}", s.origin, s.destination, s.departs_at)
                for s in segments
            )
            return FlightSold(flights, len(booking.guests))


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


def voucher_event(booking: Booking, vouchers: int) -> EventDraft:
    payload = VoucherPayload(booking.id, vouchers)
    return draft("voucher.issued", booking.id, payload, booking.partner)


def payment_event(name: str, payment: Payment) -> EventDraft:
    payload = PaymentPayload(
        payment=payment.id,
        booking=payment.booking,
        state=payment.state,
        amount=payment.amount,
        paid_at=payment.paid_at,
        plan=payment.plan,
        refusal=payment.refusal.code if payment.refusal else None,
        charged_back=payment.charged_back,
    )
    return draft(name, payment.id, payload, payment.partner)


def plan_event(name: str, plan: PaymentPlan, instalment: Standing | None = None) -> EventDraft:
    payload = PlanPayload(
        plan=plan.id,
        booking=plan.booking,
        reference=plan.reference,
        state=plan.state,
        price=plan.price,
        received=plan.received,
        due_back=plan.due_back,
        instalment=instalment.number if instalment else None,
        due_on=instalment.due_on if instalment else None,
        open=instalment.open if instalment else None,
    )
    return draft(name, plan.id, payload, plan.partner)


def mismatch_event(connection: str, found: Mismatch) -> EventDraft:
    payload = MismatchPayload(
        connection, found.subject, found.difference, found.detail, found.ours, found.theirs
    )
    return draft("reconciliation.mismatch", found.subject, payload)


def refund_event(name: str, refund: Refund) -> EventDraft:
    payload = RefundPayload(
        refund=refund.id,
        payment=refund.payment,
        booking=refund.booking,
        state=refund.state,
        amount=refund.amount,
        refusal=refund.refusal.code if refund.refusal else None,
    )
    return draft(name, refund.id, payload, refund.partner)


def agreement_event(name: str, agreement: Agreement) -> EventDraft:
    signed, certificate = agreement.signed, agreement.certificate
    payload = AgreementPayload(
        agreement=agreement.id,
        state=agreement.state,
        template=agreement.template,
        version=agreement.version,
        bookings=agreement.bookings,
        connection=agreement.connection,
        signers=len(agreement.signers),
        signatures=agreement.signatures,
        document_sha256=agreement.document.sha256,
        signed_sha256=signed.sha256 if signed else None,
        certificate_sha256=certificate.sha256 if certificate else None,
        signed_at=agreement.signed_at,
        refusal=agreement.refusal.code if agreement.refusal else None,
    )
    return draft(name, agreement.id, payload, agreement.partner)


def endpoint_event(
    name: str, endpoint: str, partner: str | None, reason: str, pace: Pace | None = None
) -> EventDraft:
    """Told to everybody who may see it, but not through the endpoint itself."""
    payload = EndpointPayload(endpoint, reason)
    if pace is not None:
        payload = EndpointPayload(endpoint, reason, pace.failing_since, pace.warned, pace.resume_at)
    return msgspec.structs.replace(draft(name, endpoint, payload, partner), not_to=endpoint)


def delivery_exhausted(payload: DeliveryPayload, partner: str | None) -> EventDraft:
    made = draft(DELIVERY_EXHAUSTED, payload.delivery, payload, partner)
    return msgspec.structs.replace(made, not_to=payload.endpoint)


def filing_event(name: str, filing: Filing, days_left: int | None = None) -> EventDraft:
    payload = FilingPayload(
        filing=filing.id,
        departure=filing.departure,
        kind=filing.kind,
        due_on=filing.due_on,
        days_left=days_left,
        number=filing.filed.number if filing.filed else None,
    )
    return draft(name, filing.id, payload)


def draft(name: str, subject: str, payload: Payload, partner: str | None = None) -> EventDraft:
    """KeyError: the catalogue has no such event."""
    kind = CATALOGUE[name]
    return EventDraft(
        type=kind.name,
        schema=kind.schema,
        subject_type=kind.subject_type,
        subject=subject,
        payload=msgspec.to_builtins(payload),
        partner=partner,
    )
