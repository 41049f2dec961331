"""The vouchers of a booking, from when they are owed until they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from core.domain.bookings.activity import Voucher

# Seconds between questions to a supplier who issues them later; the last one goes on.
WAITS_S = (30, 60, 300, 600, 1800, 3600, 3600, 3600, 21600)
# After its day a voucher opens no door any more.
OVER = timedelta(days=2)


class VoucherSheet(msgspec.Struct, frozen=True):
    """What the guests of one booking show at the door. It opens doors: it is stored sealed.

    id: the booking's. issued_at: when the supplier gave them; None: not yet. why: what the last question met.
    check_at: when to ask next; None: they are here, or nobody asks any more. An issued sheet
    without vouchers is one where the guests say the supplier's reference.
    """

    id: str
    created_at: datetime
    vouchers: tuple[Voucher, ...] = ()
    issued_at: datetime | None = None
    why: str = ""
    checks: int = 0
    check_at: datetime | None = None


def issued(sheet: VoucherSheet, vouchers: tuple[Voucher, ...], now: datetime) -> VoucherSheet:
    return msgspec.structs.replace(
        sheet, vouchers=vouchers, issued_at=now, why="", check_at=None, checks=sheet.checks + 1
    )


def not_yet(
    sheet: VoucherSheet, why: str, now: datetime, *, starts_at: datetime, after_s: float | None
) -> VoucherSheet:
    """Asked in vain. after_s: the supplier's own word for how long to wait."""
    wait = WAITS_S[min(sheet.checks, len(WAITS_S) - 1)]
    again = now + timedelta(seconds=max(wait, after_s or 0))
    over = again > starts_at + OVER
    return msgspec.structs.replace(
        sheet, why=why, checks=sheet.checks + 1, check_at=None if over else again
    )


def given_up(sheet: VoucherSheet, why: str) -> VoucherSheet:
    """The booking has none to give: it was cancelled, or the supplier says no."""
    return msgspec.structs.replace(sheet, why=why, check_at=None)
