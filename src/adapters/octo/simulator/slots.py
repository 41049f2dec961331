"""The starts of an option, what is left of them, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

from adapters.octo.simulator.tours import Option, Tour, net, party_net

Counts = Mapping[str, int]
PRICING = "octo/pricing"


class Slot(NamedTuple):
    """start: midnight, where it is open all day."""

    tour: Tour
    option: Option
    start: datetime
    end: datetime
    all_day: bool

    @property
    def id(self) -> str:
        return self.start.isoformat()

    @property
    def closing(self) -> datetime:
        """What cut-offs are counted from."""
        hour = time.fromisoformat(self.tour.hours[1])
        return (
            datetime.combine(self.start.date(), hour, self.start.tzinfo)
            if self.all_day
            else self.start
        )

    @property
    def cutoff(self) -> datetime:
        return (self.closing - timedelta(hours=self.tour.cutoff_h)).astimezone(UTC)

    @property
    def cancellable_until(self) -> datetime:
        amount, unit = self.tour.cancel
        return self.closing - timedelta(**{f"{unit}s": amount})

    @property
    def is_closed(self) -> bool:
        return self.start.weekday() == self.tour.closed


Taken = Callable[[Slot], int]


def slots(tour: Tour, option: Option, day: date) -> list[Slot]:
    zone = timezone(timedelta(hours=tour.offset_h))
    midnight = datetime.combine(day, time(), zone)
    if not option.starts:
        return [Slot(tour, option, midnight, midnight + timedelta(days=1), True)]
    starts = (datetime.combine(day, time.fromisoformat(hour), zone) for hour in option.starts)
    return [Slot(tour, option, at, at + timedelta(minutes=tour.minutes), False) for at in starts]


def find(tour: Tour, option: Option, id: str) -> Slot | None:
    try:
        day = datetime.fromisoformat(id).date()
    except ValueError:
        return None
    return next((slot for slot in slots(tour, option, day) if slot.id == id), None)


def places(tour: Tour, wanted: Counts) -> int:
    """Infants sit on a lap; a private boat is one place, whoever is in it."""
    if tour.per_booking is not None:
        return 1
    tickets = {ticket.id: ticket for ticket in tour.tickets}
    return sum(
        count * tickets[id].pax for id, count in wanted.items() if tickets[id].type != "INFANT"
    )


def left(slot: Slot, taken: Taken) -> int | None:
    return None if slot.tour.capacity is None else slot.tour.capacity - taken(slot)


def status(slot: Slot, vacancies: int | None) -> str:
    if slot.is_closed:
        return "CLOSED"
    if vacancies is None or slot.tour.capacity is None:
        return "FREESALE"
    if vacancies <= 0:
        return "SOLD_OUT"
    return "LIMITED" if vacancies * 2 < slot.tour.capacity else "AVAILABLE"


def row(
    slot: Slot,
    wanted: Counts,
    *,
    taken: Taken,
    now: datetime,
    granted: frozenset[str],
    dearer: float = 0.0,
) -> dict[str, Any]:
    tour, vacancies = slot.tour, left(slot, taken)
    said = status(slot, vacancies)
    enough = vacancies is None or vacancies >= max(1, places(tour, wanted))
    told: dict[str, Any] = {
        "id": slot.id,
        "localDateTimeStart": slot.id,
        "localDateTimeEnd": slot.end.isoformat(),
        "utcCutoffAt": instant(slot.cutoff),
        "allDay": slot.all_day,
        "available": said not in ("CLOSED", "SOLD_OUT") and enough and now < slot.cutoff,
        "status": said,
        "vacancies": vacancies,
        "capacity": tour.capacity,
        "maxUnits": tour.most,
        "openingHours": [{"from": tour.hours[0], "to": tour.hours[1]}],
    }
    if PRICING in granted:
        if tour.per_booking is None:
            told["unitPricing"] = [
                {"unitId": t.id, **pricing(tour, {t.id: 1}, slot.start.date(), dearer)}
                for t in tour.tickets
            ]
        if wanted:
            told["pricing"] = pricing(tour, wanted, slot.start.date(), dearer)
    return told


def pricing(tour: Tour, wanted: Counts, day: date, dearer: float = 0.0) -> dict[str, Any]:
    """For all tickets together."""
    tickets = {ticket.id: ticket for ticket in tour.tickets}
    whole = party_net(tour, day)
    owed = (
        whole
        if whole is not None
        else sum(net(tour, tickets[i], day) * n for i, n in wanted.items())
    )
    owed = round(owed * (1 + dearer / 100))
    retail = owed * 6 // 5
    tax = {"name": "VAT", "retail": retail * 15 // 115, "original": retail * 15 // 115}
    return {
        "original": retail,
        "retail": retail,
        "net": owed,
        "currency": tour.currency,
        "currencyPrecision": tour.precision,
        "includedTaxes": [{**tax, "net": owed * 15 // 115}],
    }


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
