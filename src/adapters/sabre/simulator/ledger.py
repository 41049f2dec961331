"""PNRs as the vendor holds them, the seats they take, their tickets, and the queues they wait on.

sold ──► ended ──► ticketed ──► voided | refunded
           │                         │
           ├──► cancelled ◄──────────┘
           └──► HX, past its ticketing limit
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters.sabre.simulator import network, shopping
from adapters.sabre.simulator.network import Dated
from adapters.sabre.simulator.reject import Errors, failed
from adapters.sabre.simulator.selling import Sale

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LIVE = "Not Flown"


class Held:
    """One PNR. booking: what getBooking tells. limit: ticketed by then, or cancelled."""

    def __init__(self, booking: dict[str, Any], sale: Sale, limit: datetime) -> None:
        self.booking = booking
        self.sale = sale
        self.limit = limit
        self.cancelled = False
        self.dearer = False
        self.issued_at: datetime | None = None


class Ledger:
    """zone: of the PCC's city, whose day a ticket may be voided on."""

    def __init__(self, now: Callable[[], datetime], zone: ZoneInfo, pcc: str) -> None:
        self._now = now
        self._zone = zone
        self._pcc = pcc
        self._number = 0
        self._documents = 2_400_000_000
        self.pnrs: dict[str, Held] = {}
        self.sold: Counter[tuple[tuple[str, int, date], str]] = Counter()
        self.queues: dict[int, list[tuple[str, datetime]]] = {}

    def free(self, dated: Dated, rbd: str) -> int:
        return network.SEATS - self.sold[dated.id, rbd]

    def book(self, sale: Sale, *, status: str = "HK") -> str:
        self._number += 1
        locator = self._locator()
        local = self._now().astimezone(self._zone)
        limit = datetime.combine(
            local.date() + timedelta(days=network.TICKET_DAYS), time(23, 59), self._zone
        )
        flights = [
            _flight(n, d, f.rbd, f.cabin, status) for n, (d, f) in enumerate(sale.flights, 1)
        ]
        created = {
            "creationUserSine": "AWS",
            "creationDate": local.date().isoformat(),
            "creationTime": local.strftime("%H:%M"),
            "userWorkPcc": self._pcc,
        }
        booking = {
            "bookingId": locator,
            "isCancelable": True,
            "isTicketed": False,
            "creationDetails": created,
            "travelers": [_traveller(t) for t in sale.travellers],
            "flights": flights,
            "fares": self._fares(sale, created, limit),
            "remarks": [dict(remark) for remark in sale.remarks],
            "specialServices": [s for t in sale.travellers for s in t["specialServices"]],
        }
        self.pnrs[locator] = Held(booking, sale, limit)
        self._seats(self.pnrs[locator], 1)
        if sale.queue is not None:
            self.place(locator, sale.queue)
        return locator

    def told(self, locator: str) -> dict[str, Any]:
        """Without flights once they are cancelled; the signature is of this very state."""
        held = self.held(locator)
        booking = {k: v for k, v in held.booking.items() if v not in ([], None)}
        state = json.dumps(booking, sort_keys=True, default=str).encode()
        return {
            "timestamp": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "bookingSignature": hashlib.sha256(state).hexdigest(),
            **booking,
        }

    def held(self, locator: str) -> Held:
        held = self.pnrs.get(locator)
        if held is None:
            raise Errors("RESOURCE_NOT_FOUND", "BOOKING_NOT_FOUND")
        if self._now() > held.limit and held.issued_at is None and not held.cancelled:
            self.carrier_cancels(locator)
        return held

    def cancel(self, locator: str) -> None:
        held = self.held(locator)
        if held.cancelled:
            raise failed("NOTHING_TO_CANCEL")
        self._seats(held, -1)
        held.cancelled = True
        held.booking["flights"] = []
        held.booking["isCancelable"] = False

    def carrier_cancels(self, locator: str) -> None:
        for flight in self.pnrs[locator].booking["flights"]:
            flight["flightStatusCode"] = "HX"
        self.place(locator, 7)

    def schedule_changes(self, locator: str, minutes: int) -> None:
        flight = self.held(locator).booking["flights"][0]
        flight["flightStatusCode"] = "TK"
        for end in ("departure", "arrival"):
            at = datetime.fromisoformat(f"{flight[f'{end}Date']}T{flight[f'{end}Time']}")
            at += timedelta(minutes=minutes)
            flight[f"updated{end.title()}Date"] = at.date().isoformat()
            flight[f"updated{end.title()}Time"] = at.strftime("%H:%M")
        self.place(locator, 6)

    def issue(self, locator: str, records: list[str]) -> list[dict[str, Any]]:
        held = self.held(locator)
        fares = {f["recordId"]: f for f in held.booking["fares"]}
        if held.issued_at is not None and any(map(_live, held.booking["flightTickets"])):
            raise failed("BOOKING_FULFILLED")
        if held.cancelled or any(f["flightStatusCode"] != "HK" for f in held.booking["flights"]):
            raise failed("UNABLE_TO_FULFILL_UNCONFIRMED_FLIGHTS")
        if sorted(records) != sorted(fares):
            raise failed("PRICE_QUOTE_NOT_FOUND")
        if held.dearer:
            raise failed("PRICE_MISMATCH")
        held.issued_at = self._now()
        tickets = [self._ticket(n, held) for n in range(1, len(held.sale.travellers) + 1)]
        held.booking["flightTickets"] = held.booking.get("flightTickets", []) + tickets
        held.booking["isTicketed"] = True
        return tickets

    def voidable(self, held: Held) -> bool:
        """The day of issue, by the PCC's clock."""
        if held.issued_at is None:
            return False
        day = held.issued_at.astimezone(self._zone).date()
        return self._now().astimezone(self._zone).date() == day

    def documents(self, numbers: list[str]) -> list[tuple[Held, dict[str, Any]]]:
        known = {
            ticket["number"]: (held, ticket)
            for held in self.pnrs.values()
            for ticket in held.booking.get("flightTickets", [])
        }
        if not set(numbers) <= known.keys():
            raise failed("TICKET_NOT_FOUND")
        return [known[number] for number in numbers]

    def end(self, ticket: dict[str, Any], code: str, coupon: str, letter: str) -> None:
        ticket["ticketStatusCode"] = code
        ticket["ticketStatusName"] = "Voided" if code == "OV" else "Refunded/Exchanged"
        for one in ticket["flightCoupons"]:
            one.update(couponStatus=coupon, couponStatusCode=letter)

    def check(self, locator: str) -> list[dict[str, Any]]:
        held = self.held(locator)
        return [
            self._checked(held, ticket)
            for ticket in held.booking.get("flightTickets", [])
            if _live(ticket)
        ]

    def place(self, locator: str, queue: int) -> None:
        self.queues.setdefault(queue, []).append((locator, self._now().astimezone(self._zone)))

    def remove(self, locator: str, queue: int) -> bool:
        waiting = self.queues.get(queue, [])
        kept = [one for one in waiting if one[0] != locator]
        self.queues[queue] = kept
        return len(kept) < len(waiting)

    def _checked(self, held: Held, ticket: dict[str, Any]) -> dict[str, Any]:
        fare = held.sale.fare
        traveller = held.sale.travellers[ticket["travelerIndex"] - 1]
        penalty = next(
            p.get("amount", 0)
            for p in shopping.penalties(fare, traveller["passengerCode"])
            if (p["type"], p["applicability"]) == ("Refund", "Before")
        )
        refundable = fare.refund is not None
        told = {
            "number": ticket["number"],
            "isVoidable": self.voidable(held),
            "isRefundable": refundable,
            "isAutomatedRefundsEligible": refundable,
            "isChangeable": fare.change is not None,
            "ticketStatusCode": ticket["ticketStatusCode"],
        }
        if refundable:
            money = {"currencyCode": shopping.CURRENCY}
            total = max(0, sum(traveller["fare"]) - penalty)
            told["refundTotals"] = {"total": f"{total}", **money}
            told["refundPenalties"] = [
                {
                    "applicability": "BEFORE_DEPARTURE",
                    "conditionsApply": False,
                    "penalty": {"amount": f"{penalty}", **money},
                }
            ]
        return told

    def _ticket(self, traveller: int, held: Held) -> dict[str, Any]:
        self._documents += 1
        code = network.TICKET_CODES[held.sale.carrier]
        base, taxes = held.sale.travellers[traveller - 1]["fare"]
        return {
            "number": f"{code}{self._documents}",
            "date": self._now().astimezone(self._zone).date().isoformat(),
            "airlineCode": held.sale.carrier,
            "travelerIndex": traveller,
            "flightCoupons": [
                {"itemId": f["itemId"], "couponStatus": LIVE, "couponStatusCode": "I"}
                for f in held.booking["flights"]
            ],
            "payment": {"total": f"{base + taxes}", "currencyCode": shopping.CURRENCY},
            "ticketStatusName": "Issued",
            "ticketStatusCode": "TE",
            "ticketingPcc": self._pcc,
        }

    def _fares(self, sale: Sale, created: dict[str, Any], limit: datetime) -> list[dict[str, Any]]:
        returns = len(sale.flights) > 1 and (
            sale.flights[0][0].flight.origin == sale.flights[-1][0].flight.destination
        )
        basis = network.fare_basis(sale.fare, sale.carrier, returns=returns)
        types = dict.fromkeys(t["passengerCode"] for t in sale.travellers)
        found = []
        for record, type_ in enumerate(types, 1):
            here = [n for n, t in enumerate(sale.travellers, 1) if t["passengerCode"] == type_]
            base, taxes = sale.travellers[here[0] - 1]["fare"]
            found.append(
                {
                    "recordId": str(record),
                    "recordTypeCode": "PQ",
                    "recordTypeName": "Price Quote",
                    "pricingStatusCode": "A",
                    "pricingStatusName": "Active",
                    "airlineCode": sale.carrier,
                    "travelerIndices": here,
                    "creationDetails": {
                        **created,
                        "purchaseDeadlineDate": limit.date().isoformat(),
                        "purchaseDeadlineTime": limit.strftime("%H:%M"),
                    },
                    "fareConstruction": [
                        {
                            "flights": [
                                {"itemId": str(n)} for n in range(1, len(sale.flights) + 1)
                            ],
                            "fareBasisCode": basis,
                        }
                    ],
                    "totals": {
                        "subtotal": f"{base}",
                        "taxes": f"{taxes}",
                        "total": f"{base + taxes}",
                        "currencyCode": shopping.CURRENCY,
                    },
                    "hasValidPricing": True,
                }
            )
        return found

    def _seats(self, held: Held, sign: int) -> None:
        taken = sum(t["passengerCode"] != "INF" for t in held.sale.travellers)
        for dated, fare in held.sale.flights:
            self.sold[dated.id, fare.rbd] += sign * taken

    def _locator(self) -> str:
        number, letters = self._number * 7_919_311, ""
        for _ in range(6):
            number, digit = divmod(number, 26)
            letters += LETTERS[digit]
        return letters


def _live(ticket: dict[str, Any]) -> bool:
    return any(coupon["couponStatus"] == LIVE for coupon in ticket["flightCoupons"])


def _traveller(traveller: dict[str, Any]) -> dict[str, Any]:
    kept = ("givenName", "surname", "passengerCode", "type", "birthDate")
    return {name: traveller[name] for name in kept if name in traveller}


def _flight(number: int, dated: Dated, rbd: str, cabin: str, status: str) -> dict[str, Any]:
    flight = dated.flight
    return {
        "itemId": str(number),
        "confirmationId": f"{flight.carrier}{number}XYZ",
        "sourceType": "ATPCO",
        "flightNumber": flight.number,
        "airlineCode": flight.carrier,
        "operatingAirlineCode": flight.operating,
        "operatingFlightNumber": flight.number,
        "fromAirportCode": flight.origin,
        "toAirportCode": flight.destination,
        "departureDate": dated.departs.date().isoformat(),
        "departureTime": dated.departs.strftime("%H:%M:%S"),
        "arrivalDate": dated.arrives.date().isoformat(),
        "arrivalTime": dated.arrives.strftime("%H:%M:%S"),
        "bookingClass": rbd,
        "cabinTypeCode": cabin,
        "flightStatusCode": status,
        "flightStatusName": "Confirmed",
    }
