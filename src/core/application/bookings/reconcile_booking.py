"""Ask the supplier what became of a booking whose answer was lost, until it is known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from core.application.bookings.amend_booking import after_amend, send_amendment
from core.application.bookings.cancel_booking import after_cancel, send_cancellation
from core.application.bookings.send_booking import seller_and_people, send_booking
from core.application.bookings.settle_booking import TOLD, Decision, settle_booking
from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, by_itself
from core.application.payments.close_payment import close_links
from core.domain.bookings.booking import (
    OPEN,
    Booking,
    BookingState,
    SupplierBooking,
    SupplierState,
    amendment_refused,
    confirmed,
    failed,
    is_about,
    needs_operator,
)
from core.domain.bookings.pnr import Pnr
from core.domain.person import Person
from core.domain.refusal import Refusal
from core.domain.submission import (
    CHECKS_BEFORE_PERSON,
    CHECKS_S,
    REQUEST_CHECKS_S,
    Absent,
    Submission,
    asked,
    certain_at,
    on_absence,
    send,
)
from core.domain.tenancy import Scope
from ports.errors import VendorError
from ports.manifest import Manifest

Send = Callable[[Hub, Asking, Booking], Awaitable[Booking]]


async def reconcile_booking(hub: Hub, scope: Scope, id: str) -> Booking:
    """One question to the supplier, and what follows from its answer.

    Never sends while an earlier sending may still be in flight, and sends a booking again
    only once, after the supplier's "not found" is certain, while the quote holds.
    """
    async with hub.store.read(scope) as view:
        booking = await view.booking(id)
        if booking is None:
            raise LookupError(id)
        _, _, manifest = await connection_parts(hub, view, booking.connection)
    if booking.submission is None or booking.state not in OPEN:
        return booking
    if hub.clock.now() < booking.submission.sent_by:
        return booking
    try:
        seller, people = await seller_and_people(hub, by_itself(scope), booking)
        async with asyncio.timeout(manifest.deadline_s):
            found = await seller.find(booking.vendor_reference, booking.supplier_reference)
    except (VendorError, TimeoutError) as e:
        return await _later(hub, scope, booking, f"the supplier could not be asked: {e}")
    after = await _follow(hub, scope, booking, found, manifest, people)
    if after.state is BookingState.CANCELLED:
        await close_links(hub, scope, id)
    return after


async def _follow(
    hub: Hub,
    scope: Scope,
    booking: Booking,
    found: SupplierBooking | None,
    manifest: Manifest,
    people: dict[str, Person],
) -> Booking:
    if found is None:
        return await _absent(hub, scope, booking, manifest)
    if not is_about(booking, found):
        return await _later(hub, scope, booking, "the supplier tells of another booking")
    match booking.state:
        case BookingState.CANCELLING:
            return await _found_cancelling(hub, scope, booking, found)
        case BookingState.AMENDING:
            return await _found_amending(hub, scope, booking, found, manifest, people)
        case _:
            return await _found(hub, scope, booking, found)


async def _found(hub: Hub, scope: Scope, booking: Booking, found: SupplierBooking) -> Booking:
    waiting = booking.state is BookingState.PENDING_SUPPLIER
    if waiting and found.state is SupplierState.ON_REQUEST:
        return await _later(hub, scope, booking, "the hotel never answered the request")

    def decide(current: Booking) -> tuple[Booking, str | None]:
        after = confirmed(current, found, hub.clock.now())
        return after, TOLD[after.state]

    return await _settle(hub, scope, booking, decide, found.pnr)


async def _found_cancelling(
    hub: Hub, scope: Scope, booking: Booking, found: SupplierBooking
) -> Booking:
    if found.state is SupplierState.CANCELLED:
        return await _settle(hub, scope, booking, lambda b: after_cancel(hub, b, found), found.pnr)
    again = await _send_again(hub, scope, booking)
    if again is None:
        return await _later(hub, scope, booking, "the supplier neither cancels nor refuses")
    return await send_cancellation(hub, by_itself(scope), again)


async def _found_amending(
    hub: Hub,
    scope: Scope,
    booking: Booking,
    found: SupplierBooking,
    manifest: Manifest,
    people: dict[str, Person],
) -> Booking:
    if found.state is SupplierState.ON_REQUEST:
        return await _later(hub, scope, booking, "the hotel never answered the amendment")
    shown = _is_as_wished(found, booking, people)
    if found.state is not SupplierState.CONFIRMED or shown:
        return await _settle(hub, scope, booking, lambda b: after_amend(hub, b, found))
    if shown is None:
        again = await _send_again(hub, scope, booking)
        if again is None:
            return await _later(hub, scope, booking, "the supplier does not show the change")
        return await send_amendment(hub, by_itself(scope), again)
    why = Refusal("absent", "the supplier did not take the change")
    return await _missing(
        hub,
        scope,
        booking,
        manifest,
        may_send_again=True,
        send=send_amendment,
        fail=lambda b: (amendment_refused(b, why, hub.clock.now()), "booking.amendment_refused"),
    )


def _is_as_wished(
    found: SupplierBooking, booking: Booking, people: dict[str, Person]
) -> bool | None:
    """None: what they show is the same before the change and after it (the guests' names)."""
    wish = booking.amendment
    if wish is None or found.stay != wish.stay:
        return False
    wanted, before = _name(people.get(wish.holder)), _name(people.get(booking.holder))
    told = _folded(*found.holder) if found.holder else None
    if told is not None and wanted is not None and told != wanted:
        return False
    renamed = told is not None and wanted is not None and wanted != before
    return True if renamed or booking.stay != wish.stay else None


def _name(person: Person | None) -> tuple[str, ...] | None:
    return None if person is None else _folded(person.name, person.surname)


def _folded(*parts: str) -> tuple[str, ...]:
    """As suppliers keep names: their case and their spaces say nothing."""
    return tuple(" ".join(part.split()).casefold() for part in parts)


async def _absent(hub: Hub, scope: Scope, booking: Booking, manifest: Manifest) -> Booking:
    if booking.state is not BookingState.SUBMITTING:
        return await _later(hub, scope, booking, "the supplier no longer finds the booking")
    async with hub.store.read(scope) as view:
        quote = await view.quote(booking.quote)
    gone = Refusal("absent", "the supplier has no such booking; nothing was booked")
    return await _missing(
        hub,
        scope,
        booking,
        manifest,
        may_send_again=quote is not None and quote.holds(hub.clock.now()),
        send=send_booking,
        fail=lambda b: (failed(b, gone, hub.clock.now()), "booking.failed"),
    )


async def _missing(
    hub: Hub,
    scope: Scope,
    booking: Booking,
    manifest: Manifest,
    *,
    may_send_again: bool,
    send: Send,
    fail: Decision,
) -> Booking:
    """The supplier does not show what was sent: wait, send once more, give up or ask a person."""
    if booking.submission is None:
        return booking
    certain_after = manifest.absence_certain_after_s
    absent = on_absence(
        booking.submission,
        hub.clock.now(),
        absence_certain_after_s=certain_after,
        may_send_again=may_send_again,
    )
    match absent:
        case Absent.WAIT:
            until = certain_at(booking.submission, certain_after or 0)
            return await _later(hub, scope, booking, "the supplier does not show it", until=until)
        case Absent.ASK_PERSON if booking.submission.checks < CHECKS_BEFORE_PERSON:
            return await _later(hub, scope, booking, "the supplier does not show it")
        case Absent.ASK_PERSON:
            why = "the supplier does not show it and cannot prove that it was not done"
            return await _call_person(hub, scope, booking, why)
        case Absent.SEND_AGAIN:
            again = await _send_again(hub, scope, booking)
            return await send(hub, by_itself(scope), again) if again else booking
        case Absent.FAIL:
            return await _settle(hub, scope, booking, fail)


async def _send_again(hub: Hub, scope: Scope, booking: Booking) -> Booking | None:
    """Commit that it is sent a second time; None: it was sent twice, or changed meanwhile."""
    before = booking.submission
    if before is None or before.again:
        return None
    async with hub.store.begin(scope) as tx:
        current = await tx.booking(booking.id)
        if current is None or current.submission != before or current.state != booking.state:
            return None
        _, _, manifest = await connection_parts(hub, tx, current.connection)
        now = hub.clock.now()
        again = msgspec.structs.replace(
            current, submission=send(now, manifest.deadline_s, before), updated_at=now
        )
        await tx.put_booking(again)
    return again


async def _later(
    hub: Hub, scope: Scope, booking: Booking, why: str, *, until: datetime | None = None
) -> Booking:
    """Ask again by the schedule, not before *until*; at its end call a person."""
    pending = booking.state is BookingState.PENDING_SUPPLIER
    schedule = REQUEST_CHECKS_S if pending else CHECKS_S

    def decide(current: Booking) -> tuple[Booking, str | None]:
        now = hub.clock.now()
        next_ = _asked(current.submission, now, schedule, until)
        if next_ is None:
            return needs_operator(current, why, now), "booking.needs_operator"
        return msgspec.structs.replace(current, submission=next_), None

    return await _settle(hub, scope, booking, decide)


def _asked(
    submission: Submission | None,
    now: datetime,
    schedule: tuple[int, ...],
    until: datetime | None,
) -> Submission | None:
    next_ = asked(submission, now, schedule) if submission else None
    if next_ is None or until is None:
        return next_
    return msgspec.structs.replace(next_, check_at=max(next_.check_at, until))


async def _call_person(hub: Hub, scope: Scope, booking: Booking, why: str) -> Booking:
    return await _settle(
        hub,
        scope,
        booking,
        lambda b: (needs_operator(b, why, hub.clock.now()), "booking.needs_operator"),
    )


async def _settle(
    hub: Hub, scope: Scope, booking: Booking, decide: Decision, pnr: Pnr | None = None
) -> Booking:
    return await settle_booking(hub, by_itself(scope), booking, "booking.reconciled", decide, pnr)
