"""Products as they are told: names with octo/content, prices with octo/pricing."""

from __future__ import annotations

from datetime import date
from typing import Any

from adapters.octo.simulator.slots import PRICING, pricing
from adapters.octo.simulator.tours import Option, Ticket, Tour

CONTENT = "octo/content"
CAPABILITIES = (CONTENT, PRICING)
A_WEEKDAY = date(2026, 11, 23)
_NOWHERE = dict.fromkeys(
    (
        "googlePlaceId",
        "applePlaceId",
        "tripadvisorLocationId",
        "yelpPlaceId",
        "facebookPlaceId",
        "foursquarePlaceId",
        "baiduPlaceId",
        "amapPlaceId",
    )
)


def capabilities() -> list[dict[str, Any]]:
    one = {"revision": 1, "required": False, "dependencies": [], "docs": None}
    return [{"id": id, **one} for id in CAPABILITIES]


def supplier(granted: frozenset[str], endpoint: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": "rihla-simulated",
        "name": "Rihla Simulated Tours",
        "endpoint": endpoint,
        "contact": {"website": None, "email": None, "telephone": None, "address": None},
    }
    return {**told, "shortDescription": None, "media": []} if CONTENT in granted else told


def product(tour: Tour, granted: frozenset[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": tour.id,
        "internalName": tour.id,
        "reference": None,
        "locale": "en",
        "timeZone": tour.zone,
        "allowFreesale": tour.capacity is None,
        "instantConfirmation": tour.instant,
        "instantDelivery": tour.instant,
        "availabilityRequired": True,
        "availabilityType": "START_TIME" if tour.options[0].starts else "OPENING_HOURS",
        "deliveryFormats": list(tour.formats),
        "deliveryMethods": [tour.method],
        "redemptionMethod": tour.redemption,
        "options": [option(tour, one, granted) for one in tour.options],
    }
    if PRICING in granted:
        told["defaultCurrency"] = tour.currency
        told["availableCurrencies"] = [tour.currency]
        told["pricingPer"] = "UNIT" if tour.per_booking is None else "BOOKING"
    if CONTENT in granted:
        told |= {**_content(tour.title), "locations": [_location(tour)]}
        told["features"] = [{"shortDescription": tour.term, "type": "PREBOOKING_INFORMATION"}]
        told |= {"durationMinutesFrom": tour.minutes, "durationMinutesTo": None}
    return told


def option(tour: Tour, one: Option, granted: frozenset[str]) -> dict[str, Any]:
    amount, unit = tour.cancel
    told: dict[str, Any] = {
        "id": one.id,
        "default": one is tour.options[0],
        "internalName": one.id,
        "reference": None,
        "availabilityLocalStartTimes": list(one.starts or ("00:00",)),
        "cancellationCutoff": f"{amount} {unit}",
        "cancellationCutoffAmount": amount,
        "cancellationCutoffUnit": unit,
        "requiredContactFields": list(tour.asked),
        "restrictions": {"minUnits": 1, "maxUnits": tour.most},
        "units": [unit_of(tour, ticket, granted) for ticket in tour.tickets],
    }
    return {**told, **_content(one.title)} if CONTENT in granted else told


def unit_of(tour: Tour, ticket: Ticket, granted: frozenset[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": ticket.id,
        "internalName": ticket.id,
        "reference": None,
        "type": ticket.type,
        "restrictions": {
            "minAge": ticket.ages[0],
            "maxAge": ticket.ages[1],
            "idRequired": False,
            "minQuantity": None,
            "maxQuantity": None,
            "paxCount": ticket.pax,
            "accompaniedBy": list(ticket.with_),
        },
        "requiredContactFields": [],
    }
    if PRICING in granted and tour.per_booking is None:
        told["pricingFrom"] = [pricing(tour, {ticket.id: 1}, A_WEEKDAY)]
    if CONTENT in granted:
        told |= {"title": ticket.title, "shortDescription": ticket.title, "features": []}
    return told


def _content(title: str) -> dict[str, Any]:
    lists = ("features", "faqs", "media", "locations", "categoryLabels", "commentary")
    empty: dict[str, Any] = {name: [] for name in lists}
    words = {"title": title, "shortDescription": title, "description": None}
    return {**words, **empty, "durationMinutesFrom": 0, "durationMinutesTo": None}


def _location(tour: Tour) -> dict[str, Any]:
    address = dict.fromkeys(
        ("streetAddress", "addressRegion", "postalCode", "addressCountry", "postOfficeBoxNumber")
    )
    return {
        "title": tour.town,
        "shortDescription": None,
        "types": ["START"],
        "minutesTo": None,
        "minutesAt": None,
        "place": {
            "latitude": tour.latitude,
            "longitude": tour.longitude,
            "postalAddress": {**address, "addressLocality": tour.town},
            "identifiers": _NOWHERE,
            "sameAs": [],
        },
    }
