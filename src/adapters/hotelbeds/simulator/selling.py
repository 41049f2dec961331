"""Availability and checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.hotelbeds.simulator import prices
from adapters.hotelbeds.simulator.hotels import BY_CODE, Hotel, RoomType, within
from adapters.hotelbeds.simulator.prices import BOARD_NAMES, CURRENCY, PLANS, Party
from adapters.hotelbeds.simulator.ratekeys import Offered
from adapters.hotelbeds.simulator.reading import Fields
from adapters.hotelbeds.simulator.reject import invalid

Free = Callable[[Hotel, RoomType, Iterable[date]], int]
Seal = Callable[[Offered], str]

COMMENT = "Check-in from 16:00. A passport is asked for at the desk. City fees are paid there."


def availability(
    request: dict[str, Any], *, now: datetime, free: Free, seal: Seal
) -> dict[str, Any]:
    fields = Fields(request, "")
    came, left = _stay(fields.inside("stay"), now)
    parties = [_party(Fields(row, "occupancies")) for row in fields.rows("occupancies", 1, 9)]
    hotels = _where(fields)
    market, language = fields.maybe_text("sourceMarket", 2), fields.maybe_text("language", 3)
    fields.done()
    if market is not None and len(market) != 2:
        raise invalid("Error at property sourceMarket")
    if language is not None and len(language) != 3:
        raise invalid("Error at property language")

    def offered(hotel: Hotel, room: RoomType, board: str, rate_class: str, party: Party) -> Offered:
        nights = [came + timedelta(days=n) for n in range((left - came).days)]
        net = prices.stay_price(hotel, room, board, rate_class, nights, party)
        at = int(now.timestamp())
        return Offered(
            came, left, hotel, room, rate_class, board, party, net, not hotel.recheck, at
        )

    found = []
    for hotel in hotels:
        rooms = []
        for room in hotel.rooms:
            rates = [
                rate(offered(hotel, room, board, rate_class, party), now, free, seal)
                for party in parties
                if _fits(room, party) and free(hotel, room, _nights(came, left)) >= party.rooms
                for board, rate_class in PLANS
            ]
            if rates:
                rooms.append({"code": room.code, "name": room.name, "rates": rates})
        if rooms:
            found.append({**about(hotel), "rooms": rooms, "currency": CURRENCY})
    if not found:
        return {"hotels": {"total": 0}}
    listed = {"checkIn": came.isoformat(), "checkOut": left.isoformat(), "total": len(found)}
    return {"hotels": {"hotels": found, **listed}}


def rate(offered: Offered, now: datetime, free: Free, seal: Seal) -> dict[str, Any]:
    hotel, party, net = offered.hotel, offered.party, offered.net
    told: dict[str, Any] = {
        "rateKey": seal(offered),
        "rateClass": offered.rate_class,
        "rateType": "BOOKABLE" if offered.bookable else "RECHECK",
        "net": str(net),
        "allotment": free(hotel, offered.room, offered.nights),
        "paymentType": "AT_HOTEL" if hotel.at_hotel else "AT_WEB",
        "packaging": False,
        "boardCode": offered.board,
        "boardName": BOARD_NAMES[offered.board],
        "cancellationPolicies": prices.policies(
            hotel, offered.rate_class, offered.check_in, net, now.date()
        ),
        "taxes": prices.taxes(hotel, net, len(offered.nights), party.rooms),
        "rooms": party.rooms,
        "adults": party.adults,
        "children": len(party.ages),
    }
    if party.ages:
        told["childrenAges"] = ",".join(str(age) for age in party.ages)
    if hotel.mandatory or hotel.at_hotel:
        told |= {"sellingRate": str(prices.selling(net)), "hotelMandatory": hotel.mandatory}
    if hotel.at_hotel:
        told["commission"] = str(prices.selling(net) - net)
    if offered.rate_class == "NRF":
        told["promotions"] = [{"code": "073", "name": "Non-refundable"}]
    return told


def check(
    offered: Offered, *, now: datetime, free: Free, seal: Seal, dearer: Decimal | None
) -> dict[str, Any]:
    """A check makes a rate bookable, and says what a search does not."""
    net = offered.net if dearer is None else prices.cents(offered.net * dearer)
    checked = offered._replace(bookable=True, net=net, at=int(now.timestamp()))
    told = rate(checked, now, free, seal)
    told.pop("taxes")
    told.pop("childrenAges", None)
    told["rateComments"] = COMMENT
    room = {"code": offered.room.code, "name": offered.room.name, "rates": [told]}
    dates = {
        "checkIn": offered.check_in.isoformat(),
        "checkOut": offered.check_out.isoformat(),
    }
    return {
        "hotels": {
            **about(offered.hotel),
            **dates,
            "rooms": [room],
            "totalNet": str(net),
            "currency": CURRENCY,
            "paymentDataRequired": False,
            "modificationPolicies": {
                "cancellation": True,
                "modification": offered.rate_class != "NRF",
            },
        }
    }


def about(hotel: Hotel) -> dict[str, Any]:
    return {
        "code": hotel.code,
        "name": hotel.name,
        "categoryCode": f"{hotel.stars}EST",
        "categoryName": f"{hotel.stars} STARS",
        "destinationCode": hotel.destination,
        "destinationName": hotel.destination_name,
        "zoneName": hotel.zone,
        "latitude": str(hotel.latitude),
        "longitude": str(hotel.longitude),
    }


def _stay(fields: Fields, now: datetime) -> tuple[date, date]:
    came, left = fields.day("checkIn"), fields.day("checkOut")
    fields.done()
    if came < now.date():
        raise invalid("Error at property stay: Check-in must be in the future.")
    if not 1 <= (left - came).days <= 30:
        raise invalid("Error at property stay: from 1 to 30 nights")
    return came, left


def _party(fields: Fields) -> Party:
    rooms = fields.number("rooms", 1, 9)
    adults = fields.number("adults", 1, 9)
    children = fields.number("children", 0, 9)
    ages = []
    for row in fields.maybe_rows("paxes"):
        pax = Fields(row, "paxes")
        if pax.text("type") == "CH":
            ages.append(pax.number("age", 0, 17))
        else:
            pax.drop("age")
        pax.done()
    fields.done()
    if len(ages) != children:
        raise invalid("Error at property occupancies: every child needs an age")
    return Party(rooms, adults, tuple(sorted(ages)))


def _where(fields: Fields) -> list[Hotel]:
    if fields.has("hotels") == fields.has("geolocation"):
        raise invalid("Either hotels or geolocation")
    if fields.has("hotels"):
        inside = fields.inside("hotels")
        codes = inside.rows("hotel")
        inside.done()
        if any(type(code) is not int for code in codes):
            raise invalid("Error at property hotels.hotel")
        return [BY_CODE[code] for code in codes if code in BY_CODE]
    circle = fields.inside("geolocation")
    latitude = circle.decimal("latitude", -90, 90)
    longitude = circle.decimal("longitude", -180, 180)
    radius = circle.decimal("radius", 0.001, 200)
    unit = circle.text("unit")
    circle.done()
    if unit not in ("km", "mi"):
        raise invalid("Error at property geolocation.unit")
    return within(latitude, longitude, radius * (1.609344 if unit == "mi" else 1))


def _fits(room: RoomType, party: Party) -> bool:
    return party.adults <= room.adults and len(party.ages) <= room.children


def _nights(came: date, left: date) -> list[date]:
    return [came + timedelta(days=n) for n in range((left - came).days)]
