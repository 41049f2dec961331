"""The vocabulary of selling a tour, a ticket or a visit: what is asked, offered and booked."""

from __future__ import annotations

import enum
from datetime import date, datetime

import msgspec

from core.domain.bookings.hotel import Circle, Collect
from core.domain.bookings.terms import CancellationPolicy, Price

MAX_DAYS = 31
MAX_PEOPLE = 50


class UnitKind(enum.StrEnum):
    """Who a ticket is for; what it means in years is the product's to say."""

    ADULT = "adult"
    YOUTH = "youth"
    CHILD = "child"
    INFANT = "infant"
    SENIOR = "senior"
    STUDENT = "student"
    FAMILY = "family"
    OTHER = "other"


class ProductCodes(msgspec.Struct, frozen=True, tag="codes", forbid_unknown_fields=True):
    """Products by each supplier's own codes: connection id → codes."""

    codes: dict[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if not self.codes or not all(1 <= len(c) <= 200 for c in self.codes.values()):
            raise ValueError("codes names at least one connection with 1 to 200 products")


class Days(msgspec.Struct, frozen=True):
    """Local dates at the place, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < MAX_DAYS:
            raise ValueError(f"last is up to {MAX_DAYS - 1} days after first")


class ActivitySearch(msgspec.Struct, frozen=True):
    """where: a circle, a supplier's codes, or None for all a supplier has.

    people: how many of each kind. text: words that its name or place must hold.
    """

    where: Circle | ProductCodes | None
    days: Days
    people: dict[UnitKind, int]
    text: str = ""

    def __post_init__(self) -> None:
        if not all(1 <= count <= MAX_PEOPLE for count in self.people.values()):
            raise ValueError(f"people are 1 to {MAX_PEOPLE} of each kind")
        if not 1 <= sum(self.people.values()) <= MAX_PEOPLE:
            raise ValueError(f"people are 1 to {MAX_PEOPLE} in all")


class Product(msgspec.Struct, frozen=True):
    """code: the supplier's. timezone: IANA; every hour is reckoned in it."""

    code: str
    name: str
    timezone: str
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Option(msgspec.Struct, frozen=True):
    """One way to take a product: a language, a route, a seat class."""

    code: str
    name: str


class Unit(msgspec.Struct, frozen=True):
    """Tickets of one kind. code: the supplier's."""

    code: str
    kind: UnitKind
    name: str
    count: int


class ActivityOffer(msgspec.Struct, frozen=True, tag_field="kind", tag="activity"):
    """What a supplier can sell now, for one start of one option.

    starts_at, ends_at: local to the product's timezone, without an offset; all_day: any time of
    that day. left: places, None where the supplier does not say. source: the supplier's own
    word for this start, opaque to us.
    """

    connection: str
    product: Product
    option: Option
    starts_at: datetime
    ends_at: datetime
    units: tuple[Unit, ...]
    price: Price
    cancellation: CancellationPolicy
    source: tuple[str, ...]
    all_day: bool = False
    left: int | None = None
    collect: Collect = Collect.PREPAID
    on_request: bool = False
    recheck: bool = True
    expires_at: datetime | None = None
    conditions: str = ""

    @property
    def title(self) -> str:
        return self.product.name

    @property
    def starts_on(self) -> date:
        return self.starts_at.date()

    @property
    def ends_on(self) -> date:
        return self.ends_at.date()

    @property
    def people(self) -> int:
        """Tickets; one of a family's lets more of them in."""
        return sum(unit.count for unit in self.units)


class VoucherForm(enum.StrEnum):
    QR_CODE = "qr_code"
    BARCODE = "barcode"
    AZTEC_CODE = "aztec_code"
    PDF = "pdf"
    WALLET_PASS = "wallet_pass"  # noqa: S105
    TEXT = "text"


class Voucher(msgspec.Struct, frozen=True):
    """What the guest shows at the door. value: the code's content (a barcode is
    Code 128), or where a PDF or a wallet's pass lies.

    unit: whose ticket it is, by the supplier's code; None: it is for the whole booking.
    reference: the supplier's own number of the ticket.
    """

    form: VoucherForm
    value: str
    unit: str | None = None
    reference: str = ""
