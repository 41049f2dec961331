"""What the guests show at the door."""

from __future__ import annotations

import msgspec

from adapters.octo.mapping.wire import Booking, Product, Ticket, UnitItem
from core.domain.bookings.activity import Voucher, VoucherForm

FORMS = {
    "QRCODE": VoucherForm.QR_CODE,
    "CODE128": VoucherForm.BARCODE,
    "AZTECCODE": VoucherForm.AZTEC_CODE,
    "PDF_URL": VoucherForm.PDF,
    "PKPASS_URL": VoucherForm.WALLET_PASS,
}


class Tickets(msgspec.Struct, frozen=True):
    """found: none, and owed: the door wants a ticket that is not issued yet.

    A manifest needs only the name.
    """

    found: tuple[Voucher, ...]
    owed: bool


def tickets(booking: Booking) -> Tickets:
    """The whole booking's first, then each ticket's, each in the supplier's order.

    A form we do not know is handed on as text: the door may still know it.
    ValueError: they cannot be read.
    """
    whole = msgspec.json.decode(booking.voucher, type=Ticket | None)
    items = msgspec.json.decode(booking.unit_items, type=tuple[UnitItem, ...] | None) or ()
    found = _of(whole, None, booking.supplier_reference or "")
    for item in items:
        found += _of(item.ticket, item.unit_id, item.supplier_reference or "")
    methods = {ticket.redemption_method for ticket in (whole, *(i.ticket for i in items)) if ticket}
    methods.add(_method(booking.product))
    return Tickets(tuple(found), "MANIFEST" not in methods and bool(methods & {"DIGITAL", "PRINT"}))


def _method(product: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(product, type=Product).redemption_method
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _of(ticket: Ticket | None, unit: str | None, reference: str) -> list[Voucher]:
    return [
        Voucher(
            FORMS.get(option.delivery_format, VoucherForm.TEXT),
            option.delivery_value,
            unit,
            reference,
        )
        for option in (ticket.delivery_options if ticket else ())
        if option.delivery_value
    ]
