"""The parts of Hotel Booking API 1.0 that we read. What is not here is ignored.

Amounts come as text or as JSON numbers, varying by operation; Decimal reads both exactly.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Wire(msgspec.Struct, frozen=True, rename="camel"):
    pass


class Error(_Wire, frozen=True):
    code: str = ""
    message: str = ""


class Policy(_Wire, frozen=True):
    amount: Decimal
    starts: Instant = msgspec.field(name="from")


class Tax(_Wire, frozen=True):
    included: bool = False
    percent: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    type: str = "TAX"


class Taxes(_Wire, frozen=True):
    taxes: tuple[Tax, ...] = ()


class Promotion(_Wire, frozen=True):
    name: str = ""


class Rate(_Wire, frozen=True):
    """net is for all *rooms* of the rate together."""

    net: Decimal
    board_code: str
    rate_key: str = ""
    rate_type: str = "RECHECK"
    rate_class: str = "NOR"
    payment_type: str = "AT_WEB"
    selling_rate: Decimal | None = None
    hotel_mandatory: bool | None = None
    commission: Decimal | None = None
    board_name: str = ""
    rooms: int = 1
    adults: int = 0
    children: int = 0
    children_ages: str = ""
    packaging: bool = False
    rate_comments: str = ""
    cancellation_policies: tuple[Policy, ...] = ()
    taxes: Taxes | None = None
    promotions: tuple[Promotion, ...] = ()


class Room(_Wire, frozen=True):
    code: str
    name: str = ""
    rates: tuple[Rate, ...] = ()


class Hotel(_Wire, frozen=True):
    code: int
    name: str
    currency: str
    destination_code: str = ""
    category_name: str = ""
    latitude: str | None = None
    longitude: str | None = None
    rooms: tuple[Room, ...] = ()
    payment_data_required: bool = False


class Hotels(_Wire, frozen=True):
    """Hotels are read one by one, so that an unreadable one costs only itself."""

    hotels: tuple[msgspec.Raw, ...] = ()


class AvailabilityRS(_Wire, frozen=True):
    hotels: Hotels | None = None
    error: Error | None = None


class CheckRateRS(_Wire, frozen=True):
    hotels: Hotel | None = None
    error: Error | None = None


class BookedRate(_Wire, frozen=True):
    cancellation_policies: tuple[Policy, ...] = ()


class BookedRoom(_Wire, frozen=True):
    rates: tuple[BookedRate, ...] = ()


class BookedHotel(_Wire, frozen=True):
    check_in: date | None = None
    check_out: date | None = None
    cancellation_amount: Decimal | None = None
    rooms: tuple[BookedRoom, ...] = ()


class Holder(_Wire, frozen=True):
    name: str = ""
    surname: str = ""


class Modification(_Wire, frozen=True):
    cancellation: bool = False
    modification: bool = False


class Booking(_Wire, frozen=True):
    reference: str
    status: str
    client_reference: str = ""
    currency: str | None = None
    total_net: Decimal | None = None
    holder: Holder | None = None
    hotel: BookedHotel | None = None
    modification_policies: Modification | None = None


class BookingRS(_Wire, frozen=True):
    """The answer to a booking, its detail, its change and its cancellation."""

    booking: Booking | None = None
    error: Error | None = None


class RawBookingRS(_Wire, frozen=True):
    """A detail that is sent back changed: every field is kept as it came."""

    booking: dict[str, Any] | None = None
    error: Error | None = None


class Listed(_Wire, frozen=True):
    reference: str
    status: str = ""
    client_reference: str = ""


class Bookings(_Wire, frozen=True):
    bookings: tuple[Listed, ...] = ()


class BookingListRS(_Wire, frozen=True):
    bookings: Bookings | None = None
    error: Error | None = None


class StatusRS(_Wire, frozen=True):
    status: str = ""
    error: Error | None = None
