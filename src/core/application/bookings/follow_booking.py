"""What else begins when a booking is settled: its PNR is kept, its vouchers are owed."""

from __future__ import annotations

from core.application.hub import Hub
from core.application.pnrs.settle_pnr import tell_pnr
from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.kept_pnr import KeptPnr, reading
from core.domain.bookings.pnr import Pnr
from core.domain.bookings.voucher import VoucherSheet
from core.domain.events.pnr_events import pnr_event
from ports.jobs import Bell
from ports.store import Tx


async def follow_booking(hub: Hub, tx: Tx, booking: Booking, pnr: Pnr | None = None) -> Bell | None:
    """In the transaction that settles it; which bell to ring after commit.

    pnr: as the GDS just told it; without it, it is read by itself.
    """
    match booking.offer:
        case FlightOffer() if booking.supplier_reference and booking.exists_perhaps:
            return await _keep_pnr(hub, tx, booking, pnr)
        case ActivityOffer() if booking.state is BookingState.CONFIRMED:
            return await _owe_vouchers(hub, tx, booking)
    return None


async def _keep_pnr(hub: Hub, tx: Tx, booking: Booking, pnr: Pnr | None) -> Bell:
    now = hub.clock.now()
    found = await tx.pnr_of(booking.id)
    kept = found or KeptPnr(
        id=hub.mint.id("pnr"),
        booking=booking.id,
        entity=booking.entity,
        connection=booking.connection,
        locator=booking.supplier_reference or "",
        passengers=len(booking.guests),
        created_at=now,
        updated_at=now,
        partner=booking.partner,
    )
    if pnr is not None:
        kept = reading(kept, pnr, now)
    await tx.put_pnr(kept)
    if found is None:
        await tx.record(pnr_event("pnr.created", kept), now)
    else:
        await tell_pnr(hub, tx, found, kept)
    return Bell.PNRS


async def _owe_vouchers(hub: Hub, tx: Tx, booking: Booking) -> Bell | None:
    if await tx.voucher_sheet(booking.id) is not None:
        return None
    now = hub.clock.now()
    await tx.put_voucher_sheet(VoucherSheet(booking.id, created_at=now, check_at=now))
    return Bell.VOUCHERS
