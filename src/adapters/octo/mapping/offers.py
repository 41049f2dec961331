"""A product, an option and one of its starts → an offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.octo.mapping import amounts, times
from adapters.octo.mapping.wire import Availability, Feature, Option, Place, Product
from core.domain.bookings import activity
from core.domain.bookings.activity import ActivityOffer, Unit

# What a contact may be asked for that an order can say.
SAID = frozenset({"firstName", "lastName", "fullName", "emailAddress", "phoneNumber", "notes"})
# Asked for by some, and never needed to book.
IDLE = frozenset({"locales", "allowMarketing"})
_TOLD = ("PREBOOKING_INFORMATION", "BOOKING_TERM", "CANCELLATION_TERM", "REDEMPTION_INSTRUCTION")


def named(product: Product) -> str:
    return product.title or product.internal_name


def spot(product: Product) -> Place | None:
    """Where it starts; else the first place it names."""
    where = [location for location in product.locations if location.place is not None]
    first = [location for location in where if "START" in location.types]
    return next((location.place for location in (*first, *where)), None)


def about(product: Product) -> str:
    """The town."""
    place = spot(product)
    address = place.postal_address if place else None
    return (address.address_locality or "") if address else ""


def unsaid(option: Option) -> tuple[str, ...]:
    """What the supplier wants to know of the guest and an order cannot say."""
    return tuple(f for f in option.required_contact_fields if f not in SAID | IDLE)


def is_closed(row: Availability, units: Sequence[Unit]) -> bool:
    """True: these tickets cannot be had for this start, whatever the clock says."""
    if not row.available or row.status in ("SOLD_OUT", "CLOSED"):
        return True
    return row.max_units is not None and sum(unit.count for unit in units) > row.max_units


def is_past(row: Availability, now: datetime) -> bool:
    """True: it may no longer be confirmed."""
    return row.utc_cutoff_at is not None and row.utc_cutoff_at <= now


def offer(
    product: Product,
    option: Option,
    units: tuple[Unit, ...],
    row: Availability,
    *,
    connection: str,
    recheck: bool,
) -> ActivityOffer:
    """ValueError: its price or its zone cannot be told."""
    timezone = times.zone(product, row)
    price = amounts.price(product, row, units)
    place = spot(product)
    return ActivityOffer(
        connection=connection,
        product=activity.Product(
            code=product.id,
            name=named(product),
            timezone=timezone,
            place=about(product),
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
        ),
        option=activity.Option(option.id, option.title or option.internal_name),
        starts_at=times.local(row.local_date_time_start),
        ends_at=times.local(row.local_date_time_end),
        units=units,
        price=price,
        cancellation=times.cancellation(option, row, timezone, price.net),
        source=(row.id, *(f for f in option.required_contact_fields if f in SAID)),
        all_day=row.all_day,
        left=None if row.status == "FREESALE" else row.vacancies,
        on_request=not product.instant_confirmation,
        recheck=recheck,
        expires_at=row.utc_cutoff_at,
        conditions=_conditions(product, option),
    )


def _conditions(product: Product, option: Option) -> str:
    """What the guest has to know before paying, each sentence once."""
    features: tuple[Feature, ...] = (*product.features, *option.features)
    told = [
        f.short_description.strip() for f in features if f.type in _TOLD and f.short_description
    ]
    return "\n".join(dict.fromkeys(told))
