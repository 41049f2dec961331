"""Shopping and revalidating: grouped itineraries, described once and referred to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise, product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from adapters.sabre.simulator import network
from adapters.sabre.simulator.network import Dated, Fare
from adapters.sabre.simulator.reading import Fields
from adapters.sabre.simulator.reject import bad

CURRENCY = "IDR"
TYPES = ("ADT", "CNN", "INF")
Free = Callable[[Dated, str], int]


class Asked(NamedTuple):
    """party: count by passenger type. cabin: Y, S, C, F. stops: of each leg."""

    party: dict[str, int]
    legs: list[Fields]
    cabin: str
    stops: int

    @property
    def seats(self) -> int:
        return self.party["ADT"] + self.party.get("CNN", 0)


def read(body: Fields, pcc: str, *, exact: bool) -> Asked:
    """exact: a revalidation, whose legs name their flights."""
    whole = body.inside("OTA_AirLowFareSearchRQ")
    body.done()
    whole.one_of("Version", ("4", "5"))
    _source(whole.inside("POS"), pcc)
    legs = whole.parts("OriginDestinationInformation", 1, 6)
    cabin, stops = _preferences(whole.inside("TravelPreferences"), exact=exact)
    party = _party(whole.inside("TravelerInfoSummary"))
    kind = whole.inside("TPA_Extensions", "IntelliSellTransaction", "RequestType")
    kind.one_of("Name", ("50ITINS", "100ITINS", "200ITINS"))
    whole.done()
    return Asked(party, legs, cabin, stops)


def _source(pos: Fields, pcc: str) -> None:
    source = pos.parts("Source", 1, 1)[0]
    if source.text("PseudoCityCode") != pcc:
        raise bad("INVALID_PCC")
    requestor = source.inside("RequestorID")
    requestor.one_of("Type", ("1",))
    requestor.one_of("ID", ("1",))
    requestor.inside("CompanyName").one_of("Code", ("TN",))
    source.done()


def _preferences(wanted: Fields, *, exact: bool) -> tuple[str, int]:
    cabin, stops = "Y", 2
    if not exact:
        pref = wanted.parts("CabinPref", 1, 1)[0]
        cabin = pref.one_of("Cabin", ("Y", "S", "C", "F"))
        pref.one_of("PreferLevel", ("Preferred", "Only"))
    if wanted.has("MaxStopsQuantity"):
        stops = wanted.number("MaxStopsQuantity", 0, 3)
    wanted.inside("Baggage").one_of("RequestType", ("A",))
    extensions = wanted.inside("TPA_Extensions")
    if exact:
        extensions.inside("VerificationItinCallLogic").one_of("Value", ("L", "B", "M"))
    else:
        extensions.inside("NumTrips").number("Number", 1, 200)
        sources = extensions.inside("DataSources")
        for name in ("NDC", "ATPCO", "LCC"):
            sources.one_of(name, ("Enable", "Disable"))
        sources.done()
    extensions.done()
    wanted.done()
    return cabin, stops


def _party(summary: Fields) -> dict[str, int]:
    seats = summary.rows("SeatsRequested", 1, 1)[0]
    party: dict[str, int] = {}
    for row in summary.parts("AirTravelerAvail", 1, 1)[0].parts("PassengerTypeQuantity", 1, 9):
        type_ = row.one_of("Code", TYPES)
        party[type_] = row.number("Quantity", 1, 9)
        row.inside("TPA_Extensions", "VoluntaryChanges").one_of("Match", ("Info", "All"))
        row.done()
    if summary.has("PriceRequestInformation"):
        summary.inside("PriceRequestInformation").one_of("CurrencyCode", (CURRENCY,))
    summary.done()
    if "ADT" not in party or seats != party["ADT"] + party.get("CNN", 0):
        raise bad("INVALID_SEATS_REQUESTED")
    if party.get("INF", 0) > party["ADT"]:
        raise bad("INFANTS_EXCEED_ADULTS")
    return party


def shop(asked: Asked, free: Free, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    wanted = [_leg(leg) for leg in asked.legs]
    ways = [list(network.journeys(o, d, on, asked.stops)) for o, d, on in wanted]
    families = network.BUSINESS if asked.cabin in ("C", "F") else network.ECONOMY
    answer = Answer([on for _, _, on in wanted], asked, now, zone)
    for chosen in product(*ways):
        if len({leg[0].flight.carrier for leg in chosen}) > 1 or not _in_order(chosen, now):
            continue
        for fare in families:
            if all(free(d, fare.rbd) >= asked.seats for leg in chosen for d in leg):
                answer.add(chosen, fare)
    return answer.document()


def revalidate(
    asked: Asked, free: Free, now: datetime, zone: ZoneInfo, *, dearer: float
) -> dict[str, Any]:
    chosen, rbds = [], set()
    for leg in asked.legs:
        leg.text("RPH")
        leg.moment("DepartureDateTime")
        leg.drop("OriginLocation", "DestinationLocation")
        extensions = leg.inside("TPA_Extensions")
        leg.done()
        extensions.inside("SegmentType").one_of("Code", ("O",))
        found = [_exact(flight) for flight in extensions.parts("Flight", 1, 6)]
        extensions.done()
        rbds |= {rbd for _, rbd in found}
        chosen.append([dated for dated, _ in found])
    answer = Answer([leg[0].departs.date() for leg in chosen if leg[0]], asked, now, zone, dearer)
    flights = [dated for leg in chosen for dated in leg]
    fare = network.BY_RBD.get(next(iter(rbds)))
    if len(rbds) == 1 and fare and all(d and free(d, fare.rbd) >= asked.seats for d in flights):
        answer.add([[d for d in leg if d] for leg in chosen], fare)
    return answer.document()


def _leg(leg: Fields) -> tuple[str, str, date]:
    leg.text("RPH")
    on = leg.moment("DepartureDateTime").date()
    origin = leg.inside("OriginLocation").text("LocationCode", 3, 3)
    destination = leg.inside("DestinationLocation").text("LocationCode", 3, 3)
    leg.done()
    return origin, destination, on


def _exact(flight: Fields) -> tuple[Dated | None, str]:
    departs = flight.moment("DepartureDateTime")
    flight.moment("ArrivalDateTime")
    flight.one_of("Type", ("A",))
    airline = flight.inside("Airline")
    airline.text("Operating", 2, 2)
    found = network.find(
        airline.text("Marketing", 2, 2),
        flight.number("Number", 1, 9999),
        flight.inside("OriginLocation").text("LocationCode", 3, 3),
        flight.inside("DestinationLocation").text("LocationCode", 3, 3),
        departs.date(),
    )
    rbd = flight.text("ClassOfService", 1, 1)
    flight.done()
    right = found is not None and found.departs.replace(tzinfo=None) == departs
    return (found if right else None), rbd


def _in_order(legs: Sequence[Sequence[Dated]], now: datetime) -> bool:
    flights = [dated for leg in legs for dated in leg]
    follow = all(a.arrives < b.departs for a, b in pairwise(flights))
    return follow and flights[0].departs > now


class Answer:
    """What is said twice is said once, and referred to by its id, from 1."""

    def __init__(
        self, dates: list[date], asked: Asked, now: datetime, zone: ZoneInfo, dearer: float = 0.0
    ) -> None:
        self._dates = dates
        self._asked = asked
        self._limit = (now.astimezone(zone) + timedelta(days=network.TICKET_DAYS)).date()
        self._dearer = dearer
        self._descs: dict[str, list[dict[str, Any]]] = {
            "scheduleDescs": [],
            "legDescs": [],
            "fareComponentDescs": [],
            "baggageAllowanceDescs": [],
        }
        self._itineraries: list[dict[str, Any]] = []
        self._ends: dict[int, tuple[str, str]] = {}

    def add(self, legs: Sequence[Sequence[Dated]], fare: Fare) -> None:
        returns = len(legs) == 2
        infos = [self._info(type_, legs, fare, returns=returns) for type_ in self._asked.party]
        total = sum(i["passengerTotalFare"]["totalFare"] * i["passengerNumber"] for i in infos)
        taxes = sum(i["passengerTotalFare"]["totalTaxAmount"] * i["passengerNumber"] for i in infos)
        self._itineraries.append(
            {
                "id": len(self._itineraries) + 1,
                "pricingSource": "ADVJR1",
                "legs": [{"ref": self._leg(leg)} for leg in legs],
                "pricingInformation": [
                    {
                        "pricingSubsource": "MIP",
                        "fare": {
                            "validatingCarrierCode": legs[0][0].flight.carrier,
                            "vita": True,
                            "eTicketable": True,
                            "lastTicketDate": self._limit.isoformat(),
                            "lastTicketTime": "23:59",
                            "passengerInfoList": [{"passengerInfo": info} for info in infos],
                            "totalFare": {
                                "totalPrice": total,
                                "totalTaxAmount": taxes,
                                "currency": CURRENCY,
                            },
                        },
                    }
                ],
            }
        )

    def document(self) -> dict[str, Any]:
        messages = [{"severity": "Info", "type": "SERVER", "code": "SIMULATED", "text": "1"}]
        if not self._itineraries:
            none = "NO FARES/RBD/CARRIER"
            messages.append({"severity": "Error", "type": "MIP", "code": "PROCESS", "text": none})
        described = [{"departureDate": on.isoformat()} for on in self._dates]
        group = {
            "groupDescription": {"legDescriptions": described},
            "itineraries": self._itineraries,
        }
        return {
            "groupedItineraryResponse": {
                "version": "5",
                "messages": messages,
                "statistics": {"itineraryCount": len(self._itineraries)},
                **self._descs,
                "itineraryGroups": [group] if self._itineraries else [],
            }
        }

    def _described(self, name: str, desc: dict[str, Any]) -> int:
        known = self._descs[name]
        for held in known:
            if {k: v for k, v in held.items() if k != "id"} == desc:
                return int(held["id"])
        known.append({"id": len(known) + 1, **desc})
        return len(known)

    def _leg(self, leg: Sequence[Dated]) -> int:
        first = leg[0].departs.date()
        schedules = []
        for dated in leg:
            ref = {"ref": self._described("scheduleDescs", _schedule(dated))}
            days = (dated.departs.date() - first).days
            schedules.append({**ref, "departureDateAdjustment": days} if days else ref)
        return self._described("legDescs", {"elapsedTime": 0, "schedules": schedules})

    def _info(
        self, type_: str, legs: Sequence[Sequence[Dated]], fare: Fare, *, returns: bool
    ) -> dict[str, Any]:
        base, taxes = network.price(fare, type_)
        base = int(base * len(legs) * (1 + self._dearer / 100))
        taxes *= len(legs)
        components = []
        for leg in legs:
            basis = network.fare_basis(fare, leg[0].flight.carrier, returns=returns)
            desc = {
                "fareBasisCode": basis,
                "governingCarrier": leg[0].flight.carrier,
                "farePassengerType": type_,
            }
            seat = {"bookingCode": fare.rbd, "cabinCode": fare.cabin, "seatsAvailable": 9}
            components.append(
                {
                    "ref": self._described("fareComponentDescs", desc),
                    "beginAirport": leg[0].flight.origin,
                    "endAirport": leg[-1].flight.destination,
                    "segments": [{"segment": seat} for _ in leg],
                }
            )
        bag = {"pieceCount": 1} if type_ == "INF" else {"weight": 30, "unit": "kg"}
        flights = sum(len(leg) for leg in legs)
        return {
            "passengerType": type_,
            "passengerNumber": self._asked.party[type_],
            "nonRefundable": fare.refund is None,
            "fareComponents": components,
            "passengerTotalFare": {
                "totalFare": base + taxes,
                "totalTaxAmount": taxes,
                "currency": CURRENCY,
                "baseFareAmount": base,
                "baseFareCurrency": CURRENCY,
                "equivalentAmount": base,
                "equivalentCurrency": CURRENCY,
            },
            "penaltiesInfo": {"penalties": penalties(fare, type_)},
            "baggageInformation": [
                {
                    "provisionType": "A",
                    "airlineCode": legs[0][0].flight.carrier,
                    "segments": [{"id": n} for n in range(flights)],
                    "allowance": {"ref": self._described("baggageAllowanceDescs", bag)},
                }
            ],
        }


def penalties(fare: Fare, type_: str) -> list[dict[str, Any]]:
    part = 10 if type_ == "INF" else 1
    found: list[dict[str, Any]] = []
    for kind, may, amount in (
        ("Exchange", "changeable", fare.change),
        ("Refund", "refundable", fare.refund),
    ):
        for applicability, times in (("Before", 1), ("After", 2)):
            row: dict[str, Any] = {"type": kind, "applicability": applicability}
            row[may] = amount is not None
            if amount is not None:
                row |= {"amount": amount * times // part, "currency": CURRENCY}
            found.append(row)
    return found


def _schedule(dated: Dated) -> dict[str, Any]:
    flight = dated.flight
    days = (dated.arrives.date() - dated.departs.date()).days
    arrival = {"airport": flight.destination, "time": dated.arrives.timetz().isoformat()}
    return {
        "stopCount": 0,
        "eTicketable": True,
        "departure": {"airport": flight.origin, "time": dated.departs.isoformat()[11:]},
        "arrival": {
            **arrival,
            "time": dated.arrives.isoformat()[11:],
            **({"dateAdjustment": days} if days else {}),
        },
        "carrier": {
            "marketing": flight.carrier,
            "marketingFlightNumber": flight.number,
            "operating": flight.operating,
            "operatingFlightNumber": flight.number,
        },
    }
