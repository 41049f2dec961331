"""What may happen to a booking, told on purpose, so that a receiver can be tried.

Nothing of it happened, and nobody can take it for a fact: the body says `test`, references
begin with TEST, and every id is new and belongs to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, cast

import msgspec

from core.domain.event import TEST, EventDraft
from core.domain.events.catalogue import CATALOGUE, draft
from core.domain.events.catalogue.bookings import BookingPayload, FlightSold, FlightTold, HotelSold
from core.domain.events.catalogue.channels import ReservationPayload, UnacknowledgedPayload
from core.domain.events.catalogue.endpoints import PING
from core.domain.events.catalogue.event_type import EXAMPLES_AT, FIRST_DAY
from core.domain.events.catalogue.flights import PnrPayload, TicketPayload
from core.domain.events.catalogue.plans import PlanPayload
from core.domain.events.catalogue.stock import AllotmentPayload, HoldPayload
from core.domain.ids import PREFIXES, is_id

ARRIVES_IN = timedelta(days=60)
Fresh = Callable[[str], str]
_replace = msgspec.structs.replace


class Step(msgspec.Struct, frozen=True):
    """One event. changes: to the catalogue's example of it; later steps of that kind keep them."""

    type: str
    changes: dict[str, Any] = {}


class Scenario(msgspec.Struct, frozen=True):
    """A story in events. means: one sentence, for whoever chooses among them."""

    name: str
    means: str
    steps: tuple[Step, ...]


def _scenario(name: str, means: str, *steps: str | Step) -> Scenario:
    return Scenario(name, means, tuple(Step(s) if isinstance(s, str) else s for s in steps))


_A_DAY = timedelta(days=1)


def _hotel() -> HotelSold:
    example = CATALOGUE["booking.confirmed"].example
    assert isinstance(example, BookingPayload)
    assert isinstance(example.sold, HotelSold)
    return example.sold


def _flights() -> FlightSold:
    """Those of the example of a PNR."""
    example = CATALOGUE["pnr.created"].example
    assert isinstance(example, PnrPayload)
    told = (FlightTold(s.flight, s.origin, s.destination, s.departs_at) for s in example.segments)
    return FlightSold(tuple(told), 1)


_LATER = {
    "sold": _replace(
        _hotel(), check_in=_hotel().check_in + _A_DAY, check_out=_hotel().check_out + _A_DAY
    )
}
_FLOWN = {"sold": _flights(), "supplier_reference": "KTBXQL"}
_NO_REFERENCE = {"supplier_reference": None}
_NUMBERED = {"supplier_reference": "102-7745120"}
_PAID = ("booking.confirmed", "payment.opened", "payment.succeeded")
_SCENARIOS = (
    _scenario(
        "booking_lifecycle",
        "Booked, paid, moved by a day, cancelled at a fee, and the rest given back.",
        *_PAID,
        Step("booking.amended", _LATER),
        "booking.cancelled",
        "refund.pending",
        "refund.succeeded",
    ),
    _scenario(
        "flight_ticketed",
        "Flights were booked, ticketed just before their limit, and then moved by the carrier.",
        Step("booking.confirmed", _FLOWN),
        "pnr.created",
        "pnr.ticketing_due",
        "ticket.issued",
        "pnr.schedule_changed",
    ),
    _scenario("booking_paid", "Booked, and paid by a link.", *_PAID),
    _scenario(
        "on_request_confirmed",
        "The hotel had to be asked, and said yes.",
        Step("booking.pending_supplier", _NO_REFERENCE),
        Step("booking.confirmed", _NUMBERED),
    ),
    _scenario(
        "on_request_refused",
        "The hotel had to be asked, and said no.",
        Step("booking.pending_supplier", _NO_REFERENCE),
        Step("booking.refused", {"refusal": "vendor_refused"}),
    ),
    _scenario(
        "sold_out",
        "The last room went to somebody else.",
        Step("booking.refused", _NO_REFERENCE),
    ),
    _scenario(
        "supplier_away",
        "The supplier could not be reached, and certainly nothing was booked.",
        Step("booking.failed", _NO_REFERENCE),
    ),
    _scenario(
        "lost_answer",
        "The supplier's answer was lost; a person asked their desk, and the booking stands.",
        Step("booking.needs_operator", _NO_REFERENCE),
        Step("booking.confirmed", _NUMBERED),
    ),
    _scenario(
        "amendment_refused",
        "The guest wanted other dates, the hotel did not; the booking stays as it was.",
        "booking.confirmed",
        "booking.amendment_refused",
    ),
    _scenario(
        "cancellation_refused",
        "The guest wanted to cancel, the hotel did not; the booking stays.",
        "booking.confirmed",
        "booking.cancellation_refused",
    ),
    _scenario(
        "payment_expired",
        "Booked, but nobody paid before the link was closed.",
        "booking.confirmed",
        "payment.opened",
        "payment.expired",
    ),
    _scenario(
        "refund_failed",
        "Booked, paid and cancelled, but the money could not be given back.",
        *_PAID,
        "booking.cancelled",
        "refund.pending",
        "refund.failed",
    ),
    _scenario(
        "refund_needs_operator",
        "Booked, paid and cancelled, and nobody knows whether the money was given back.",
        *_PAID,
        "booking.cancelled",
        "refund.needs_operator",
    ),
)
SCENARIOS: dict[str, Scenario] = {s.name: s for s in _SCENARIOS}


def alone(type: str) -> Scenario:
    """One event of the catalogue by itself. KeyError: there is no such type."""
    return Scenario(type, CATALOGUE[type].means, (Step(type),))


def play(
    scenario: Scenario, fresh: Fresh, now: datetime, partner: str | None
) -> Iterator[EventDraft]:
    """Its events, in order, about new things that are not there. fresh: prefix → a new id."""
    renamed: dict[str, str] = {}
    changes: dict[type[msgspec.Struct], dict[str, Any]] = {}
    for step in scenario.steps:
        example = CATALOGUE[step.type].example
        kept = changes.setdefault(type(example), {})
        kept |= step.changes
        payload = _renamed(_dated(_replace(example, **kept), now), renamed, fresh)
        yield _marked(draft(step.type, _subject(payload), payload, partner))


def ping(endpoint: str, partner: str) -> EventDraft:
    """The one test that also exists in the live environment."""
    payload = _replace(CATALOGUE[PING].example, endpoint=endpoint)
    return _marked(draft(PING, endpoint, payload, partner))


def _marked(event: EventDraft) -> EventDraft:
    return _replace(event, subject_type=TEST)


def _dated(payload: msgspec.Struct, now: datetime) -> msgspec.Struct:
    """Examples grow old: what they sell begins in two months, and what happened happened now."""
    return cast(
        msgspec.Struct, _moved(payload, now - EXAMPLES_AT, now.date() + ARRIVES_IN - FIRST_DAY)
    )


def _moved(value: Any, instants: timedelta, days: timedelta) -> Any:
    """Local days and hours go with the days, aware instants with the instants."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return _replace(value, **{n: _moved(v, instants, days) for n, v in fields.items()})
    if isinstance(value, tuple):
        return tuple(_moved(part, instants, days) for part in value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value + instants
    return value + days if isinstance(value, date) else value


_REFERRED = (
    HoldPayload | AllotmentPayload | PlanPayload | ReservationPayload | UnacknowledgedPayload
)


def _renamed(payload: msgspec.Struct, renamed: dict[str, str], fresh: Fresh) -> msgspec.Struct:
    """The same example id becomes the same new id throughout a scenario."""

    def new(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(new(part) for part in value)
        if isinstance(value, msgspec.Struct):
            parts = {name: getattr(value, name) for name in value.__struct_fields__}
            return _replace(value, **{name: new(part) for name, part in parts.items()})
        prefix = value[:3] if isinstance(value, str) else ""
        if prefix in PREFIXES and is_id(value, prefix):
            return renamed.setdefault(value, fresh(prefix))
        return value

    payload = cast(msgspec.Struct, new(payload))
    if isinstance(payload, PnrPayload | TicketPayload):
        return _replace(payload, locator="TESTXX")
    if isinstance(payload, _REFERRED):
        return _replace(payload, reference=f"TEST-{_subject(payload)[-12:].upper()}")
    return _unmistakable(payload) if isinstance(payload, BookingPayload) else payload


def _unmistakable(booking: BookingPayload) -> BookingPayload:
    """What a person would look a booking up by says that there is none."""
    tail = booking.booking[-12:].upper()
    return _replace(
        booking,
        reference=f"TEST-{tail}",
        vendor_reference=f"TEST{tail}",
        supplier_reference=booking.supplier_reference and f"TEST-{tail}",
    )


def _subject(payload: msgspec.Struct) -> str:
    """What the event is about: the first field of every payload names it."""
    first: str = getattr(payload, payload.__struct_fields__[0])
    return first
