"""A booking as it is told."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from typing import Any

from adapters.octo.simulator import products, slots
from adapters.octo.simulator.ledger import CONFIRMED, Item, Kept, Ledger, is_cancellable

DELIVERED = (CONFIRMED, "REDEEMED")


def booking(one: Kept, ledger: Ledger, *, now: datetime, granted: frozenset[str]) -> dict[str, Any]:
    slot, tour = one.slot, one.slot.tour
    told: dict[str, Any] = {
        "id": hashlib.sha256(one.uuid.encode()).hexdigest()[:16],
        "uuid": one.uuid,
        "testMode": one.test,
        "resellerReference": one.reseller_reference,
        "supplierReference": one.reference,
        "status": one.status,
        "utcCreatedAt": slots.instant(one.created),
        "utcUpdatedAt": slots.instant(one.updated),
        "utcExpiresAt": one.expires and slots.instant(one.expires),
        "utcRedeemedAt": None,
        "utcConfirmedAt": one.confirmed and slots.instant(one.confirmed),
        "productId": tour.id,
        "product": products.product(tour, granted),
        "optionId": slot.option.id,
        "option": products.option(tour, slot.option, granted),
        "cancellable": is_cancellable(one, now),
        "cancellation": one.cancellation,
        "freesale": tour.capacity is None,
        "availabilityId": slot.id,
        "availability": slots.row(
            slot, Counter(), taken=ledger.taken, now=now, granted=frozenset()
        ),
        "contact": one.contact,
        "notes": one.notes,
        "deliveryMethods": [tour.method],
        "voucher": _ticket(one, one.reference) if tour.method == "VOUCHER" else None,
        "unitItems": [_item(one, item, place, granted) for place, item in enumerate(one.items, 1)],
    }
    if slots.PRICING in granted:
        told["pricing"] = one.pricing
    return told


def _item(one: Kept, item: Item, place: int, granted: frozenset[str]) -> dict[str, Any]:
    tour, reference = one.slot.tour, f"{one.reference}-{place}"
    told = {
        "uuid": item.uuid,
        "resellerReference": item.reseller_reference,
        "supplierReference": reference,
        "unitId": item.ticket.id,
        "unit": products.unit_of(tour, item.ticket, granted),
        "status": one.status,
        "utcRedeemedAt": None,
        "contact": item.contact,
        "ticket": _ticket(one, reference) if tour.method == "TICKET" else None,
    }
    if slots.PRICING in granted and tour.per_booking is None:
        told["pricing"] = slots.pricing(tour, {item.ticket.id: 1}, one.slot.start.date())
    return told


def _ticket(one: Kept, reference: str) -> dict[str, Any]:
    """Its codes are there once it is confirmed."""
    tour = one.slot.tour
    formats = tour.formats if one.status in DELIVERED else ()
    return {
        "redemptionMethod": tour.redemption,
        "utcRedeemedAt": None,
        "deliveryOptions": [
            {"deliveryFormat": form, "deliveryValue": _value(form, reference)} for form in formats
        ],
    }


def _value(form: str, reference: str) -> str:
    code = hashlib.sha256(reference.encode()).hexdigest()[:12].upper()
    return f"https://tickets.example/{code}.pdf" if form.endswith("_URL") else f"{reference}:{code}"
