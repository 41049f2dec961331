"""What a report still wants: each gap with its place, so that a person can fill it.

The lists follow what the ministry's system is known to hold of a pilgrim and a departure; they
are compiled from descriptions, since no format of it is published (docs/filings.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from core.domain.filings.departure import Departure, HolyCity, Pilgrim, PilgrimState
from core.domain.filings.dossier import ADULT_AGE, Dossier, Sex, age_on, faults
from core.domain.filings.filing import FilingKind, depart_by, months_after

PASSPORT_MONTHS = 6
HOME = "ID"
_IDENTITY = (
    *("full_name", "father_name", "sex", "birth_place", "born_on", "nationality"),
    *("address", "regency", "province", "phone", "emergency_name", "emergency_phone"),
    *("passport_number", "passport_place", "passport_issued_on", "passport_expires_on"),
)
_DEPOSIT = (
    *("deposit_bank", "deposit_reference", "deposit_paid_on"),
    *("deposit_amount", "deposit_currency"),
)
_JOURNEY = (
    *("registration_number", "vaccination_number", "vaccinated_on"),
    *("visa_number", "visa_provider", "visa_issued_on", "visa_expires_on"),
    *("insurance_company", "insurance_policy", "insurance_from", "insurance_until"),
)
WANTED: dict[FilingKind, tuple[str, ...]] = {
    FilingKind.REGISTRATION: (*_IDENTITY, *_DEPOSIT),
    FilingKind.DEPARTURE: (*_IDENTITY, *_DEPOSIT, *_JOURNEY),
    FilingKind.RETURN: (),
}


class FilingRules(msgspec.Struct, frozen=True):
    """What an agency adds. mahram_below_age: women younger than that travel with a mahram;
    None: no such rule is kept. keep_days: how long after the return personal data is owed to the
    regulator, and not erased for a whole group."""

    mahram_below_age: int | None = None
    keep_days: int = 5 * 365


class Gap(msgspec.Struct, frozen=True):
    """pilgrim: None for the departure's own. pointer: the field. message holds no value."""

    pilgrim: str | None
    pointer: str
    message: str


def gaps(
    kind: FilingKind,
    departure: Departure,
    pilgrims: tuple[Pilgrim, ...],
    dossiers: Mapping[str, Dossier],
    today: date,
    rules: FilingRules,
) -> tuple[Gap, ...]:
    """Everything a report still wants; () when it is complete.

    dossiers: by pilgrim; one that was erased is absent. Those who withdrew are left out.
    """
    going = [p for p in pilgrims if p.state is PilgrimState.REGISTERED]
    found = [Gap(None, f.pointer, f.message) for f in _departure(kind, departure)]
    if not going:
        found.append(Gap(None, "/pilgrims", "nobody is registered"))
    if kind is FilingKind.RETURN:
        return tuple(found)
    references = {p.reference for p in going}
    for pilgrim in going:
        dossier = dossiers.get(pilgrim.id)
        if dossier is None:
            found.append(Gap(pilgrim.id, "", "the personal data was erased"))
            continue
        of_it = _pilgrim(kind, departure, pilgrim, dossier, references, today, rules)
        found += [Gap(pilgrim.id, f"/{field}", message) for field, message in of_it]
    return tuple(found)


Found = Iterator[tuple[str, str]]


def _pilgrim(
    kind: FilingKind,
    departure: Departure,
    pilgrim: Pilgrim,
    dossier: Dossier,
    references: set[str],
    today: date,
    rules: FilingRules,
) -> Found:
    for field in WANTED[kind]:
        if getattr(dossier, field) is None:
            yield field, "is missing"
    if dossier.nik is None and dossier.nationality in (None, HOME):
        yield "nik", "is missing"
    for fault in faults(dossier, today):
        yield fault.pointer.removeprefix("/"), fault.message
    if departure.left_on > depart_by(pilgrim):
        yield "registered_on", f"the group leaves after {depart_by(pilgrim)}, six months from it"
    yield from _passport(departure, dossier)
    yield from _company(departure, pilgrim, dossier, references, rules)
    if kind is FilingKind.DEPARTURE:
        yield from _papers(departure, dossier)


def _passport(departure: Departure, dossier: Dossier) -> Found:
    ends = dossier.passport_expires_on
    if ends is not None and ends < months_after(departure.left_on, PASSPORT_MONTHS):
        yield "passport_expires_on", f"is less than {PASSPORT_MONTHS} months after departure"


def _company(
    departure: Departure,
    pilgrim: Pilgrim,
    dossier: Dossier,
    references: set[str],
    rules: FilingRules,
) -> Found:
    if dossier.mahram is not None:
        if dossier.mahram not in references - {pilgrim.reference}:
            yield "mahram", "is no other pilgrim of this departure"
        return
    if dossier.born_on is None:
        return
    age = age_on(dossier.born_on, departure.left_on)
    if age < ADULT_AGE:
        yield "mahram", "is missing: a minor travels with a guardian"
    elif (
        rules.mahram_below_age is not None
        and dossier.sex is Sex.FEMALE
        and age < rules.mahram_below_age
    ):
        yield "mahram", f"is missing: the agency wants one below {rules.mahram_below_age}"


def _papers(departure: Departure, dossier: Dossier) -> Found:
    if dossier.visa_expires_on is not None and dossier.visa_expires_on < departure.back_on:
        yield "visa_expires_on", "is before the return"
    if dossier.vaccinated_on is not None and dossier.vaccinated_on > departure.left_on:
        yield "vaccinated_on", "is after the departure"
    if dossier.insurance_from is not None and dossier.insurance_from > departure.left_on:
        yield "insurance_from", "is after the departure"
    if dossier.insurance_until is not None and dossier.insurance_until < departure.back_on:
        yield "insurance_until", "is before the return"


class _Want(msgspec.Struct, frozen=True):
    pointer: str
    message: str


def _departure(kind: FilingKind, departure: Departure) -> Iterator[_Want]:
    plan = departure.plan
    if not plan.package:
        yield _Want("/plan/package", "is missing: the package's number at the regulator")
    if kind is FilingKind.DEPARTURE:
        yield from _travel(departure)
    if kind is FilingKind.RETURN:
        for field in ("departed_on", "departed_from", "returned_on", "returned_to"):
            if not getattr(departure, field):
                yield _Want(f"/{field}", "is missing")


def _travel(departure: Departure) -> Iterator[_Want]:
    plan = departure.plan
    if len(plan.flights) < 2:
        yield _Want("/plan/flights", "hold the flight out and the flight back")
    for city in HolyCity:
        if not any(lodging.city is city for lodging in plan.lodgings):
            yield _Want("/plan/lodgings", f"name no hotel in {city.value.title()}")
    if plan.leader is None:
        yield _Want("/plan/leader", "is missing: the tour leader")
    if plan.guide is None:
        yield _Want("/plan/guide", "is missing: the muthawif")
