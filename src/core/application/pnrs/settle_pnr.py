"""Write what became of a PNR, once, with the events that tell it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial

from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, write_audit
from core.domain.bookings.booking import Booking, BookingState, confirmed
from core.domain.bookings.kept_pnr import KeptPnr, PnrState, as_booking, news
from core.domain.events.booking_events import booking_event
from core.domain.events.pnr_events import pnr_event, ticket_event
from core.domain.problem import NotFound
from core.domain.tenancy import Scope
from ports.gds import Gds
from ports.jobs import Bell
from ports.store import Tx

# The PNR after, and whether it is to be told as due for ticketing.
Decision = Callable[[KeptPnr], tuple[KeptPnr, bool]]


async def stored_pnr(hub: Hub, asking: Asking, id: str) -> KeptPnr:
    """NotFound: it is not in this scope."""
    async with hub.store.read(asking.scope) as view:
        kept = await view.pnr(id)
    if kept is None:
        raise NotFound("PNR", id)
    return kept


async def locked_pnr(tx: Tx, found: KeptPnr) -> tuple[Booking, KeptPnr]:
    """Both locked, the booking first, as whoever settles it does."""
    booking = await tx.booking(found.booking)
    kept = await tx.pnr(found.id)
    if kept is None or booking is None:
        raise LookupError(found.id)
    return booking, kept


async def gds_of(hub: Hub, scope: Scope, kept: KeptPnr) -> Gds:
    async with hub.store.read(scope) as view:
        connection, account, _ = await connection_parts(hub, view, kept.connection)
    return await hub.vendors.gds(scope, connection, account)


async def settle_pnr(
    hub: Hub,
    asking: Asking,
    asked: KeptPnr,
    action: str,
    decide: Decision,
    *,
    still: Callable[[KeptPnr, KeptPnr], bool] = operator.eq,
) -> KeptPnr:
    """Apply *decide* to the PNR as stored, or return that as it is: see write_still."""
    after = await write_still(hub, asking, asked, action, decide, still=still)
    return after or await stored_pnr(hub, asking, asked.id)


async def write_still(
    hub: Hub,
    asking: Asking,
    asked: KeptPnr,
    action: str,
    decide: Decision,
    *,
    still: Callable[[KeptPnr, KeptPnr], bool] = operator.eq,
) -> KeptPnr | None:
    """Apply *decide* to the PNR as stored. None: nothing was written.

    *asked* is the PNR as it was when the GDS was asked. If the stored one is not *still* that,
    what was told may be older than what is known.
    """
    async with hub.store.begin(asking.scope) as tx:
        booking, current = await locked_pnr(tx, asked)
        if not still(asked, current):
            return None
        after, due = decide(current)
        await write_pnr(hub, tx, asking, action, booking, current, after, due=due)
    await hub.jobs.ring(Bell.DELIVERIES)
    if after.check_at is not None:
        await hub.jobs.ring_at(Bell.PNRS, after.check_at)
    return after


async def write_pnr(
    hub: Hub,
    tx: Tx,
    asking: Asking,
    action: str,
    booking: Booking,
    before: KeptPnr,
    after: KeptPnr,
    *,
    due: bool = False,
) -> None:
    """In the caller's transaction, which has locked both."""
    await tx.put_pnr(after)
    told = await tell_pnr(hub, tx, before, after)
    if due:
        await tx.record(pnr_event("pnr.ticketing_due", after), hub.clock.now())
    if told:
        await write_audit(hub, tx, asking, action, after.id, before=before, after=after)
    if after.state is PnrState.CANCELLED:
        await _cancel_with_it(hub, tx, asking, booking, after)


async def tell_pnr(hub: Hub, tx: Tx, before: KeptPnr, after: KeptPnr) -> bool:
    """Tell what differs; whether anything does."""
    told = news(before, after)
    for new in told:
        about_tickets = new.name.startswith("ticket.")
        tell = partial(ticket_event, tickets=new.tickets) if about_tickets else pnr_event
        await tx.record(tell(new.name, after), hub.clock.now())
    return bool(told)


async def _cancel_with_it(
    hub: Hub, tx: Tx, asking: Asking, booking: Booking, after: KeptPnr
) -> None:
    """The carrier cancelled it, or somebody at the GDS: the booking is cancelled too."""
    open_ = (BookingState.CONFIRMED, BookingState.PENDING_SUPPLIER)
    if booking.state not in open_ or after.told is None:
        return
    currency = booking.offer.price.net.currency
    answer = as_booking(after.told, booking.vendor_reference, after.kept, currency)
    gone = confirmed(booking, answer, hub.clock.now())
    await tx.put_booking(gone)
    await tx.record(booking_event("booking.cancelled", gone), hub.clock.now())
    await write_audit(hub, tx, asking, "booking.reconciled", gone.id, before=booking, after=gone)
