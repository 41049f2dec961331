"""Fetch the vouchers of a booking from its supplier, and keep them."""

from __future__ import annotations

from datetime import UTC, datetime, time

from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub
from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.voucher import VoucherSheet, given_up, issued, not_yet
from core.domain.events.booking_events import voucher_event
from core.domain.problem import Conflict, Failed, NotFound
from core.domain.tenancy import Permission, Scope
from ports.errors import Unavailable, VendorError
from ports.jobs import Bell


async def read_vouchers(hub: Hub, asking: Asking, id: str) -> tuple[Booking, VoucherSheet]:
    """What the guests show: as it is kept, else asked of the supplier now.

    Where a supplier issues none, as hotels do, the sheet is empty: the guests say the reference.
    Conflict: the booking is not confirmed. Failed: they are not issued yet; ask again.
    """
    asking.need(Permission.BOOKINGS_READ)
    async with hub.store.read(asking.scope) as view:
        booking = await view.booking(id)
        if booking is None:
            raise NotFound("booking", id)
        sheet = await view.voucher_sheet(id)
    if booking.state is not BookingState.CONFIRMED:
        raise Conflict("not_confirmed", f"a {booking.state} booking has no voucher")
    if not isinstance(booking.offer, ActivityOffer):
        return booking, VoucherSheet(id, booking.created_at, issued_at=booking.updated_at)
    if sheet is not None and sheet.issued_at is None:
        sheet = await fetch_vouchers(hub, asking.scope, id)
    if sheet is None or sheet.issued_at is None:
        why = sheet.why if sheet else "the booking was just confirmed"
        wait = (
            (sheet.check_at - hub.clock.now()).total_seconds() if sheet and sheet.check_at else None
        )
        raise Failed(
            "voucher_not_issued",
            f"the supplier has not issued it yet: {why}",
            retry_after_s=None if wait is None else max(wait, 1.0),
        )
    return booking, sheet


async def fetch_vouchers(hub: Hub, scope: Scope, id: str) -> VoucherSheet | None:
    """One question to the supplier of booking *id*. None: no vouchers are owed."""
    async with hub.store.read(scope) as view:
        booking, sheet = await view.booking(id), await view.voucher_sheet(id)
        if booking is None or sheet is None or sheet.issued_at is not None:
            return sheet
        connection, account, _ = await connection_parts(hub, view, booking.connection)
    if booking.state is not BookingState.CONFIRMED:
        gone = given_up(sheet, f"the booking is {booking.state}")
        return await _write(hub, scope, booking, sheet, gone)
    try:
        supplier = await hub.vendors.activity_supplier(scope, connection, account)
        found = await supplier.vouchers(booking.supplier_reference or booking.vendor_reference)
    except VendorError as e:
        starts_at = datetime.combine(booking.offer.starts_on, time(), UTC)
        after_s = e.retry_after_s if isinstance(e, Unavailable) else None
        later = not_yet(sheet, str(e), hub.clock.now(), starts_at=starts_at, after_s=after_s)
        return await _write(hub, scope, booking, sheet, later)
    whole = issued(sheet, tuple(found), hub.clock.now())
    return await _write(hub, scope, booking, sheet, whole)


async def _write(
    hub: Hub, scope: Scope, booking: Booking, asked: VoucherSheet, after: VoucherSheet
) -> VoucherSheet:
    """Once: who was slower finds what the other has written."""
    async with hub.store.begin(scope) as tx:
        current = await tx.voucher_sheet(booking.id)
        if current != asked:
            return current or asked
        await tx.put_voucher_sheet(after)
        if after.issued_at is not None:
            await tx.record(voucher_event(booking, len(after.vouchers)), hub.clock.now())
    await hub.jobs.ring(Bell.DELIVERIES)
    if after.check_at is not None:
        await hub.jobs.ring_at(Bell.VOUCHERS, after.check_at)
    return after
