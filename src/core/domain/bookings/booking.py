"""A booking and every move it may make.

    submitting ──► confirmed ──► cancelling ──► cancelled
        │   │          │  ▲           │
        │   │          ▼  │           └──► confirmed (the supplier refused to cancel)
        │   │       amending
        │   └──► pending_supplier (on request) ──► confirmed | refused
        ├──► refused   the supplier said no
        ├──► failed    it certainly does not exist at the supplier
        └──► needs_operator   it cannot be known; a person settles it with a reason

Only an explicit yes is a yes and only an explicit no is a no.
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.hotel import Collect, HotelOffer
from core.domain.bookings.offer import Offer
from core.domain.bookings.pnr import Pnr, misflown
from core.domain.bookings.terms import CancellationPolicy
from core.domain.money import Money, zero
from core.domain.person import Guest
from core.domain.refusal import IllegalMove, Refusal
from core.domain.stay import Stay
from core.domain.submission import REQUEST_CHECKS_S, Submission, asked


class BookingState(enum.StrEnum):
    SUBMITTING = "submitting"
    PENDING_SUPPLIER = "pending_supplier"
    CONFIRMED = "confirmed"
    AMENDING = "amending"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    FAILED = "failed"
    NEEDS_OPERATOR = "needs_operator"


_S = BookingState
MOVES: dict[BookingState, frozenset[BookingState]] = {
    _S.SUBMITTING: frozenset(
        {
            _S.SUBMITTING,
            _S.CONFIRMED,
            _S.PENDING_SUPPLIER,
            _S.REFUSED,
            _S.FAILED,
            _S.CANCELLED,
            _S.NEEDS_OPERATOR,
        }
    ),
    _S.PENDING_SUPPLIER: frozenset(
        {
            _S.PENDING_SUPPLIER,
            _S.CONFIRMED,
            _S.REFUSED,
            _S.CANCELLING,
            _S.CANCELLED,
            _S.NEEDS_OPERATOR,
        }
    ),
    _S.CONFIRMED: frozenset({_S.AMENDING, _S.CANCELLING, _S.CANCELLED}),
    _S.AMENDING: frozenset({_S.AMENDING, _S.CONFIRMED, _S.CANCELLED, _S.NEEDS_OPERATOR}),
    _S.CANCELLING: frozenset(
        {_S.CANCELLING, _S.CANCELLED, _S.CONFIRMED, _S.PENDING_SUPPLIER, _S.NEEDS_OPERATOR}
    ),
    _S.NEEDS_OPERATOR: frozenset({_S.CONFIRMED, _S.CANCELLED, _S.REFUSED, _S.FAILED}),
    _S.CANCELLED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.FAILED: frozenset(),
}
OPEN = frozenset({_S.SUBMITTING, _S.PENDING_SUPPLIER, _S.AMENDING, _S.CANCELLING})


class Cancellation(msgspec.Struct, frozen=True):
    """fee: what the supplier keeps; None until it is known. before: what it was until then."""

    requested_at: datetime
    reason: str
    before: BookingState = BookingState.CONFIRMED
    fee: Money | None = None
    cancelled_at: datetime | None = None
    supplier_reference: str | None = None


class Amendment(msgspec.Struct, frozen=True):
    """What a booking should become: new dates, new names (by person id), or both."""

    stay: Stay
    holder: str
    guests: tuple[Guest, ...]


class Booking(msgspec.Struct, frozen=True):
    """vendor_reference: minted by us in the vendor's form, the same on every sending.

    supplier_reference: theirs. reference: the platform's own word for it.
    offer: as quoted; its price is the one booked. holder: a person id.
    amendment: wanted and not yet answered. refusal: why the last wish was not granted.
    """

    id: str
    entity: str
    connection: str
    quote: str
    offer: Offer
    holder: str
    guests: tuple[Guest, ...]
    vendor_reference: str
    reference: str
    created_at: datetime
    updated_at: datetime
    state: BookingState = BookingState.SUBMITTING
    submission: Submission | None = None
    supplier_reference: str | None = None
    partner: str | None = None
    amendment: Amendment | None = None
    cancellation: Cancellation | None = None
    refusal: Refusal | None = None

    @property
    def stay(self) -> Stay | None:
        """Of a hotel; None: it is none."""
        return self.offer.stay if isinstance(self.offer, HotelOffer) else None

    @property
    def exists_perhaps(self) -> bool:
        """False: it is certain that nothing was booked."""
        return self.state not in (BookingState.REFUSED, BookingState.FAILED)

    @property
    def check_at(self) -> datetime | None:
        """When the reconciler asks the supplier; None: there is nothing to ask."""
        return self.submission.check_at if self.submission and self.state in OPEN else None


def move(booking: Booking, to: BookingState, now: datetime) -> Booking:
    """IllegalMove: the state machine has no such arrow."""
    if to not in MOVES[booking.state]:
        raise IllegalMove(f"a {booking.state} booking cannot become {to}")
    return msgspec.structs.replace(booking, state=to, updated_at=now)


class SupplierState(enum.StrEnum):
    CONFIRMED = "confirmed"
    ON_REQUEST = "on_request"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class SupplierBooking(msgspec.Struct, frozen=True):
    """A booking as the supplier tells it. holder: name and surname as they hold them.

    fee: what cancelling cost, once it is cancelled. pnr: what it is made of, where it is one.
    """

    supplier_reference: str
    vendor_reference: str
    state: SupplierState
    net: Money | None = None
    stay: Stay | None = None
    holder: tuple[str, str] | None = None
    cancellation: CancellationPolicy | None = None
    fee: Money | None = None
    pnr: Pnr | None = None


def is_about(booking: Booking, answer: SupplierBooking) -> bool:
    """False: the supplier tells of another booking, which says nothing of this one."""
    if not answer.vendor_reference:
        return answer.supplier_reference == booking.supplier_reference
    return answer.vendor_reference == booking.vendor_reference


def mismatch(booking: Booking, answer: SupplierBooking) -> str | None:
    """What they hold that was not ordered, without amounts, which not everybody may see;
    None when all they tell agrees."""
    if answer.state not in (SupplierState.CONFIRMED, SupplierState.ON_REQUEST):
        return None
    ordered = booking.offer
    if answer.stay is not None and answer.stay != booking.stay:
        return f"from {answer.stay.check_in} to {answer.stay.check_out}"
    prepaid = ordered.collect is Collect.PREPAID
    if prepaid and answer.net is not None and answer.net != ordered.price.net:
        return "at another net price"
    if isinstance(ordered, FlightOffer) and answer.pnr is not None:
        return misflown(ordered, answer.pnr)
    return None


def confirmed(booking: Booking, answer: SupplierBooking, now: datetime) -> Booking:
    """The supplier's answer to a sending, or to a question about it.

    What was booked otherwise than ordered is a person's to keep or to cancel.
    """
    wrong = mismatch(booking, answer)
    if wrong is not None:
        why = f"the supplier booked it otherwise than it was ordered, {wrong}"
        return msgspec.structs.replace(
            needs_operator(booking, why, now), supplier_reference=answer.supplier_reference
        )
    to = {
        SupplierState.CONFIRMED: BookingState.CONFIRMED,
        SupplierState.ON_REQUEST: BookingState.PENDING_SUPPLIER,
        SupplierState.CANCELLED: BookingState.CANCELLED,
        SupplierState.REFUSED: BookingState.REFUSED,
    }[answer.state]
    settled = msgspec.structs.replace(
        move(booking, to, now),
        supplier_reference=answer.supplier_reference or booking.supplier_reference,
        refusal=None,
    )
    if to is BookingState.CONFIRMED:
        settled = msgspec.structs.replace(settled, cancellation=None)
    if to is BookingState.REFUSED:
        settled = msgspec.structs.replace(
            settled, refusal=Refusal("vendor_refused", "the supplier declined the request")
        )
    if to is BookingState.CANCELLED:
        settled = _with_cancellation(settled, answer, now)
    return _waiting(settled, now) if to is BookingState.PENDING_SUPPLIER else _at_rest(settled)


def refused(booking: Booking, refusal: Refusal, now: datetime) -> Booking:
    return _at_rest(
        msgspec.structs.replace(move(booking, BookingState.REFUSED, now), refusal=refusal)
    )


def failed(booking: Booking, refusal: Refusal, now: datetime) -> Booking:
    """It certainly does not exist at the supplier."""
    return _at_rest(
        msgspec.structs.replace(move(booking, BookingState.FAILED, now), refusal=refusal)
    )


def needs_operator(booking: Booking, why: str, now: datetime) -> Booking:
    return _at_rest(
        msgspec.structs.replace(
            move(booking, BookingState.NEEDS_OPERATOR, now), refusal=Refusal("unknown", why)
        )
    )


def cancelling(booking: Booking, reason: str, submission: Submission, now: datetime) -> Booking:
    """IllegalMove: only a confirmed or requested booking can be cancelled."""
    again = booking.cancellation if booking.state is BookingState.CANCELLING else None
    before = again.before if again else booking.state
    return msgspec.structs.replace(
        move(booking, BookingState.CANCELLING, now),
        cancellation=Cancellation(requested_at=now, reason=reason, before=before),
        submission=submission,
        refusal=None,
    )


def cancelled(booking: Booking, answer: SupplierBooking, now: datetime) -> Booking:
    """The supplier cancelled it, for the fee it names or the policy's."""
    gone = msgspec.structs.replace(move(booking, BookingState.CANCELLED, now), amendment=None)
    return _at_rest(_with_cancellation(gone, answer, now))


def cancellation_refused(booking: Booking, refusal: Refusal, now: datetime) -> Booking:
    """It stays what it was before: confirmed, or waiting for the hotel."""
    before = booking.cancellation.before if booking.cancellation else BookingState.CONFIRMED
    back = msgspec.structs.replace(move(booking, before, now), cancellation=None, refusal=refusal)
    return _waiting(back, now) if before is BookingState.PENDING_SUPPLIER else _at_rest(back)


def amending(
    booking: Booking, amendment: Amendment, submission: Submission, now: datetime
) -> Booking:
    return msgspec.structs.replace(
        move(booking, BookingState.AMENDING, now),
        amendment=amendment,
        submission=submission,
        refusal=None,
    )


def amended(booking: Booking, answer: SupplierBooking, now: datetime) -> Booking:
    """The wish became the booking; a new net price keeps the margin of the old one.

    CurrencyMismatch: the new net price is in another currency.
    """
    if booking.amendment is None or not isinstance(booking.offer, HotelOffer):
        raise IllegalMove("there is no amendment to settle")
    offer = msgspec.structs.replace(booking.offer, stay=booking.amendment.stay)
    if answer.cancellation is not None:
        offer = msgspec.structs.replace(offer, cancellation=answer.cancellation)
    if answer.net is not None and answer.net != offer.price.net:
        margin = offer.price.sell - offer.price.net
        price = msgspec.structs.replace(
            offer.price, net=answer.net, sell=answer.net + margin, taxes=()
        )
        offer = msgspec.structs.replace(offer, price=price)
    return _at_rest(
        msgspec.structs.replace(
            move(booking, BookingState.CONFIRMED, now),
            offer=offer,
            holder=booking.amendment.holder,
            guests=booking.amendment.guests,
            amendment=None,
        )
    )


def amendment_refused(booking: Booking, refusal: Refusal, now: datetime) -> Booking:
    """It stays as it was."""
    return _at_rest(
        msgspec.structs.replace(
            move(booking, BookingState.CONFIRMED, now), amendment=None, refusal=refusal
        )
    )


def _with_cancellation(booking: Booking, answer: SupplierBooking, now: datetime) -> Booking:
    before = booking.cancellation or Cancellation(requested_at=now, reason="by the supplier")
    currency = booking.offer.price.net.currency
    policy = booking.offer.cancellation
    if before.before is BookingState.PENDING_SUPPLIER:
        policy = CancellationPolicy()  # it was never confirmed, so its terms never began
    fee: Money | None = answer.fee
    if fee is None:
        fee = policy.fee_at(before.requested_at, currency)
    if fee.currency != currency or fee.minor < 0:
        fee = None  # it makes no sense of what was paid: not known, until a person asks
    return msgspec.structs.replace(
        booking,
        cancellation=msgspec.structs.replace(
            before, fee=fee, cancelled_at=now, supplier_reference=answer.supplier_reference
        ),
    )


def _waiting(booking: Booking, now: datetime) -> Booking:
    submission = booking.submission
    if submission is None:
        return booking
    fresh = msgspec.structs.replace(submission, checks=-1)
    return msgspec.structs.replace(booking, submission=asked(fresh, now, REQUEST_CHECKS_S))


def _at_rest(booking: Booking) -> Booking:
    return msgspec.structs.replace(booking, submission=None)


def refund_due(booking: Booking, paid: Money, refunded: Money) -> Money:
    """What the customer gets back: all that was paid, less the fee of a cancelled booking."""
    fee = booking.cancellation.fee if booking.cancellation else None
    kept = fee if fee is not None else zero(paid.currency)
    due = paid - refunded - kept
    return due if due.minor > 0 else zero(paid.currency)
