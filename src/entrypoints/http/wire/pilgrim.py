"""Departures, pilgrims with their dossiers, and tables of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.filings import plan_departure, register_pilgrim
from core.domain.filings import departure as domain
from core.domain.filings.dossier import FIELDS, Dossier
from core.domain.filings.pilgrim_import import ImportState, PilgrimImport
from core.domain.filings.roster import Roster, RowFault
from core.domain.person import Person
from core.domain.problem import Fault, Invalid
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id, Name, Reason

Reference = Annotated[str, Meta(min_length=1, max_length=60, description="The agency's own.")]
Short = Annotated[str, Meta(max_length=100)]
Airport = Annotated[str, Meta(max_length=3, description="IATA code.")]


class DeparturePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """name: of the package. package: its number at the regulator. Days are reckoned in timezone."""

    name: Name
    departs_on: datetime.date
    returns_on: datetime.date
    timezone: Short = "Asia/Jakarta"
    package: Short = ""
    branch: Short = ""
    flights: Annotated[tuple[domain.GroupFlight, ...], Meta(max_length=20)] = ()
    lodgings: Annotated[tuple[domain.Lodging, ...], Meta(max_length=20)] = ()

    def plan(self) -> domain.Plan:
        return domain.Plan(**msgspec.structs.asdict(self))


class Escort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who leads or guides the group. Kept under a key of their own, and erasable."""

    name: Name
    surname: Annotated[str, Meta(max_length=200)] = ""
    phone: Annotated[str, Meta(max_length=40)] | None = None

    def escort(self) -> plan_departure.Escort:
        return plan_departure.Escort(self.name, self.surname, self.phone)


class NewDeparture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """connection: of the adapter that files with the regulator. leader: the tour leader.
    guide: the muthawif."""

    entity: Id
    connection: Id
    plan: DeparturePlan
    leader: Escort | None = None
    guide: Escort | None = None

    def wish(self) -> plan_departure.NewDeparture:
        return plan_departure.NewDeparture(
            self.entity,
            self.connection,
            self.plan.plan(),
            self.leader.escort() if self.leader else None,
            self.guide.escort() if self.guide else None,
        )


class DepartureChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """plan: all of it anew. leader, guide: left out, they stay who they were."""

    plan: DeparturePlan
    leader: Escort | None = None
    guide: Escort | None = None
    reason: Reason = ""


class Travel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When and where the group really left and came back; what is left out stays as it is."""

    departed_on: datetime.date | None = None
    departed_from: Airport | None = None
    returned_on: datetime.date | None = None
    returned_to: Airport | None = None
    reason: Reason = ""

    def travelled(self) -> plan_departure.Travelled:
        return plan_departure.Travelled(
            self.departed_on, self.departed_from, self.returned_on, self.returned_to
        )


class DepartureQuery(Paging, frozen=True, forbid_unknown_fields=True):
    entity: Id | None = None


class EscortShown(msgspec.Struct, frozen=True):
    """person: erased by itself; name null then."""

    person: str
    name: str | None
    phone: str | None


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A group that departs together."""

    id: str
    entity: str
    connection: str
    plan: DeparturePlan
    leader: EscortShown | None
    guide: EscortShown | None
    departed_on: datetime.date | None
    departed_from: str
    returned_on: datetime.date | None
    returned_to: str
    cancelled: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime


class NewPilgrim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """dossier: what is known; what a report still wants is told by the filing."""

    reference: Reference
    registered_on: datetime.date
    dossier: Dossier = Dossier()
    booking: Id | None = None

    def wish(self) -> register_pilgrim.NewPilgrim:
        return register_pilgrim.NewPilgrim(
            self.reference, self.registered_on, self.dossier, self.booking
        )


class PilgrimChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """dossier: fields that are given replace what was known. forget: names of fields to empty.
    incident: for the return report."""

    dossier: Dossier = Dossier()
    forget: Annotated[tuple[str, ...], Meta(max_length=len(FIELDS))] = ()
    registered_on: datetime.date | None = None
    incident: domain.Incident | None = None
    reason: Reason = ""

    def fields(self) -> dict[str, object]:
        """Invalid: forget names no field."""
        wrong = [
            Fault(f"/forget/{place}", f"is one of {', '.join(FIELDS)}")
            for place, name in enumerate(self.forget)
            if name not in FIELDS
        ]
        if wrong:
            raise Invalid(*wrong)
        given = {n: v for n in FIELDS if (v := getattr(self.dossier, n)) is not None}
        return {**dict.fromkeys(self.forget), **given}


class Pilgrim(msgspec.Struct, frozen=True, kw_only=True):
    """dossier: null when the personal data was erased. person: erased by itself."""

    id: str
    departure: str
    person: str
    reference: str
    registered_on: datetime.date
    booking: str | None
    state: domain.PilgrimState
    incident: domain.Incident | None
    dossier: Dossier | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class ImportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """dry_run: read the table and say what is wrong, and make nothing."""

    dry_run: bool = False


class ImportPreview(msgspec.Struct, frozen=True):
    """What an import would do now. wrong: rows that are named in faults."""

    total: int
    right: int
    wrong: int
    faults: tuple[RowFault, ...]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A table of pilgrims on its way in. total: its rows; added and changed: pilgrims so far;
    wrong: rows that are named in faults and left out; left: right rows that are not in yet, or
    never will be where it was stopped because its departure was cancelled."""

    id: str
    departure: str
    state: ImportState
    total: int
    added: int
    changed: int
    wrong: int
    left: int
    faults: tuple[RowFault, ...]
    created_at: datetime.datetime
    created_by: str
    finished_at: datetime.datetime | None


class Erased(msgspec.Struct, frozen=True):
    """people: how many were erased now."""

    people: int


def departure(of: domain.Departure, people: Mapping[str, Person]) -> Departure:
    plan = msgspec.structs.asdict(of.plan)
    leader, guide = plan.pop("leader"), plan.pop("guide")
    return Departure(
        id=of.id,
        entity=of.entity,
        connection=of.connection,
        plan=DeparturePlan(**plan),
        leader=_escort(leader, people),
        guide=_escort(guide, people),
        departed_on=of.departed_on,
        departed_from=of.departed_from,
        returned_on=of.returned_on,
        returned_to=of.returned_to,
        cancelled=of.cancelled,
        created_at=of.created_at,
        updated_at=of.updated_at,
    )


def _escort(id: str | None, people: Mapping[str, Person]) -> EscortShown | None:
    if id is None:
        return None
    known = people.get(id)
    name = f"{known.name} {known.surname}".strip() if known else None
    return EscortShown(id, name, known.phone if known else None)


def pilgrim(of: domain.Pilgrim, dossier: Dossier | None) -> Pilgrim:
    return Pilgrim(
        id=of.id,
        departure=of.departure,
        person=of.person,
        reference=of.reference,
        registered_on=of.registered_on,
        booking=of.booking,
        state=of.state,
        incident=of.incident,
        dossier=dossier,
        created_at=of.created_at,
        updated_at=of.updated_at,
    )


def preview(of: Roster) -> ImportPreview:
    return ImportPreview(of.total, len(of.entries), of.total - len(of.entries), of.faults)


def import_(of: PilgrimImport) -> Import:
    return Import(
        id=of.id,
        departure=of.departure,
        state=of.state,
        total=of.total,
        added=of.added,
        changed=of.changed,
        wrong=of.wrong,
        left=of.left,
        faults=of.faults,
        created_at=of.created_at,
        created_by=of.created_by,
        finished_at=of.finished_at,
    )
