"""What each hotel was told, by room, plan and day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from adapters.siteminder.simulator.reading import a_day, all_of, needed, one_of
from adapters.siteminder.simulator.reject import Error, business

FURTHEST = 750
LONGEST, MOST_GUESTS = 999, 5


class Restricted(msgspec.Struct):
    """min_stay, max_stay: nights as told; None: never told."""

    stop_sell: bool = False
    closed_to_arrival: bool = False
    closed_to_departure: bool = False
    min_stay: int | None = None
    max_stay: int | None = None


class Priced(msgspec.Struct, frozen=True):
    """by_adults: amounts as told; key 0 where it is one price a day. extra: by age code."""

    currency: str
    by_adults: dict[int, str]
    extra: dict[str, str]
    taxes: bool


class Hotel(msgspec.Struct):
    """rooms: room → its plans. limits, prices, restricted: by room (plan) and day."""

    code: str
    currency: str
    rooms: dict[str, tuple[str, ...]]
    limits: dict[tuple[str, date], int] = {}
    prices: dict[tuple[str, str, date], Priced] = {}
    restricted: dict[tuple[str, str, date], Restricted] = {}


class Stock:
    def __init__(self, hotels: tuple[Hotel, ...], *, by_occupancy: bool) -> None:
        self.hotels = {hotel.code: hotel for hotel in hotels}
        self.by_occupancy = by_occupancy

    def hotel(self, code: str) -> Hotel:
        found = self.hotels.get(code)
        if found is None:
            raise Error("6", "392", f"Hotel not found for HotelCode={code}")
        return found

    def availability(self, message: Any, today: date) -> None:
        """All of an OTA_HotelAvailNotifRQ, or nothing of it."""
        told = one_of(message, "AvailStatusMessages")
        hotel = self.hotel(needed(told, "HotelCode"))
        statuses = all_of(told, "AvailStatusMessage")
        limits = [status.get("BookingLimit") is not None for status in statuses]
        if any(limits) and not all(limits):
            raise business("Availability and restrictions must be sent apart")
        done = [_Status(hotel, status, today) for status in statuses]
        for status in done:
            status.keep()

    def rates(self, message: Any, today: date) -> None:
        told = one_of(message, "RateAmountMessages")
        hotel = self.hotel(needed(told, "HotelCode"))
        done = []
        for one in all_of(told, "RateAmountMessage"):
            room, plan, days = _where(hotel, one, today)
            done.append((room, plan, days, self._priced(hotel, one)))
        for room, plan, days, priced in done:
            for day in days:
                hotel.prices[room, plan, day] = priced

    def booked(self, hotel: Hotel, room: str, nights: list[date]) -> None:
        """A new booking is taken off here; changes and cancellations are not."""
        for night in nights:
            left = hotel.limits.get((room, night))
            if left is not None:
                hotel.limits[room, night] = max(0, left - 1)

    def _priced(self, hotel: Hotel, message: Any) -> Priced:
        rate = one_of(message, "Rates", "Rate")
        base, by_adults, taxes = all_of(rate, "BaseByGuestAmts", "BaseByGuestAmt"), {}, True
        for one in base:
            _in(hotel, one)
            if one.get("AgeQualifyingCode") != "10":
                raise business("Only adult rates are supported")
            after, before = one.get("AmountAfterTax"), one.get("AmountBeforeTax")
            if (after is None) == (before is None):
                raise business("Either AmountAfterTax or AmountBeforeTax")
            taxes = after is not None
            by_adults[self._guests(one)] = _amount(after or before)
        if len(by_adults) != len(base):
            raise business("NumberOfGuests twice")
        extra = {}
        for one in all_of(rate, "AdditionalGuestAmounts", "AdditionalGuestAmount"):
            _in(hotel, one)
            if one.get("AgeQualifyingCode") not in ("10", "8"):
                raise business("AgeQualifyingCode must be 10 or 8")
            extra[one.get("AgeQualifyingCode")] = _amount(needed(one, "Amount"))
        return Priced(hotel.currency, by_adults, extra, taxes)

    def _guests(self, base: Any) -> int:
        said = base.get("NumberOfGuests")
        if not self.by_occupancy:
            if said is not None:
                raise business("NumberOfGuests is not supported by Per Day Pricing")
            return 0
        if said is None or not said.isdigit() or not 1 <= int(said) <= MOST_GUESTS:
            raise business("NumberOfGuests must be 1 to 5")
        return int(said)


class _Status:
    """One AvailStatusMessage, checked whole before anything of it is kept."""

    def __init__(self, hotel: Hotel, status: Any, today: date) -> None:
        self._hotel = hotel
        self._limit = _limit(status.get("BookingLimit"))
        plan_too = self._limit is None
        self._room, self._plan, self._days = _where(hotel, status, today, plan_too=plan_too)
        self._said: dict[str, bool | int] = {}
        for one in all_of(status, "RestrictionStatus"):
            name = {
                None: "stop_sell",
                "Arrival": "closed_to_arrival",
                "Departure": "closed_to_departure",
            }.get(one.get("Restriction"))
            if name is None or one.get("Status") not in ("Open", "Close"):
                raise business("Unknown RestrictionStatus")
            self._said[name] = one.get("Status") == "Close"
        for one in all_of(status, "LengthsOfStay", "LengthOfStay"):
            name = {"SetMinLOS": "min_stay", "SetMaxLOS": "max_stay"}.get(
                one.get("MinMaxMessageType")
            )
            nights = one.get("Time") or ""
            if name is None or not nights.isdigit() or not 1 <= int(nights) <= LONGEST:
                raise business("Unknown LengthOfStay")
            self._said[name] = int(nights)

    def keep(self) -> None:
        for day in self._days:
            if self._limit is not None:
                self._hotel.limits[self._room, day] = self._limit
            if self._said:
                cell = self._room, self._plan, day
                held = self._hotel.restricted.setdefault(cell, Restricted())
                for name, value in self._said.items():
                    setattr(held, name, value)


def _limit(said: str | None) -> int | None:
    if said is None:
        return None
    if not said.isdigit() or int(said) > 9999:
        raise business("BookingLimit must be 0 or more")
    return int(said)


def _where(
    hotel: Hotel, message: Any, today: date, *, plan_too: bool = True
) -> tuple[str, str, list[date]]:
    control = one_of(message, "StatusApplicationControl")
    room = needed(control, "InvTypeCode")
    if room not in hotel.rooms:
        raise Error("3", "402", f"Room type not found for InvTypeCode={room}")
    plan = control.get("RatePlanCode") or ""
    if plan_too and plan not in hotel.rooms[room]:
        words = f"Rate plan not found for InvTypeCode={room}, RatePlanCode={plan}"
        raise Error("3", "249", words)
    first, last = a_day(control, "Start"), a_day(control, "End")
    if not today - timedelta(days=1) <= first <= last <= today + timedelta(days=FURTHEST):
        raise business("Start and End are not within the next 750 days", "15")
    return room, plan, list(_days(first, last))


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def _in(hotel: Hotel, priced: Any) -> None:
    if priced.get("CurrencyCode") != hotel.currency:
        raise business("CurrencyCode is not the hotel's")


def _amount(said: str) -> str:
    try:
        amount = Decimal(said)
    except InvalidOperation:
        raise business("no amount") from None
    if not 0 <= amount < 10**12:
        raise business("no amount")
    return said


def shown(hotel: Hotel) -> Mapping[str, Any]:
    """For whoever compares."""
    return {
        "limits": {f"{room}/{day}": n for (room, day), n in sorted(hotel.limits.items())},
        "prices": {"/".join(map(str, k)): v for k, v in sorted(hotel.prices.items(), key=_key)},
        "restricted": {
            "/".join(map(str, k)): v for k, v in sorted(hotel.restricted.items(), key=_key)
        },
    }


def _key(item: tuple[tuple[str, str, date], Any]) -> tuple[str, str, date]:
    return item[0]
