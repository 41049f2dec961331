"""The files that a person files: read back by another library, and the same each time."""

from __future__ import annotations

import csv
import io
from datetime import date

import msgspec
import openpyxl
import pytest

from adapters.siskopatuh.config import SiskopatuhConfig
from adapters.siskopatuh.csv_form import defused
from adapters.siskopatuh.filing import SiskopatuhFiling
from adapters.siskopatuh.sheet import COLUMNS, HEADINGS
from core.domain.filings.departure import Incident
from core.domain.filings.dossier import FIELDS
from core.domain.filings.filing import FilingKind
from core.domain.filings.roster import read_roster
from core.domain.person import Person
from core.domain.tenancy import LegalEntity
from ports.regulator_filing import Report, ReportedPilgrim, ReportForm
from tests.unit.domain.test_filing import DEPARTURE, NOW, WHOLE, a_pilgrim

FILING = SiskopatuhFiling(SiskopatuhConfig(label="Sistem Informasi Kementerian"))
ENTITY = LegalEntity("ent_1", "PT Contoh", "ID", "IDR", "01.234", "U.123/2026", NOW)


def a_report(kind: FilingKind, **dossier: object) -> Report:
    return Report(
        kind=kind,
        entity=ENTITY,
        departure=DEPARTURE,
        pilgrims=(
            ReportedPilgrim(a_pilgrim(1), msgspec.structs.replace(WHOLE, **dossier)),
            ReportedPilgrim(
                msgspec.structs.replace(a_pilgrim(2), incident=Incident.DELAYED), WHOLE
            ),
        ),
        leader=Person("per_1", "Hasan", "Contoh", phone="+6281200000002"),
    )


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("kind", FilingKind)
@pytest.mark.parametrize("form", ReportForm)
def test_the_same_report_gives_the_same_bytes(kind: FilingKind, form: ReportForm) -> None:
    file = FILING.export(a_report(kind), form)
    assert file.content == FILING.export(a_report(kind), form).content
    assert file.name == f"{kind}-2027-01-14-dpt_1.{form}"
    assert "SITI" not in repr(file) + repr(a_report(kind))


def test_a_workbook_holds_texts_so_that_no_zero_is_lost() -> None:
    content = FILING.export(
        a_report(FilingKind.DEPARTURE, phone="081200000000"), ReportForm.XLSX
    ).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Keberangkatan", "Jamaah"]
    lines = list(book["Jamaah"].iter_rows(values_only=True))
    assert lines[0] == tuple(heading for heading, _ in COLUMNS[FilingKind.DEPARTURE])
    row = dict(zip(lines[0], lines[1], strict=True))
    assert row["NIK"] == "3171015708850002"
    assert row["Telepon"] == "081200000000"
    assert row["Tanggal lahir"] == "17-08-1985"
    assert row["Jumlah setor"] == "25000000"
    facts = {str(a): b for a, b in book["Keberangkatan"].iter_rows(min_row=2, values_only=True)}
    assert facts["Sistem"] == "Sistem Informasi Kementerian"
    assert facts["Nomor izin PPIU"] == "U.123/2026"
    assert facts["Hotel Makkah"] == "Contoh Makkah, 18-01-2027 s.d. 22-01-2027"
    assert facts["Telepon tour leader"] == "+6281200000002"
    assert facts["Jumlah jamaah"] == "2"


def test_a_return_tells_who_did_not_come_back_as_planned() -> None:
    rows = rows_of(FILING.export(a_report(FilingKind.RETURN), ReportForm.CSV).content)
    assert [row["Kejadian"] for row in rows] == ["", "Tertunda"]


def test_a_report_that_was_exported_can_be_imported() -> None:
    content = FILING.export(a_report(FilingKind.DEPARTURE), ReportForm.CSV).content
    roster = read_roster(content, dict(FILING.headings), date(2026, 12, 1))
    assert roster.faults == ()
    assert [entry.dossier for entry in roster.entries] == [WHOLE, WHOLE]


def test_its_headings_stand_for_fields_that_there_are() -> None:
    assert set(HEADINGS.values()) <= {*FIELDS, "reference", "registered_on"}
    assert set(FIELDS) - set(HEADINGS.values()) == {"health_note"}


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+1", "'-1+1"),
        ("+1+1", "'+1+1"),
        ("\tx", "'\tx"),
        ("+6281200000000", "+6281200000000"),
        ("SITI", "SITI"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: str, safe: str) -> None:
    assert defused(cell) == safe


def test_a_formula_stays_text_in_a_workbook() -> None:
    report = a_report(FilingKind.REGISTRATION, address='=HYPERLINK("https://x.example","y")')
    book = openpyxl.load_workbook(io.BytesIO(FILING.export(report, ReportForm.XLSX).content))
    cells = [cell for row in book["Jamaah"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
