"""Availability, day by day or start by start."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from adapters.octo.simulator.reading import Fields
from adapters.octo.simulator.reject import malformed, unfit, unknown
from adapters.octo.simulator.slots import (
    PRICING,
    Counts,
    Slot,
    Taken,
    find,
    places,
    pricing,
    row,
    slots,
    status,
)
from adapters.octo.simulator.slots import left as left_of
from adapters.octo.simulator.tours import BY_ID, Option, Tour, days

LONGEST_DAYS = 366


def availability(
    document: dict[str, Any],
    *,
    now: datetime,
    taken: Taken,
    granted: frozenset[str],
    dearer: float,
    forgotten: bool,
) -> list[dict[str, Any]]:
    """Days that are past are not told; nor is an id that it does not know."""
    fields = Fields(document)
    tour, option = product_of(fields)
    wanted = _units(fields, tour)
    currency_of(fields, tour, granted)
    if fields.has("availabilityIds"):
        ids = fields.rows("availabilityIds")
        found = [find(tour, option, str(id)) for id in ids if not forgotten]
        wished = [slot for slot in found if slot is not None]
        if len(wished) < len(ids):
            raise unknown("availabilityId", str(ids[0]))
    else:
        wished = [slot for day in _days(fields) for slot in slots(tour, option, day)]
    fields.done()
    return [
        row(slot, wanted, taken=taken, now=now, granted=granted, dearer=dearer)
        for slot in wished
        if slot.end > now
    ]


def calendar(
    document: dict[str, Any], *, now: datetime, taken: Taken, granted: frozenset[str]
) -> list[dict[str, Any]]:
    fields = Fields(document)
    tour, option = product_of(fields)
    wanted = _units(fields, tour)
    currency_of(fields, tour, granted)
    wished = _days(fields)
    fields.done()
    return [_day(slots(tour, option, day), wanted, now, taken, granted) for day in wished]


def _day(
    there: list[Slot], wanted: Counts, now: datetime, taken: Taken, granted: frozenset[str]
) -> dict[str, Any]:
    best = max(there, key=lambda slot: left_of(slot, taken) or 0)
    vacancies, tour = left_of(best, taken), best.tour
    said = status(best, vacancies)
    enough = vacancies is None or vacancies >= max(1, places(tour, wanted))
    told: dict[str, Any] = {
        "localDate": best.start.date().isoformat(),
        "available": said not in ("CLOSED", "SOLD_OUT") and enough and now < best.cutoff,
        "status": said,
        "vacancies": vacancies,
        "capacity": tour.capacity,
        "openingHours": [{"from": tour.hours[0], "to": tour.hours[1]}],
    }
    if PRICING in granted and wanted:
        told["pricingFrom"] = pricing(tour, wanted, best.start.date())
    return told


def product_of(fields: Fields) -> tuple[Tour, Option]:
    product = fields.text("productId", 100)
    tour = BY_ID.get(product)
    if tour is None:
        raise unknown("productId", product)
    wanted = fields.text("optionId", 100)
    option = next((one for one in tour.options if one.id == wanted), None)
    if option is None:
        raise unknown("optionId", wanted)
    return tour, option


def currency_of(fields: Fields, tour: Tour, asked: frozenset[str]) -> None:
    currency = fields.maybe_text("currency", 3)
    if currency is not None and PRICING not in asked:
        raise malformed("currency belongs to octo/pricing")
    if currency not in (None, tour.currency):
        raise unfit(f"It is not sold in {currency}")


def check_party(tour: Tour, wanted: Counts) -> None:
    tickets = {ticket.id: ticket for ticket in tour.tickets}
    for id in wanted:
        if tickets[id].with_ and not any(other in wanted for other in tickets[id].with_):
            raise unfit(f"{id} has to be accompanied")
    if tour.most is not None and sum(wanted.values()) > tour.most:
        raise unfit("Too many tickets")


def _units(fields: Fields, tour: Tour) -> Counts:
    known = {ticket.id for ticket in tour.tickets}
    wanted: Counter[str] = Counter()
    for entry in fields.rows("units") if fields.has("units") else ():
        unit = Fields(entry, "units")
        id, quantity = unit.text("id", 100), unit.number("quantity", 1, 100)
        unit.done()
        if id not in known:
            raise unknown("unitId", id)
        if id in wanted:
            raise malformed("units: one entry for each unit")
        wanted[id] = quantity
    return wanted


def _days(fields: Fields) -> Any:
    first, last = fields.day("localDateStart"), fields.day("localDateEnd")
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise malformed(f"localDateEnd: 0 to {LONGEST_DAYS - 1} days after localDateStart")
    return days(first, last)
