"""An order in their words: traditional flights sold, priced, and ended in one call."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from adapters.sabre.config import SabreConfig
from adapters.sabre.mapping.names import Unwritable, Written, written
from adapters.sabre.mapping.shop import seats
from core.domain.bookings.flight import FlightOffer, Segment
from core.domain.person import PassengerType
from ports.gds import PnrOrder, Traveller

REMARK = "SERAI REF "
# A flight that is sold in any of these is not had: nothing is kept then.
HALT = ["NO", "NN", "UC", "US", "UN", "UU", "LL", "HL"]
GENDERS = {"M": "MALE", "F": "FEMALE"}
INFANT_GENDERS = {"M": "INFANT_MALE", "F": "INFANT_FEMALE"}
_PLACED_BY_US = 11  # prefatory instruction code: shown beside the PNR on the queue
_PHONE = re.compile(r"\+?[0-9-]{3,30}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
Asked = dict[str, Any]


def remark(key: str) -> str:
    """What stands in the PNR for our reference."""
    return f"{REMARK}{key}"


def booking(order: PnrOrder, key: str, config: SabreConfig) -> bytes:
    """Unwritable: a name no ticket can show. ValueError: travellers that are not the offer's.

    A price that rises by anything stops it; with HALT_ON_ERROR nothing is kept then.
    """
    _same_party(order)
    offer = order.offer
    body: Asked = {
        "errorHandlingPolicy": ["HALT_ON_ERROR"],
        "asynchronousUpdateWaitTime": 3000,
        "receivedFrom": "SERAI",
        "agency": _agency(config),
        "flightDetails": {
            "flights": [_flight(segment) for segment in offer.segments],
            "flightPricing": [_pricing(offer)],
            "haltOnFlightStatusCodes": HALT,
        },
        "travelers": [_traveller(t, order) for t in order.travellers],
        "remarks": [{"type": "GENERAL", "text": remark(key)}],
        "notification": {
            "queuePlacement": [
                {
                    "pcc": config.pcc,
                    "queueNumber": config.queue,
                    "prefatoryInstructionCode": _PLACED_BY_US,
                }
            ]
        },
    }
    contact = _contact(order)
    return msgspec.json.encode({**body, "contactInfo": contact} if contact else body)


def _same_party(order: PnrOrder) -> None:
    sold = {fare.type: fare.count for fare in order.offer.fares}
    named: dict[PassengerType, int] = {}
    for traveller in order.travellers:
        named[traveller.type] = named.get(traveller.type, 0) + 1
    numbers = [traveller.number for traveller in order.travellers]
    if named != sold or numbers != list(range(1, len(numbers) + 1)) or seats(sold.items()) < 1:
        raise ValueError("the travellers are not those of the offer")


def _agency(config: SabreConfig) -> Asked:
    agency: Asked = {"ticketingPolicy": "TODAY"}
    if config.customer_number is not None:
        agency["agencyCustomerNumber"] = config.customer_number
    return agency


def _flight(segment: Segment) -> Asked:
    return {
        "flightNumber": int(segment.number),
        "airlineCode": segment.carrier,
        "fromAirportCode": segment.origin,
        "toAirportCode": segment.destination,
        "departureDate": segment.departs_at.date().isoformat(),
        "departureTime": segment.departs_at.strftime("%H:%M"),
        "bookingClass": segment.rbd,
        "flightStatusCode": "NN",
        "isMarriageGroup": False,
    }


def _pricing(offer: FlightOffer) -> Asked:
    net = offer.price.net.decimal()
    return {
        "priceComparisons": [
            {
                "desiredAmount": f"{net:f}",
                "comparisonType": "INCREASE_BY_AMOUNT",
                "amount": "0.00",
            }
        ],
        "qualifiers": {"validatingAirlineCode": offer.validating_carrier},
    }


def _traveller(traveller: Traveller, order: PnrOrder) -> Asked:
    name = written(traveller)
    told: Asked = {
        "givenName": name.given,
        "surname": name.surname,
        "passengerCode": traveller.type.value,
    }
    if traveller.born_on is not None:
        told["birthDate"] = traveller.born_on.isoformat()
    document = _document(traveller, name)
    if document:
        told["identityDocuments"] = [document]
    services = _services(traveller, order)
    if services:
        told["specialServices"] = services
    lap = next((t.number for t in order.travellers if t.with_adult == traveller.number), None)
    if lap is not None:
        told["infantTravelerIndex"] = lap  # they write the INFT request from it
    return told


def _document(traveller: Traveller, name: Written) -> Asked:
    """SSR DOCS: the passport, else what is known for a security check, else nothing."""
    genders = INFANT_GENDERS if traveller.type is PassengerType.INFANT else GENDERS
    gender = genders.get(traveller.gender.upper()[:1])
    if traveller.born_on is None or gender is None:
        return {}
    known: Asked = {
        "documentType": "SECURE_FLIGHT_PASSENGER_DATA",
        "givenName": name.bare,
        "surname": name.surname,
        "birthDate": traveller.born_on.isoformat(),
        "gender": gender,
    }
    if traveller.passport is None:
        return known
    if not re.fullmatch(r"[A-Z0-9]{5,15}", traveller.passport):
        raise Unwritable(f"the passport of passenger {traveller.number} is no document number")
    passport = {
        "documentType": "PASSPORT",
        "documentNumber": traveller.passport,
        "expiryDate": traveller.passport_ends_on and traveller.passport_ends_on.isoformat(),
        "issuingCountryCode": traveller.passport_country,
        "residenceCountryCode": traveller.nationality,
        "citizenshipCountryCode": traveller.nationality,
    }
    return {**known, **{field: value for field, value in passport.items() if value}}


def _services(traveller: Traveller, order: PnrOrder) -> list[Asked]:
    """What was asked for this passenger or for all; a child is told to the airline as one."""
    asked = [r for r in order.requests if r.passenger in (0, traveller.number)]
    found: list[Asked] = [
        {"code": r.code, **({"message": r.text} if r.text else {})} for r in asked
    ]
    if traveller.type is PassengerType.CHILD and traveller.born_on is not None:
        born = traveller.born_on.strftime("%d%b%y").upper()
        found.append({"code": "CHLD", "message": born})
    return found


def _contact(order: PnrOrder) -> Asked:
    """Where the carrier reaches the travellers; what is no address or number is left out."""
    contact: Asked = {}
    if order.email and _EMAIL.fullmatch(order.email):
        contact["emails"] = [order.email]
    phone = (order.phone or "").replace(" ", "")
    if _PHONE.fullmatch(phone):
        contact["phones"] = [phone]
    return contact
