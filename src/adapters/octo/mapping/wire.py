"""The parts of OCTO that we read. What is not here is ignored.

Fields of octo/pricing and octo/content are there only where the supplier granted them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
PRICING, CONTENT = "octo/pricing", "octo/content"


NOTHING = msgspec.Raw(b"null")


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Error(_Wire, frozen=True):
    error: str


class Supplier(_Wire, frozen=True):
    id: str
    name: str


class Capability(_Wire, frozen=True):
    id: str
    required: bool = False


class TaxLine(_Wire, frozen=True):
    name: str
    net: int | None = None


class Pricing(_Wire, frozen=True):
    """net: what the reseller pays; null where the supplier does not say."""

    currency: str
    currency_precision: int
    net: int | None = None
    included_taxes: tuple[TaxLine, ...] | None = None


class UnitPricing(Pricing, frozen=True, kw_only=True):
    unit_id: str


class UnitRestrictions(_Wire, frozen=True):
    min_quantity: int | None = None
    max_quantity: int | None = None
    accompanied_by: tuple[str, ...] = ()


class Unit(_Wire, frozen=True):
    id: str
    type: str = "OTHER"
    internal_name: str = ""
    title: str | None = None
    restrictions: UnitRestrictions = UnitRestrictions()


class OptionRestrictions(_Wire, frozen=True):
    min_units: int | None = None
    max_units: int | None = None


class Feature(_Wire, frozen=True):
    type: str = ""
    short_description: str | None = None


class Option(_Wire, frozen=True):
    id: str
    internal_name: str = ""
    title: str | None = None
    cancellation_cutoff: str = ""
    cancellation_cutoff_amount: int | None = None
    cancellation_cutoff_unit: str | None = None
    required_contact_fields: tuple[str, ...] = ()
    restrictions: OptionRestrictions = OptionRestrictions()
    units: tuple[Unit, ...] = ()
    features: tuple[Feature, ...] = ()


class PostalAddress(_Wire, frozen=True):
    address_locality: str | None = None


class Place(_Wire, frozen=True):
    latitude: float | None = None
    longitude: float | None = None
    postal_address: PostalAddress | None = None


class Location(_Wire, frozen=True):
    types: tuple[str, ...] = ()
    place: Place | None = None


class Product(_Wire, frozen=True):
    id: str
    internal_name: str = ""
    title: str | None = None
    time_zone: str | None = None
    instant_confirmation: bool = True
    redemption_method: str | None = None
    pricing_per: str | None = None
    available_currencies: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    features: tuple[Feature, ...] = ()
    options: tuple[Option, ...] = ()


class OpeningHours(_Wire, frozen=True):
    opens: str = msgspec.field(name="from")
    closes: str = msgspec.field(name="to")


class Availability(_Wire, frozen=True):
    """localDateTime…: the hour at the place; what is behind it as an offset is not relied on."""

    id: str
    local_date_time_start: datetime
    local_date_time_end: datetime
    available: bool
    status: str
    utc_cutoff_at: Instant | None = None
    all_day: bool = False
    vacancies: int | None = None
    max_units: int | None = None
    opening_hours: tuple[OpeningHours, ...] = ()
    pricing: Pricing | None = None
    unit_pricing: tuple[UnitPricing, ...] = ()


class Delivery(_Wire, frozen=True):
    delivery_format: str
    delivery_value: str = ""


class Ticket(_Wire, frozen=True):
    redemption_method: str | None = None
    delivery_options: tuple[Delivery, ...] = ()


class UnitItem(_Wire, frozen=True):
    unit_id: str
    supplier_reference: str | None = None
    ticket: Ticket | None = None


class Contact(_Wire, frozen=True):
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Cancellation(_Wire, frozen=True):
    refund: str | None = None
    reason: str | None = None


class Booking(_Wire, frozen=True):
    """uuid: ours. supplierReference: theirs, once they gave one.

    What is repeated of the catalogue, and the tickets, is read apart: a confirmed booking is
    one, however oddly its product is told.
    """

    uuid: str
    status: str
    test_mode: bool
    utc_created_at: Instant | None = None
    utc_expires_at: Instant | None = None
    utc_confirmed_at: Instant | None = None
    reseller_reference: str | None = None
    supplier_reference: str | None = None
    product: msgspec.Raw = NOTHING
    option: msgspec.Raw = NOTHING
    availability: msgspec.Raw = NOTHING
    contact: Contact | None = None
    cancellation: Cancellation | None = None
    voucher: msgspec.Raw = NOTHING
    unit_items: msgspec.Raw = NOTHING
    pricing: Pricing | None = None
