"""A group that departs together on one package, and the pilgrims of it."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from core.domain.problem import Fault

MAX_DAYS = 60
YEARS = range(2000, 3000)  # beyond them there is no day ten days or some years later


class HolyCity(enum.StrEnum):
    MAKKAH = "makkah"
    MADINAH = "madinah"


class GroupFlight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """carrier: IATA code. departs_on: local to origin. locator: of the group's PNR."""

    carrier: str
    number: str
    origin: str
    destination: str
    departs_on: date
    locator: str = ""


class Lodging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """check_out: exclusive."""

    city: HolyCity
    hotel: str
    check_in: date
    check_out: date


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a departure is made of, as the agency plans it and the regulator asks it.

    name: of the package. package: its number at the regulator. leader, guide: person ids of the
    tour leader and of the muthawif. timezone: IANA, of the office: its days are reckoned in it.
    """

    name: str
    departs_on: date
    returns_on: date
    timezone: str = "Asia/Jakarta"
    package: str = ""
    branch: str = ""
    flights: tuple[GroupFlight, ...] = ()
    lodgings: tuple[Lodging, ...] = ()
    leader: str | None = None
    guide: str | None = None

    @property
    def escorts(self) -> tuple[str, ...]:
        return tuple(person for person in (self.leader, self.guide) if person is not None)


class Departure(msgspec.Struct, frozen=True):
    """connection: of the filing adapter, by which its reports are made.

    departed_on, returned_on: when it really did, local; None: not yet.
    """

    id: str
    entity: str
    connection: str
    plan: Plan
    created_at: datetime
    updated_at: datetime
    departed_on: date | None = None
    departed_from: str = ""
    returned_on: date | None = None
    returned_to: str = ""
    cancelled: bool = False

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.plan.timezone)).date()

    def kept_until(self, keep_days: int) -> date:
        """The last day on which the group's personal data is owed."""
        return self.back_on + timedelta(days=keep_days)

    @property
    def left_on(self) -> date:
        return self.departed_on or self.plan.departs_on

    @property
    def back_on(self) -> date:
        return self.returned_on or self.plan.returns_on


class PilgrimState(enum.StrEnum):
    REGISTERED = "registered"
    WITHDRAWN = "withdrawn"


class Incident(enum.StrEnum):
    """What the return report must say of a pilgrim who did not come back as planned."""

    ILL = "ill"
    DIED = "died"
    DELAYED = "delayed"
    ABSCONDED = "absconded"


class Pilgrim(msgspec.Struct, frozen=True):
    """One who travels with a departure. person: the id under whose key the dossier lies.

    reference: the agency's own number of them, unique within a departure.
    registered_on: local; from it the months within which they must depart are counted.
    """

    id: str
    departure: str
    person: str
    reference: str
    registered_on: date
    created_at: datetime
    updated_at: datetime
    booking: str | None = None
    state: PilgrimState = PilgrimState.REGISTERED
    incident: Incident | None = None


_AIRPORT = re.compile(r"[A-Z]{3}")
_CARRIER = re.compile(r"[A-Z0-9]{2}")
_FLIGHT = re.compile(r"[0-9]{1,4}[A-Z]?")


def plan_faults(plan: Plan) -> tuple[Fault, ...]:
    """What cannot be right in a plan by itself, each with its place."""
    return tuple(_faults(plan))


def _faults(plan: Plan) -> Iterator[Fault]:
    if not plan.name.strip():
        yield Fault("/name", "is the name of the package")
    if plan.departs_on.year not in YEARS:
        yield Fault("/departs_on", f"is in the years {YEARS[0]} to {YEARS[-1]}")
    if not 1 <= (plan.returns_on - plan.departs_on).days <= MAX_DAYS:
        yield Fault("/returns_on", f"is 1 to {MAX_DAYS} days after departs_on")
    try:
        ZoneInfo(plan.timezone)
    except (ValueError, LookupError, OSError):
        yield Fault("/timezone", "is an IANA time zone, as Asia/Jakarta")
    for place, flight in enumerate(plan.flights):
        yield from _flight_faults(f"/flights/{place}", flight, plan)
    for place, lodging in enumerate(plan.lodgings):
        at = f"/lodgings/{place}"
        if lodging.check_out <= lodging.check_in:
            yield Fault(f"{at}/check_out", "is after check_in")
        if not plan.departs_on <= lodging.check_in <= plan.returns_on:
            yield Fault(f"{at}/check_in", "is within the journey")
        if not lodging.hotel.strip():
            yield Fault(f"{at}/hotel", "is the name of the hotel")


def _flight_faults(at: str, flight: GroupFlight, plan: Plan) -> Iterator[Fault]:
    for field in ("origin", "destination"):
        if not _AIRPORT.fullmatch(getattr(flight, field)):
            yield Fault(f"{at}/{field}", "is an IATA airport, as CGK")
    if not _CARRIER.fullmatch(flight.carrier):
        yield Fault(f"{at}/carrier", "is an IATA airline, as GA")
    if not _FLIGHT.fullmatch(flight.number):
        yield Fault(f"{at}/number", "is the flight's number, as 980")
    if not plan.departs_on <= flight.departs_on <= plan.returns_on:
        yield Fault(f"{at}/departs_on", "is within the journey")
