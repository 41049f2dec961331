"""A report as plain tables, before it is a file: Indonesian headings, dates as the ministry
writes them (31-12-2026), amounts in whole rupiah or with two decimals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from core.domain.filings.departure import Incident
from core.domain.filings.dossier import Dossier, Relation, Sex
from core.domain.filings.filing import FilingKind
from core.domain.money import exponent
from core.domain.person import Person
from ports.regulator_filing import Report, ReportedPilgrim


class Table(msgspec.Struct, frozen=True):
    """rows: all of the headings' length, texts only: a NIK is no number."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


TITLES = {
    FilingKind.REGISTRATION: "Pendaftaran jamaah",
    FilingKind.DEPARTURE: "Keberangkatan",
    FilingKind.RETURN: "Kepulangan",
}
_SEX = {Sex.MALE: "Laki-laki", Sex.FEMALE: "Perempuan"}
_RELATION = {
    Relation.HUSBAND: "Suami",
    Relation.FATHER: "Ayah",
    Relation.MOTHER: "Ibu",
    Relation.SON: "Anak",
    Relation.BROTHER: "Saudara",
    Relation.GRANDFATHER: "Kakek",
    Relation.UNCLE: "Paman",
    Relation.GUARDIAN: "Wali",
}
_INCIDENT = {
    Incident.ILL: "Sakit",
    Incident.DIED: "Wafat",
    Incident.DELAYED: "Tertunda",
    Incident.ABSCONDED: "Meninggalkan rombongan",
}
_IDENTITY: tuple[tuple[str, str], ...] = (
    ("Nomor jamaah", "reference"),
    ("NIK", "nik"),
    ("Nama sesuai paspor", "full_name"),
    ("Nama ayah", "father_name"),
    ("Jenis kelamin", "sex"),
    ("Tempat lahir", "birth_place"),
    ("Tanggal lahir", "born_on"),
    ("Kewarganegaraan", "nationality"),
    ("Alamat", "address"),
    ("Kabupaten/kota", "regency"),
    ("Provinsi", "province"),
    ("Telepon", "phone"),
    ("Surel", "email"),
    ("Kontak darurat", "emergency_name"),
    ("Telepon darurat", "emergency_phone"),
    ("Nomor paspor", "passport_number"),
    ("Tempat terbit paspor", "passport_place"),
    ("Tanggal terbit paspor", "passport_issued_on"),
    ("Tanggal habis paspor", "passport_expires_on"),
    ("Nomor jamaah mahram/wali", "mahram"),
    ("Hubungan mahram/wali", "relation"),
    ("Tanggal daftar", "registered_on"),
)
_DEPOSIT: tuple[tuple[str, str], ...] = (
    ("Bank penampung", "deposit_bank"),
    ("Nomor bukti setor", "deposit_reference"),
    ("Tanggal setor", "deposit_paid_on"),
    ("Jumlah setor", "deposit_amount"),
    ("Mata uang setor", "deposit_currency"),
)
_JOURNEY: tuple[tuple[str, str], ...] = (
    ("Nomor registrasi umrah", "registration_number"),
    ("Nomor sertifikat vaksin", "vaccination_number"),
    ("Tanggal vaksin", "vaccinated_on"),
    ("Nomor visa", "visa_number"),
    ("Penyedia visa", "visa_provider"),
    ("Tanggal terbit visa", "visa_issued_on"),
    ("Tanggal habis visa", "visa_expires_on"),
    ("Perusahaan asuransi", "insurance_company"),
    ("Nomor polis", "insurance_policy"),
    ("Asuransi mulai", "insurance_from"),
    ("Asuransi sampai", "insurance_until"),
)
_RETURN: tuple[tuple[str, str], ...] = (
    ("Nomor jamaah", "reference"),
    ("Nomor registrasi umrah", "registration_number"),
    ("Nama sesuai paspor", "full_name"),
    ("Nomor paspor", "passport_number"),
    ("Kejadian", "incident"),
)
COLUMNS: dict[FilingKind, tuple[tuple[str, str], ...]] = {
    FilingKind.REGISTRATION: (*_IDENTITY, *_DEPOSIT),
    FilingKind.DEPARTURE: (*_IDENTITY, *_DEPOSIT, *_JOURNEY),
    FilingKind.RETURN: _RETURN,
}


# What a table that comes in may have as headings, beside our fields' own names.
HEADINGS = {
    heading.lower(): field
    for heading, field in (*COLUMNS[FilingKind.DEPARTURE], *_RETURN)
    if field != "incident"
}


def tables_of(report: Report, label: str) -> tuple[Table, Table]:
    """The departure, a line a fact; then the pilgrims, a line each."""
    columns = COLUMNS[report.kind]
    lines = tuple(tuple(text(_cell(one, f)) for _, f in columns) for one in report.pilgrims)
    facts = tuple((name, text(value)) for name, value in _facts(report, label))
    return (
        Table("Keberangkatan", ("Keterangan", "Isi"), facts),
        Table("Jamaah", tuple(heading for heading, _ in columns), lines),
    )


def _cell(one: ReportedPilgrim, field: str) -> object:
    match field:
        case "reference" | "registered_on" | "incident":
            return getattr(one.pilgrim, field)
        case "deposit_amount":
            return _amount(one.dossier)
        case _:
            return getattr(one.dossier, field)


def _facts(report: Report, label: str) -> Iterator[tuple[str, object]]:
    departure, plan = report.departure, report.departure.plan
    yield "Laporan", TITLES[report.kind]
    yield "Sistem", label
    yield "PPIU", report.entity.name
    yield "Nomor izin PPIU", report.entity.licence
    yield "Cabang", plan.branch
    yield "Paket", plan.name
    yield "Nomor paket", plan.package
    yield "Tanggal berangkat", departure.left_on
    yield "Bandara berangkat", departure.departed_from
    yield "Tanggal pulang", departure.back_on
    yield "Bandara pulang", departure.returned_to
    for flight in plan.flights:
        route = f"{flight.origin}-{flight.destination}"
        told = f"{flight.carrier}{flight.number} {route} {text(flight.departs_on)}"
        yield "Penerbangan", f"{told} {flight.locator}".strip()
    for lodging in plan.lodgings:
        nights = f"{text(lodging.check_in)} s.d. {text(lodging.check_out)}"
        yield f"Hotel {lodging.city.value.title()}", f"{lodging.hotel}, {nights}"
    yield "Pembimbing ibadah/tour leader", _named(report.leader)
    yield "Telepon tour leader", report.leader.phone if report.leader else None
    yield "Muthawif", _named(report.guide)
    yield "Telepon muthawif", report.guide.phone if report.guide else None
    yield "Jumlah jamaah", str(len(report.pilgrims))


def _named(person: Person | None) -> str | None:
    return f"{person.name} {person.surname}".strip() if person else None


def _amount(dossier: Dossier) -> str | None:
    if dossier.deposit_amount is None or dossier.deposit_currency is None:
        return None
    amount = Decimal(dossier.deposit_amount).scaleb(-exponent(dossier.deposit_currency))
    whole = amount == amount.to_integral_value()
    return str(amount.to_integral_value()) if whole else str(amount)


def text(value: object) -> str:
    match value:
        case None:
            return ""
        case Sex():
            return _SEX[value]
        case Relation():
            return _RELATION[value]
        case Incident():
            return _INCIDENT[value]
        case date():
            return f"{value:%d-%m-%Y}"
        case _:
            return str(value)
