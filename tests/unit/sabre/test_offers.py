"""Itineraries → offers: the traps of dates, amounts, passengers and penalties."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.sabre.mapping import offers
from core.domain.bookings.flight import Cabin, FlightOffer
from core.domain.money import Money
from core.domain.person import PassengerType

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PLACE = offers.Place("con_test", ZoneInfo("Asia/Jakarta"), NOW)
PENALTY = {"type": "Refund", "applicability": "Before", "refundable": True, "amount": 25.5}
ANSWER: dict[str, Any] = {
    "messages": [],
    "scheduleDescs": [
        {
            "id": 11,
            "departure": {"airport": "CGK", "time": "23:30:00+07:00"},
            "arrival": {"airport": "AUH", "time": "05:10:00+04:00", "dateAdjustment": 1},
            "carrier": {"marketing": "EY", "marketingFlightNumber": 475, "operating": "EY"},
        },
        {
            "id": 12,
            "departure": {"airport": "AUH", "time": "01:20:00+04:00"},
            "arrival": {"airport": "JED", "time": "03:00:00+03:00"},
            "carrier": {"marketing": "EY", "marketingFlightNumber": 311, "operating": "SV"},
        },
    ],
    "legDescs": [{"id": 7, "schedules": [{"ref": 11}, {"ref": 12, "departureDateAdjustment": 2}]}],
    "fareComponentDescs": [{"id": 3, "fareBasisCode": "KOWFEYID", "governingCarrier": "EY"}],
    "baggageAllowanceDescs": [{"id": 1, "pieceCount": 2}],
    "itineraryGroups": [
        {
            "groupDescription": {"legDescriptions": [{"departureDate": "2027-02-10"}]},
            "itineraries": [
                {
                    "id": 1,
                    "legs": [{"ref": 7}],
                    "pricingInformation": [
                        {
                            "fare": {
                                "validatingCarrierCode": "EY",
                                "lastTicketDate": "2026-11-25",
                                "lastTicketTime": "23:59",
                                "passengerInfoList": [
                                    {
                                        "passengerInfo": {
                                            "passengerType": "ADT",
                                            "passengerNumber": 2,
                                            "nonRefundable": False,
                                            "fareComponents": [
                                                {
                                                    "ref": 3,
                                                    "beginAirport": "CGK",
                                                    "endAirport": "JED",
                                                    "segments": [
                                                        {"segment": {"bookingCode": "K"}},
                                                        {
                                                            "segment": {
                                                                "bookingCode": "C",
                                                                "cabinCode": "C",
                                                            }
                                                        },
                                                    ],
                                                }
                                            ],
                                            "passengerTotalFare": {
                                                "totalFare": 500.1,
                                                "totalTaxAmount": 100.05,
                                                "currency": "USD",
                                                "baseFareAmount": 6_000_000,
                                                "baseFareCurrency": "IDR",
                                            },
                                            "penaltiesInfo": {
                                                "penalties": [{**PENALTY, "currency": "USD"}]
                                            },
                                            "baggageInformation": [
                                                {
                                                    "provisionType": "A",
                                                    "segments": [{"id": 0}, {"id": 1}],
                                                    "allowance": {"ref": 1},
                                                }
                                            ],
                                        }
                                    }
                                ],
                                "totalFare": {"totalPrice": 1000.2, "currency": "USD"},
                            }
                        }
                    ],
                }
            ],
        }
    ],
}


def read(answer: dict[str, Any] = ANSWER) -> offers.Found:
    return offers.read(json.dumps({"groupedItineraryResponse": answer}).encode(), PLACE)


def one(answer: dict[str, Any] = ANSWER) -> FlightOffer:
    (offer,) = read(answer).offers
    return offer


def changed(change: str) -> dict[str, Any]:
    """The answer after *change* was run on it: g the answer, f its fare, p its passenger."""
    g = copy.deepcopy(ANSWER)
    f = g["itineraryGroups"][0]["itineraries"][0]["pricingInformation"][0]["fare"]
    p = f["passengerInfoList"][0]["passengerInfo"]
    exec(change, {"g": g, "f": f, "p": p})  # noqa: S102  the changes stand in this file
    return g


def test_a_flight_after_midnight_leaves_on_its_own_day() -> None:
    first, second = one().segments
    assert first.departs_at.isoformat() == "2027-02-10T23:30:00"
    assert first.arrives_at.isoformat() == "2027-02-11T05:10:00"
    assert second.departs_at.isoformat() == "2027-02-12T01:20:00"
    assert second.arrives_at.isoformat() == "2027-02-12T03:00:00"
    assert (first.operated_by, second.operated_by) == ("", "SV")
    assert (first.cabin, second.cabin) == (Cabin.ECONOMY, Cabin.BUSINESS)
    assert (first.rbd, second.rbd, first.baggage) == ("K", "C", "2 PC")


def test_amounts_are_those_sold_in_not_those_filed_in() -> None:
    offer = one()
    assert offer.price.net == Money(1000_20, "USD")
    (fare,) = offer.fares
    assert (fare.type, fare.count) == (PassengerType.ADULT, 2)
    assert (fare.base, fare.taxes) == (Money(400_05, "USD"), Money(100_05, "USD"))
    assert offer.price.taxes[0].amount == Money(200_10, "USD")


def test_limits_are_the_agencys_own_time() -> None:
    assert one().ticket_by == datetime(2026, 11, 25, 16, 59, tzinfo=UTC)
    by_day = changed("del f['lastTicketTime']")
    assert one(by_day).ticket_by == datetime(2026, 11, 25, 16, 59, tzinfo=UTC)
    assert one(changed("del f['lastTicketDate']")).ticket_by is None


def test_a_refund_costs_its_penalty_for_everybody_until_departure_then_all() -> None:
    policy = one().cancellation
    assert policy.fee_at(NOW, "USD") == Money(51_00, "USD")
    departs = datetime(2027, 2, 10, 16, 30, tzinfo=UTC)
    assert policy.fee_at(departs - timedelta(minutes=1), "USD") == Money(51_00, "USD")
    assert policy.fee_at(departs, "USD") == Money(1000_20, "USD")


@pytest.mark.parametrize(
    ("change", "refundable"),
    [
        ("p['penaltiesInfo'] = {}", None),
        ("p['penaltiesInfo'] = {}; p['nonRefundable'] = True", False),
        ("p['penaltiesInfo']['penalties'][0]['refundable'] = False", False),
        ("p['penaltiesInfo']['penalties'][0]['currency'] = 'EUR'", True),
    ],
)
def test_what_is_not_said_in_our_currency_costs_everything(
    change: str, refundable: bool | None
) -> None:
    offer = one(changed(change))
    assert offer.refundable is refundable
    assert offer.cancellation.fee_at(NOW, "USD") == offer.price.net


def test_its_fare_travels_in_its_source() -> None:
    (source,) = one().source
    assert offers.component(source) == ("CGK", "JED", "EY", "KOWFEYID", 0, 1)
    for wrong in ("", "a|b", "a|b|c|d|x|1"):
        with pytest.raises(ValueError):
            offers.component(wrong)


@pytest.mark.parametrize(
    "change",
    [
        "f['totalFare']['totalPrice'] = 1000.21",
        "p['fareComponents'][0]['segments'].pop()",
        "p['fareComponents'][0]['ref'] = 99",
        "g['legDescs'] = []",
        "g['itineraryGroups'][0]['groupDescription']['legDescriptions'] = []",
        "p['passengerType'] = 'CNN'",
        "p['passengerTotalFare']['currency'] = 'ABC'",
        "p['passengerTotalFare']['totalFare'] = 500.123",
        "g['scheduleDescs'][0]['departure']['time'] = 'noon'",
        "p['fareComponents'][0]['segments'][0]['segment']['cabinCode'] = '?'",
    ],
)
def test_an_itinerary_that_contradicts_itself_spoils_no_other(change: str) -> None:
    g = changed(change)
    found = read(g)
    assert (found.offers, found.unreadable) == ((), 1)
    if "legDescs" not in change and "g[" not in change:
        whole = ANSWER["itineraryGroups"][0]["itineraries"][0]
        g["itineraryGroups"][0]["itineraries"].append(copy.deepcopy(whole))
        assert read(g).unreadable == 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [("NO FARES/RBD/CARRIER", ""), ("COMMUNICATION FAILED", "PROCESS"), ("", "PROCESS")],
)
def test_having_found_nothing_is_not_having_failed(words: str, fault: str) -> None:
    error = {"severity": "Error", "type": "MIP", "code": "PROCESS", "text": words}
    assert read({"messages": [error]}) == offers.Found((), 0, fault)
