"""createBooking: a request read strictly, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from adapters.sabre.simulator import network
from adapters.sabre.simulator.network import Dated, Fare
from adapters.sabre.simulator.reading import Fields
from adapters.sabre.simulator.reject import bad, failed

NAME = re.compile(r"[A-Z]+( [A-Z]+)*")
STATUSES = {"NO", "NN", "UC", "US", "UN", "UU", "LL", "HL"}
POLICIES = {"TODAY", "TICKETING_TIME_LIMIT"}
DOCUMENTS = {"PASSPORT", "SECURE_FLIGHT_PASSENGER_DATA"}
GENDERS = {"MALE", "FEMALE", "INFANT_MALE", "INFANT_FEMALE", "UNDISCLOSED", "UNDEFINED"}


class Sale(NamedTuple):
    """total: of all travellers, whole rupiah. queue: number, or None."""

    flights: list[tuple[Dated, Fare]]
    travellers: list[dict[str, Any]]
    fare: Fare
    carrier: str
    total: int
    remarks: list[dict[str, str]]
    queue: int | None


def read(
    body: Fields, free: Callable[[Dated, str], int], pcc: str, *, dearer: float, sold_out: bool
) -> Sale:
    if body.has("errorHandlingPolicy") and body.rows("errorHandlingPolicy") != ["HALT_ON_ERROR"]:
        raise bad("INVALID_VALUE_ERRORHANDLINGPOLICY")
    body.number("asynchronousUpdateWaitTime", 0, 10_000)
    body.text("receivedFrom", 1, 60)
    agency = body.inside("agency")
    agency.one_of("ticketingPolicy", POLICIES)
    agency.drop("agencyCustomerNumber")
    agency.done()
    details = body.inside("flightDetails")
    travellers = [_traveller(t) for t in body.parts("travelers", 1, 18)]
    _infants(travellers)
    remarks = [_remark(r) for r in body.parts("remarks", 1, 20)] if body.has("remarks") else []
    queue = _queue(body, pcc)
    _contact(body)
    body.done()
    flights = [_flight(f) for f in details.parts("flights", 1, 16)]
    halt = (
        set(details.rows("haltOnFlightStatusCodes"))
        if details.has("haltOnFlightStatusCodes")
        else STATUSES
    )
    pricing = details.parts("flightPricing", 1, 10)
    details.done()
    return _sold(flights, travellers, halt, pricing, free, remarks, queue, dearer, sold_out)


def _sold(
    flights: list[tuple[Dated | None, str]],
    travellers: list[dict[str, Any]],
    halt: set[str],
    pricing: list[Fields],
    free: Callable[[Dated, str], int],
    remarks: list[dict[str, str]],
    queue: int | None,
    dearer: float,
    sold_out: bool,
) -> Sale:
    seats = sum(t["passengerCode"] != "INF" for t in travellers)
    chosen: list[tuple[Dated, Fare]] = []
    for dated, rbd in flights:
        fare = network.BY_RBD.get(rbd)
        if dated is None or fare is None:
            raise failed("UNABLE_TO_BOOK_FLIGHT")
        status = "UC" if sold_out or free(dated, rbd) < seats else "HK"
        if status in halt:
            raise failed("UNACCEPTABLE_FLIGHT_STATUS")
        chosen.append((dated, fare))
    fare, carrier = chosen[0][1], chosen[0][0].flight.carrier
    directions = 1 if chosen[0][0].flight.origin != chosen[-1][0].flight.destination else 2
    total = 0
    for traveller in travellers:
        base, taxes = network.price(fare, traveller["passengerCode"])
        base = int(base * directions * (1 + dearer / 100))
        traveller["fare"] = (base, taxes * directions)
        total += base + taxes * directions
    _priced(pricing, total, carrier)
    return Sale(chosen, travellers, fare, carrier, total, remarks, queue)


def _priced(pricing: list[Fields], total: int, carrier: str) -> None:
    for one in pricing:
        if one.has("qualifiers"):
            qualifiers = one.inside("qualifiers")
            if qualifiers.text("validatingAirlineCode", 2, 2) != carrier:
                raise failed("UNABLE_TO_PRICE_FLIGHTS")
            qualifiers.done()
        for limit in one.parts("priceComparisons") if one.has("priceComparisons") else ():
            limit.one_of("comparisonType", ("INCREASE_BY_AMOUNT",))
            most = _amount(limit.text("desiredAmount")) + _amount(limit.text("amount"))
            limit.done()
            if total > most:  # the category is written so in their own list
                raise failed("UNABLE_TO_PRICE_FLIGHTS_COMPARISON_ISSUE")
        one.done()


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise bad("INVALID_AMOUNT") from None


def _flight(flight: Fields) -> tuple[Dated | None, str]:
    found = network.find(
        flight.text("airlineCode", 2, 2),
        flight.number("flightNumber", 1, 9999),
        flight.text("fromAirportCode", 3, 3),
        flight.text("toAirportCode", 3, 3),
        flight.day("departureDate"),
    )
    hour = flight.text("departureTime", 5, 5)
    rbd = flight.text("bookingClass", 1, 1)
    flight.one_of("flightStatusCode", ("NN",))
    flight.flag("isMarriageGroup")
    flight.done()
    right = found is not None and found.departs.strftime("%H:%M") == hour
    return (found if right else None), rbd


def _traveller(fields: Fields) -> dict[str, Any]:
    given, surname = fields.text("givenName", 1, 57), fields.text("surname", 1, 57)
    if not NAME.fullmatch(given) or not NAME.fullmatch(surname) or len(given + surname) > 56:
        raise bad("INVALID_NAME")
    told: dict[str, Any] = {
        "givenName": given,
        "surname": surname,
        "passengerCode": fields.one_of("passengerCode", ("ADT", "CNN", "INF")),
        "type": "ADULT",
    }
    if fields.has("birthDate"):
        told["birthDate"] = fields.day("birthDate").isoformat()
    elif told["passengerCode"] != "ADT":
        raise bad("REQUIRED_FIELD_MISSING_BIRTHDATE")
    documents = fields.parts("identityDocuments") if fields.has("identityDocuments") else []
    told["identityDocuments"] = [_document(d) for d in documents]
    services = fields.parts("specialServices") if fields.has("specialServices") else []
    told["specialServices"] = [
        {"code": s.text("code", 4, 4), "message": s.maybe("message") or ""} for s in services
    ]
    if fields.has("infantTravelerIndex"):
        told["infant"] = fields.number("infantTravelerIndex", 1, 18)
    fields.done()
    return told


def _document(fields: Fields) -> dict[str, Any]:
    kind = fields.one_of("documentType", DOCUMENTS)
    told = {"documentType": kind, "gender": fields.one_of("gender", GENDERS)}
    fields.day("birthDate")
    for name in ("givenName", "surname"):
        if not NAME.fullmatch(fields.text(name, 1, 57)):
            raise bad("INVALID_NAME")
    if kind == "PASSPORT":
        if not re.fullmatch(r"[A-Z0-9]{5,15}", fields.text("documentNumber")):
            raise bad("INVALID_VALUE_DOCUMENTNUMBER")
        if fields.has("expiryDate"):
            fields.day("expiryDate")
        for name in ("issuingCountryCode", "residenceCountryCode", "citizenshipCountryCode"):
            country = fields.maybe(name)
            if country is not None and not re.fullmatch(r"[A-Z]{2,3}", country):
                raise bad("INVALID_COUNTRY")
    fields.done()
    return told


def _infants(travellers: list[dict[str, Any]]) -> None:
    laps = [t["infant"] for t in travellers if "infant" in t]
    infants = [n for n, t in enumerate(travellers, 1) if t["passengerCode"] == "INF"]
    if sorted(laps) != infants:
        raise bad("INVALID_INFANT_ASSOCIATION")


def _remark(fields: Fields) -> dict[str, str]:
    told = {"type": fields.one_of("type", ("GENERAL", "HISTORICAL")), "text": fields.text("text")}
    fields.done()
    return told


def _queue(body: Fields, pcc: str) -> int | None:
    if not body.has("notification"):
        return None
    placed = body.inside("notification").parts("queuePlacement", 1, 3)[0]
    if placed.text("pcc", 3, 4) != pcc:
        raise bad("INVALID_PCC")
    number = placed.number("queueNumber", 0, 511)
    placed.number("prefatoryInstructionCode", 0, 254)
    placed.done()
    return number


def _contact(body: Fields) -> None:
    if not body.has("contactInfo"):
        return
    contact = body.inside("contactInfo")
    for name in ("emails", "phones"):
        if contact.has(name):
            contact.rows(name, 1, 10)
    contact.done()
