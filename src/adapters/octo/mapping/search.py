"""Which products and options are asked for a search, and in what words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from adapters.octo.mapping import party
from adapters.octo.mapping.offers import about, named, spot
from adapters.octo.mapping.wire import Option, Product
from core.domain.bookings.activity import ActivityOffer, ActivitySearch, Days, ProductCodes, Unit
from core.domain.bookings.hotel import Circle

EARTH_KM = 6371.0


class Asked(NamedTuple):
    """One question: the starts of one option for one party."""

    product: Product
    option: Option
    units: tuple[Unit, ...]


def asked(
    products: Iterable[Product], request: ActivitySearch, connection: str
) -> tuple[Asked, ...]:
    found = []
    for product in products:
        if not (_there(product, request, connection) and _says(product, request.text)):
            continue
        for option in product.options:
            units = party.tickets(option, request.people)
            if units is not None:
                found.append(Asked(product, option, units))
    return tuple(found)


def starts(one: Asked, days: Days, currency: str | None) -> bytes:
    return msgspec.json.encode(
        {
            "productId": one.product.id,
            "optionId": one.option.id,
            "localDateStart": days.first.isoformat(),
            "localDateEnd": days.last.isoformat(),
            "units": _units(one.units),
            **_currency(currency if currency in one.product.available_currencies else None),
        }
    )


def start(offer: ActivityOffer) -> bytes:
    """The one start of *offer*, for its party, in its currency."""
    return msgspec.json.encode(
        {
            "productId": offer.product.code,
            "optionId": offer.option.code,
            "availabilityIds": [offer.source[0]],
            "units": _units(offer.units),
            **_currency(offer.price.net.currency),
        }
    )


def _units(units: Sequence[Unit]) -> list[dict[str, object]]:
    return [{"id": code, "quantity": count} for code, count in party.counts(units).items()]


def _currency(currency: str | None) -> dict[str, str]:
    return {"currency": currency} if currency else {}


def _there(product: Product, request: ActivitySearch, connection: str) -> bool:
    match request.where:
        case None:
            return True
        case ProductCodes(codes):
            return product.id in codes.get(connection, ())
        case Circle() as circle:
            place = spot(product)
            if place is None or place.latitude is None or place.longitude is None:
                return False  # without octo/content nobody says where it is
            return _km(circle, place.latitude, place.longitude) <= circle.radius_km


def _says(product: Product, text: str) -> bool:
    """Every word, in its name or its place, whatever their case."""
    words = f"{named(product)} {about(product)}".casefold()
    return all(word in words for word in text.casefold().split())


def _km(circle: Circle, latitude: float, longitude: float) -> float:
    """The haversine formula on a sphere: a few parts in a thousand off, which is enough here."""
    a, b = math.radians(circle.latitude), math.radians(latitude)
    across = math.radians(longitude - circle.longitude)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, h)))
