"""One RoomStay of a reservation, as the rooms it books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from adapters._kit.ota.dialects import ADULT, CHILD, INFANT
from adapters._kit.ota.reading import Parts, child, children, day, needed, tag, told, whole
from adapters._kit.xml import Element
from core.domain.channels.channel_reservation import ReservedRoom
from core.domain.money import Money
from core.domain.stay import Occupancy, Stay

# Between an infant and an adult, as with every channel of ours.
UNTOLD_AGES = {CHILD: 8, INFANT: 1}
_MOST_ADULTS, _MOST_CHILDREN, _OLDEST = 9, 6, 17
_MOST_ROOMS = 99
_ONE_DAY = timedelta(days=1)
_GIVEN, _SURNAME = tag("GivenName"), tag("Surname")
_TOTAL, _BASE = tag("Total"), tag("Base")
Name = tuple[str, str]


class Guests:
    """The people of a reservation. first: the customer of the first of them, or None."""

    def __init__(self, reservation: Parts) -> None:
        self.first: Element = None
        self._names: dict[str, Name] = {}
        for place, guest in enumerate(reservation.children("ResGuests", "ResGuest"), 1):
            customer = child(guest, "Profiles", "ProfileInfo", "Profile", "Customer")
            if customer is None:
                continue
            if self.first is None:
                self.first = customer
            self._names[guest.get("ResGuestRPH") or str(place)] = names(Parts(customer))

    def of(self, stay: Parts) -> tuple[Name, ...]:
        """Those who sleep in *stay*, as far as it says so."""
        numbers = [one.get("RPH") for one in stay.children("ResGuestRPHs", "ResGuestRPH")]
        return tuple(self._names[n] for n in numbers if n in self._names)


def names(customer: Parts) -> Name:
    """Given name and surname, "" where there is none."""
    given = surname = ""
    person = customer.child("PersonName")
    for one in () if person is None else person:
        if one.tag == _GIVEN and not given:
            given = (one.text or "").strip()
        elif one.tag == _SURNAME:
            surname = (one.text or "").strip()
    return given, surname


def read_stays(stay: Parts, guests: Guests) -> Iterator[ReservedRoom]:
    """Its rooms: one, or as many as it counts units. ValueError: it has no dates."""
    span = stay.child("TimeSpan")
    if span is None:
        raise ValueError("no TimeSpan")
    dates = Stay(day(needed(span, "Start")), _check_out(span))
    rate = stay.child("RoomRates", "RoomRate")
    units = 1 if rate is None else min(_MOST_ROOMS, max(1, whole(rate, "NumberOfUnits", 1)))
    room = ReservedRoom(
        room=_code(rate, stay, "RoomTypeCode", ("RoomTypes", "RoomType")),
        plan=_code(rate, stay, "RatePlanCode", ("RatePlans", "RatePlan")),
        stay=dates,
        occupancy=Occupancy(1),
        by_night=() if rate is None else _by_night(rate, dates),
        guests=guests.of(stay),
        reference=stay.get("IndexNumber") or "",
    )
    for occupancy in _occupancies(stay, units):
        yield msgspec.structs.replace(room, occupancy=occupancy)


def _check_out(span: Element) -> date:
    end = span.get("End")
    if end:
        return day(end)
    duration = span.get("Duration") or ""  # "P3N" or "P3D", and in older messages "3"
    nights = "".join(c for c in duration if c.isdigit())
    return day(needed(span, "Start")) + int(nights or "0") * _ONE_DAY


def _code(rate: Element, stay: Parts, name: str, path: tuple[str, str]) -> str:
    """As it came: what nobody mapped is kept, and shown."""
    if rate is not None and rate.get(name):
        return str(rate.get(name))
    found = stay.child(*path)
    return "" if found is None else str(found.get(name) or "")


def _occupancies(stay: Parts, units: int) -> Iterator[Occupancy]:
    """Of each room: counts are of the whole stay, and spread, unless it says that they are of
    each room."""
    counts = stay.child("GuestCounts")
    adults, ages = 0, []
    for one in () if counts is None else counts.iterchildren(tag("GuestCount")):
        code, count = one.get("AgeQualifyingCode") or ADULT, whole(one, "Count", 1)
        if code in UNTOLD_AGES:
            age = min(_OLDEST, max(0, whole(one, "Age", UNTOLD_AGES[code])))
            ages += [age] * min(_MOST_CHILDREN * units, count)
        else:
            adults += count
    spread = units if counts is None or counts.get("IsPerRoom") != "true" else 1
    for room in range(units):
        place = room % spread
        here = adults // spread + (place < adults % spread)
        children_ = tuple(ages[place::spread][:_MOST_CHILDREN])
        yield Occupancy(min(_MOST_ADULTS, max(1, here)), children_)


def _by_night(rate: Element, dates: Stay) -> tuple[Money, ...]:
    """The price of each night; () unless every night has one of its own, in one currency."""
    found: dict[date, Money] = {}
    for one in children(rate, "Rates", "Rate"):
        price = _price(one)
        if price is None or one.get("UnitMultiplier") not in (None, "1"):
            return ()
        found[day(needed(one, "EffectiveDate"))] = price
    nights = [dates.check_in + n * _ONE_DAY for n in range(dates.nights)]
    prices = tuple(found[night] for night in nights if night in found)
    return prices if len(prices) == len(nights) else ()


def _price(rate: Element) -> Money | None:
    """Of a night: with what was added to the base, where that is told."""
    base = None
    for amount in rate:
        name = amount.tag
        if name in (_BASE, _TOTAL):
            value = amount.get("AmountAfterTax") or amount.get("AmountBeforeTax")
            price = told(value, amount.get("CurrencyCode"))
            if name == _TOTAL and price is not None:
                return price
            base = base or price
    return base
