"""Bookings and what they leave free. A client reference is kept and searched for, never unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.hotelbeds.simulator import prices
from adapters.hotelbeds.simulator.hotels import Hotel, RoomType
from adapters.hotelbeds.simulator.prices import CURRENCY, cents
from adapters.hotelbeds.simulator.ratekeys import Offered
from adapters.hotelbeds.simulator.reading import Fields, query_day, query_number
from adapters.hotelbeds.simulator.reject import Rejection, invalid, product
from adapters.hotelbeds.simulator.selling import COMMENT, about

Paxes = list[dict[str, Any]]


class Ledger:
    def __init__(self) -> None:
        self.bookings: dict[str, dict[str, Any]] = {}
        self._of: dict[str, list[Offered]] = {}
        self._sold: Counter[tuple[int, str, date]] = Counter()
        self._number = 5_000_000

    def free(self, hotel: Hotel, room: RoomType, nights: Iterable[date]) -> int:
        return room.allotment - max(
            (self._sold[hotel.code, room.code, night] for night in nights), default=0
        )

    def under(self, client_reference: str) -> list[dict[str, Any]]:
        return [b for b in self.bookings.values() if b["clientReference"] == client_reference]

    def book(
        self,
        request: dict[str, Any],
        rooms: Sequence[tuple[Offered, Paxes]],
        *,
        now: datetime,
        status: str,
        dearer: Decimal | None,
    ) -> dict[str, Any]:
        """tolerance: without it a dearer price is simply taken."""
        fields = Fields(request, "")
        holder = _holder(fields.inside("holder"))
        client_reference = fields.text("clientReference", 1, 20)
        remark = fields.maybe_text("remark")
        tolerance = fields.decimal("tolerance", 0, 100) if fields.has("tolerance") else None
        fields.drop("language", "rooms")
        fields.done()
        if dearer is not None and tolerance is not None and (dearer - 1) * 100 > tolerance:
            raise product("Price has changed: the difference exceeds the allowed tolerance")
        if dearer is not None:
            rooms = [(o._replace(net=cents(o.net * dearer)), paxes) for o, paxes in rooms]
        self._take([offered for offered, _ in rooms])
        self._number += 1
        reference = f"102-{self._number}"
        booking = {
            "reference": reference,
            "clientReference": client_reference,
            "creationDate": now.date().isoformat(),
            "status": status,
            "creationUser": "simulated",
            "holder": holder,
            **({"remark": remark} if remark else {}),
        }
        self._of[reference] = [offered for offered, _ in rooms]
        self.bookings[reference] = booking
        self._fill(booking, [paxes for _, paxes in rooms], now)
        return booking

    def listed(self, query: Mapping[str, str]) -> dict[str, Any]:
        first, last = query_number(query, "from"), query_number(query, "to")
        start, end = query_day(query, "start"), query_day(query, "end")
        wanted, status = query.get("clientReference"), query.get("status", "ALL")
        by = "creationDate" if query.get("filterType") == "CREATION" else "checkIn"
        if end < start or last < first or status not in ("ALL", "CONFIRMED", "CANCELLED"):
            raise invalid("Error at the list's parameters")
        rows = [
            _row(booking)
            for booking in self.bookings.values()
            if wanted in (None, booking["clientReference"])
            and status in ("ALL", booking["status"])
            and start <= date.fromisoformat(booking.get(by) or booking["hotel"][by]) <= end
        ]
        return {"bookings": {"bookings": rows[first - 1 : last]}}

    def booking(self, reference: str) -> dict[str, Any]:
        try:
            return self.bookings[reference]
        except KeyError:
            raise Rejection(404, "INVALID_DATA", "Booking not found") from None

    def cancel(self, reference: str, *, really: bool, now: datetime) -> dict[str, Any]:
        booking = self.booking(reference)
        if booking["status"] == "CANCELLED":
            raise product(f"The booking {reference} is already cancelled")
        fee = sum((_fee(room, now) for room in booking["hotel"]["rooms"]), Decimal(0))
        hotel = {**booking["hotel"], "cancellationAmount": float(fee), "totalNet": str(fee)}
        gone = {
            **booking,
            "status": "CANCELLED",
            "cancellationReference": f"X{reference[-6:]}",
            "modificationPolicies": {"cancellation": False, "modification": False},
            "hotel": hotel,
            "totalNet": float(fee),
        }
        if really:
            self._release(self._of[reference])
            self.bookings[reference] = gone
        return gone

    def change(self, reference: str, request: dict[str, Any], *, now: datetime) -> dict[str, Any]:
        """New dates and names for the same rooms and parties, at the price of the new dates."""
        before = self.booking(reference)
        fields = Fields(request, "")
        mode, wanted = fields.text("mode"), fields.inside("booking")
        fields.drop("language")
        fields.done()
        if mode not in ("UPDATE", "SIMULATION"):
            raise invalid("Error at property mode")
        if not before["modificationPolicies"]["modification"]:
            raise product("The booking allows no modification")
        if wanted.text("reference") != reference:
            raise invalid("Error at property booking.reference")
        holder, hotel = _holder(wanted.inside("holder")), wanted.inside("hotel")
        came, left = hotel.day("checkIn"), hotel.day("checkOut")
        if came < now.date() or not 1 <= (left - came).days <= 30:
            raise invalid("Error at property booking.hotel: dates")
        paxes = [_renamed(room, old) for room, old in self._pairs(hotel.rows("rooms"), before)]
        moved = [_moved(offered, came, left) for offered in self._of[reference]]
        after = {**before, "holder": holder}
        if mode == "UPDATE":
            self._swap(self._of[reference], moved)
            self._of[reference] = moved
            self.bookings[reference] = after
            self._fill(after, paxes, now)
        return after

    def _pairs(self, rooms: list[Any], before: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
        booked = before["hotel"]["rooms"]
        if len(rooms) != len(booked):
            raise invalid("Error at property booking.hotel.rooms: other rooms than booked")
        return zip(rooms, booked, strict=True)

    def _swap(self, old: Sequence[Offered], new: Sequence[Offered]) -> None:
        self._release(old)
        try:
            self._take(new)
        except Rejection:
            self._hold(old, 1)
            raise

    def _take(self, offered: Sequence[Offered]) -> None:
        wanted = Counter[tuple[int, str]]()
        for one in offered:
            wanted[one.hotel.code, one.room.code] += one.party.rooms
            if self.free(one.hotel, one.room, one.nights) < wanted[one.hotel.code, one.room.code]:
                raise product("Insufficient allotment")
        self._hold(offered, 1)

    def _release(self, offered: Sequence[Offered]) -> None:
        self._hold(offered, -1)

    def _hold(self, offered: Sequence[Offered], sign: int) -> None:
        for one in offered:
            for night in one.nights:
                self._sold[one.hotel.code, one.room.code, night] += sign * one.party.rooms

    def _fill(self, booking: dict[str, Any], paxes: Sequence[Paxes], now: datetime) -> None:
        """What the booked rates make of it: hotel, rooms, totals."""
        offered = self._of[booking["reference"]]
        total = sum((one.net for one in offered), Decimal(0))
        fixed = any(one.rate_class == "NRF" for one in offered)
        rooms = [
            _room(number, one, party, booking["status"], now)
            for number, (one, party) in enumerate(zip(offered, paxes, strict=True), 1)
        ]
        booking["modificationPolicies"] = {"cancellation": True, "modification": not fixed}
        booking["hotel"] = {
            **about(offered[0].hotel),
            "checkIn": offered[0].check_in.isoformat(),
            "checkOut": offered[0].check_out.isoformat(),
            "rooms": rooms,
            "totalNet": str(total),
            "currency": CURRENCY,
        }
        booking |= {"totalNet": float(total), "pendingAmount": float(total), "currency": CURRENCY}


def rooms_of(request: dict[str, Any]) -> list[tuple[str, Paxes]]:
    """Rate keys and the guests under them, not yet checked against each other."""
    found = []
    for row in Fields(request, "").rows("rooms", 1, 9):
        room = Fields(row, "rooms")
        key, paxes = room.text("rateKey", 1, 1000), room.maybe_rows("paxes")
        room.done()
        found.append((key, [_pax(Fields(pax, "paxes")) for pax in paxes]))
    return found


def check_paxes(offered: Offered, paxes: Paxes) -> None:
    """Every room of the rate has the party it was priced for."""
    wanted = ["AD"] * offered.party.adults + [f"CH{age}" for age in offered.party.ages]
    for number in range(1, offered.party.rooms + 1):
        here = [p for p in paxes if p["roomId"] == number]
        given = [p["type"] + (str(p["age"]) if p["type"] == "CH" else "") for p in here]
        if sorted(given) != sorted(wanted):
            raise invalid(f"Error at property paxes: room {number} was priced for {wanted}")
    if len(paxes) != offered.party.rooms * len(wanted):
        raise invalid("Error at property paxes: a room that was not asked for")
    if not any("name" in p for p in paxes):
        raise invalid("Error at property paxes: no name")


def _pax(fields: Fields) -> dict[str, Any]:
    pax: dict[str, Any] = {"roomId": fields.number("roomId", 1, 9), "type": fields.text("type")}
    if pax["type"] not in ("AD", "CH"):
        raise invalid("Error at property paxes.type")
    if fields.has("age") or pax["type"] == "CH":
        pax["age"] = fields.number("age", 0, 99)
    for part in ("name", "surname"):
        if fields.has(part):
            pax[part] = fields.text(part, 1, 50)
    fields.done()
    return pax


def _holder(fields: Fields) -> dict[str, str]:
    holder = {"name": fields.text("name", 1, 50), "surname": fields.text("surname", 1, 50)}
    fields.done()
    return {part: text.upper() for part, text in holder.items()}


def _renamed(room: Any, booked: dict[str, Any]) -> Paxes:
    paxes = [_pax(Fields(p, "paxes")) for p in Fields(room, "rooms").rows("paxes")]
    if sorted(map(_party, paxes)) != sorted(map(_party, booked["paxes"])):
        raise invalid("Error at property paxes: another party than was booked")
    return paxes


def _party(pax: dict[str, Any]) -> tuple[int, str, int]:
    return pax["roomId"], pax["type"], pax.get("age", 0) if pax["type"] == "CH" else 0


def _moved(offered: Offered, came: date, left: date) -> Offered:
    moved = offered._replace(check_in=came, check_out=left)
    if (came, left) == (offered.check_in, offered.check_out):
        return moved
    plan = offered.board, offered.rate_class
    return moved._replace(
        net=prices.stay_price(moved.hotel, moved.room, *plan, moved.nights, moved.party)
    )


def _room(
    number: int, offered: Offered, paxes: Paxes, status: str, now: datetime
) -> dict[str, Any]:
    party = offered.party
    rate = {
        "rateClass": offered.rate_class,
        "net": str(offered.net),
        "rateComments": COMMENT,
        "paymentType": "AT_HOTEL" if offered.hotel.at_hotel else "AT_WEB",
        "packaging": False,
        "boardCode": offered.board,
        "boardName": prices.BOARD_NAMES[offered.board],
        "cancellationPolicies": prices.policies(
            offered.hotel, offered.rate_class, offered.check_in, offered.net, now.date()
        ),
        "rooms": party.rooms,
        "adults": party.adults,
        "children": len(party.ages),
    }
    room = {"code": offered.room.code, "name": offered.room.name}
    return {"status": status, "id": number, **room, "paxes": paxes, "rates": [rate]}


def _row(booking: dict[str, Any]) -> dict[str, Any]:
    """A list tells less than a detail."""
    whole = ("reference", "clientReference", "creationDate", "status", "creationUser", "holder")
    hotel = {n: booking["hotel"][n] for n in ("code", "name", "destinationCode")}
    dates = {n: booking["hotel"][n] for n in ("checkIn", "checkOut")}
    money = {n: booking[n] for n in ("totalNet", "pendingAmount", "currency")}
    return {**{n: booking[n] for n in whole}, "hotel": {**hotel, **dates}, **money}


def _fee(room: dict[str, Any], now: datetime) -> Decimal:
    due = [
        Decimal(step["amount"])
        for rate in room["rates"]
        for step in rate["cancellationPolicies"]
        if datetime.fromisoformat(step["from"]) <= now
    ]
    return max(due, default=Decimal(0))
