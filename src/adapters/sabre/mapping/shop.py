"""What is asked when shopping, and when an itinerary is revalidated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from adapters.sabre.config import SabreConfig
from core.domain.bookings.flight import Cabin, FlightOffer, FlightSearch, Segment
from core.domain.person import PassengerType

CABINS = {
    Cabin.ECONOMY: "Y",
    Cabin.PREMIUM_ECONOMY: "S",
    Cabin.BUSINESS: "C",
    Cabin.FIRST: "F",
}
MOST = "50ITINS"
Asked = dict[str, Any]


def request(search: FlightSearch, config: SabreConfig) -> bytes:
    """Traditional (ATPCO) content only: NDC and LCC offers are booked in another way."""
    legs = [
        {
            "RPH": str(number),
            "DepartureDateTime": f"{bound.date.isoformat()}T00:00:00",
            "OriginLocation": {"LocationCode": bound.origin},
            "DestinationLocation": {"LocationCode": bound.destination},
        }
        for number, bound in enumerate(search.bounds, 1)
    ]
    preferences: Asked = {
        "CabinPref": [{"Cabin": CABINS[search.cabin], "PreferLevel": "Preferred"}],
        "Baggage": {"RequestType": "A"},
        "TPA_Extensions": {
            "NumTrips": {"Number": 50},
            "DataSources": {"NDC": "Disable", "ATPCO": "Enable", "LCC": "Disable"},
        },
    }
    if search.max_stops is not None:
        preferences["MaxStopsQuantity"] = search.max_stops
    return _whole(legs, preferences, search.passengers, config)


def revalidation(offer: FlightOffer, config: SabreConfig) -> bytes:
    """The very flights and booking classes of *offer*, priced as they stand now."""
    legs, start = [], 0
    for number, count in enumerate(offer.bounds, 1):
        flights = offer.segments[start : start + count]
        start += count
        legs.append(_leg(number, flights))
    preferences: Asked = {
        "Baggage": {"RequestType": "A"},
        "TPA_Extensions": {"VerificationItinCallLogic": {"Value": "L"}},
    }
    passengers = {fare.type: fare.count for fare in offer.fares}
    return _whole(legs, preferences, passengers, config)


def _leg(number: int, flights: tuple[Segment, ...]) -> Asked:
    return {
        "RPH": str(number),
        "DepartureDateTime": _moment(flights[0].departs_at),
        "OriginLocation": {"LocationCode": flights[0].origin},
        "DestinationLocation": {"LocationCode": flights[-1].destination},
        "TPA_Extensions": {
            "SegmentType": {"Code": "O"},
            "Flight": [_flight(flight) for flight in flights],
        },
    }


def _flight(flight: Segment) -> Asked:
    return {
        "Number": int(flight.number),
        "DepartureDateTime": _moment(flight.departs_at),
        "ArrivalDateTime": _moment(flight.arrives_at),
        "Type": "A",
        "ClassOfService": flight.rbd,
        "OriginLocation": {"LocationCode": flight.origin},
        "DestinationLocation": {"LocationCode": flight.destination},
        "Airline": {
            "Operating": flight.operated_by or flight.carrier,
            "Marketing": flight.carrier,
        },
    }


def _whole(
    legs: list[Asked],
    preferences: Asked,
    passengers: dict[PassengerType, int],
    config: SabreConfig,
) -> bytes:
    summary: Asked = {
        "SeatsRequested": [seats(passengers.items())],
        "AirTravelerAvail": [
            {
                "PassengerTypeQuantity": [
                    {
                        "Code": type_.value,
                        "Quantity": passengers[type_],
                        "TPA_Extensions": {"VoluntaryChanges": {"Match": "Info"}},
                    }
                    for type_ in PassengerType
                    if type_ in passengers
                ]
            }
        ],
    }
    if config.currency is not None:
        summary["PriceRequestInformation"] = {"CurrencyCode": config.currency}
    source = {
        "PseudoCityCode": config.pcc,
        "RequestorID": {"Type": "1", "ID": "1", "CompanyName": {"Code": "TN"}},
    }
    body = {
        "Version": "5",
        "POS": {"Source": [source]},
        "OriginDestinationInformation": legs,
        "TravelPreferences": preferences,
        "TravelerInfoSummary": summary,
        "TPA_Extensions": {"IntelliSellTransaction": {"RequestType": {"Name": MOST}}},
    }
    return msgspec.json.encode({"OTA_AirLowFareSearchRQ": body})


def seats(passengers: Iterable[tuple[PassengerType, int]]) -> int:
    """Infants sit on a lap."""
    return sum(count for type_, count in passengers if type_ is not PassengerType.INFANT)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")
