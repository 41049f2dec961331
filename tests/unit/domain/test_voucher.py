"""Vouchers that are issued later are asked for until they would open no door any more."""

from datetime import timedelta

from core.domain.bookings.voucher import VoucherSheet, given_up, issued, not_yet
from tests.unit.domain.given import NOW

SHEET = VoucherSheet("bkg_1", created_at=NOW, check_at=NOW)


def test_it_is_asked_ever_more_seldom_and_ends_after_its_day() -> None:
    sheet, starts_at, asked = SHEET, NOW + timedelta(days=20), 0
    waits = []
    while sheet.check_at is not None:
        asked += 1
        assert asked < 200
        before = sheet.check_at
        sheet = not_yet(sheet, "later", before, starts_at=starts_at, after_s=None)
        if sheet.check_at is not None:
            waits.append((sheet.check_at - before).total_seconds())
            assert sheet.check_at <= starts_at + timedelta(days=2)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (30, 21600)
    assert sheet.issued_at is None


def test_the_supplier_s_own_word_goes_before_ours_where_it_is_longer() -> None:
    for after_s, wait_s in ((5, 30), (900, 900)):
        sheet = not_yet(SHEET, "", NOW, starts_at=NOW + timedelta(days=9), after_s=after_s)
        assert sheet.check_at == NOW + timedelta(seconds=wait_s)


def test_what_was_issued_or_given_up_is_not_asked_for() -> None:
    assert issued(SHEET, (), NOW).check_at is None
    assert given_up(SHEET, "cancelled").check_at is None
