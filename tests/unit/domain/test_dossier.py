"""What a pilgrim's papers can be, and what the table of an agency says of them."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.filings.dossier import FIELDS, Dossier, Relation, Sex, age_on, faults
from core.domain.filings.roster import read_roster
from core.domain.problem import Invalid

TODAY = date(2026, 12, 1)
RIGHT = Dossier(
    nik="3171015708850002",
    full_name="SITI CONTOH",
    sex=Sex.FEMALE,
    born_on=date(1985, 8, 17),
    nationality="ID",
    phone="+6281200000000",
    passport_number="X0000001",
    passport_issued_on=date(2024, 1, 2),
    passport_expires_on=date(2034, 1, 2),
)


def pointers(dossier: Dossier) -> set[str]:
    return {fault.pointer for fault in faults(dossier, TODAY)}


def test_what_is_right_has_no_fault() -> None:
    assert pointers(RIGHT) == set()
    assert pointers(Dossier()) == set()
    assert pointers(Dossier(address="Jalan Contoh 1\nBandung")) == set()


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("nik", "317101570885000", "/nik"),
        ("nik", "31710157O8850002", "/nik"),
        ("nik", "3171019908850002", "/nik"),  # no 59th of August
        ("nik", "3171015713850002", "/nik"),  # no 13th month
        ("nik", "3171011708850002", "/nik"),  # a man's
        ("nik", "3171015808850002", "/nik"),  # born on another day
        ("sex", Sex.MALE, "/nik"),
        ("born_on", date(2026, 12, 2), "/born_on"),
        ("full_name", "  ", "/full_name"),
        ("full_name", "A" * 201, "/full_name"),
        ("full_name", "SITI\u202eHOTNOC", "/full_name"),
        ("father_name", "ABDU\u200bLLAH", "/father_name"),
        ("address", "Jalan Contoh 1\u2066", "/address"),
        ("phone", "0812 3456 7890", "/phone"),
        ("email", "siti", "/email"),
        ("nationality", "IDN", "/nationality"),
        ("passport_number", "x0000001", "/passport_number"),
        ("passport_expires_on", date(2024, 1, 2), "/passport_expires_on"),
        ("vaccinated_on", date(2026, 12, 2), "/vaccinated_on"),
        ("deposit_amount", 0, "/deposit_amount"),
        ("deposit_currency", "Rp", "/deposit_currency"),
        ("mahram", "A-1", "/relation"),
        ("relation", Relation.FATHER, "/mahram"),
    ],
)
def test_what_cannot_be_is_named(field: str, value: object, pointer: str) -> None:
    assert pointer in pointers(msgspec.structs.replace(RIGHT, **{field: value}))


WRONG = st.text("QXZ0123456789@.", max_size=20)  # letters that no message has


@given(st.builds(Dossier, **dict.fromkeys(("nik", "phone", "email"), WRONG)))
def test_no_message_repeats_a_value(dossier: Dossier) -> None:
    told = " ".join(fault.message for fault in faults(dossier, TODAY))
    for field in ("nik", "phone", "email"):
        value = getattr(dossier, field)
        assert len(value) < 6 or value not in told


def test_its_words_stay_out_of_logs() -> None:
    assert "SITI" not in repr(RIGHT)
    assert "SITI" not in repr(read_roster(ROSTER.encode(), LABELS, TODAY))


@pytest.mark.parametrize(
    ("day", "age"),
    [(date(2026, 8, 16), 40), (date(2026, 8, 17), 41), (date(2027, 1, 1), 41)],
)
def test_age_is_in_whole_years(day: date, age: int) -> None:
    assert age_on(date(1985, 8, 17), day) == age


HEAD = "reference,registered_on,NIK,Nama sesuai paspor,sex,born_on,deposit_amount"
ROW = "A-1,2026-11-01,'3171015708850002,SITI CONTOH,P,17/08/1985,25000000"
ROSTER = f"{HEAD}\n{ROW}\n"
LABELS = {"nik": "nik", "nama sesuai paspor": "full_name"}


def test_a_row_is_read_as_people_write_it() -> None:
    found = read_roster(f"\ufeff{ROSTER}".encode(), LABELS, TODAY)
    (entry,) = found.entries
    assert (entry.row, entry.reference, entry.registered_on) == (2, "A-1", date(2026, 11, 1))
    assert entry.dossier.nik == RIGHT.nik
    assert entry.dossier.sex is Sex.FEMALE
    assert entry.dossier.born_on == RIGHT.born_on
    assert entry.dossier.deposit_amount == 2_500_000_000
    assert found.faults == ()


def test_semicolons_and_empty_lines_are_read_too() -> None:
    text = ROSTER.replace(",", ";") + "\n;;;;;;\n"
    found = read_roster(text.encode(), LABELS, TODAY)
    assert (found.total, len(found.entries)) == (1, 1)


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ("2026-11-01", "1 Nov", "registered_on"),
        ("2026-11-01", "", "registered_on"),
        ("2026-11-01", "2027-01-01", "registered_on"),
        ("A-1", "", "reference"),
        (",P,", ",X,", "sex"),
        (",P,", ",L,", "nik"),
        ("17/08/1985", "31/02/1985", "born_on"),
        ("25000000", "25.000.000", "deposit_amount"),
        ("25000000", "25000000.505", "deposit_amount"),
        ("SITI CONTOH", "SITI, CONTOH", ""),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(before: str, after: str, column: str) -> None:
    right = ROW.replace("A-1", "A-2")
    found = read_roster(f"{HEAD}\n{ROW.replace(before, after)}\n{right}\n".encode(), LABELS, TODAY)
    assert {(f.row, f.column) for f in found.faults} == {(2, column)}
    assert [entry.row for entry in found.entries] == [3]
    assert found.total == 2


def test_a_reference_that_is_there_twice_is_taken_once() -> None:
    found = read_roster(f"{HEAD}\n{ROW}\n{ROW}\n".encode(), LABELS, TODAY)
    assert [entry.row for entry in found.entries] == [2]
    assert [(f.row, f.column) for f in found.faults] == [(3, "reference")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"reference,registered_on\x00\n",
        b"reference,registered_on,shoe_size\n",
        b"reference,reference,registered_on\n",
        b"reference\n",
        b'reference,registered_on\n"A-1,2026-11-01\n',
        b"reference,registered_on\n" + b"A,2026-11-01\n" * 5_001,
    ],
)
def test_what_is_no_table_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(Invalid):
        read_roster(raw, LABELS, TODAY)


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused(raw: bytes) -> None:
    try:
        read_roster(raw, LABELS, TODAY)
    except Invalid:
        return


@given(st.lists(st.text(max_size=12), min_size=7, max_size=7))
def test_every_row_is_taken_or_named(cells: list[str]) -> None:
    row = ",".join('"' + cell.replace("\x00", "").replace('"', '""') + '"' for cell in cells)
    try:
        found = read_roster(f"{HEAD}\n{row}\n".encode(), LABELS, TODAY)
    except (Invalid, UnicodeEncodeError):
        return
    named = {fault.row for fault in found.faults}
    assert found.total == len(found.entries) + len(named)


def test_every_field_can_be_a_column() -> None:
    head = ",".join(("reference", "registered_on", *FIELDS))
    assert read_roster(f"{head}\n".encode(), {}, TODAY).total == 0


HEADED = "reference,registered_on,deposit_amount,deposit_currency\n"


def test_a_currency_that_is_none_is_named_before_it_keeps_a_report_from_being_made() -> None:
    assert pointers(Dossier(deposit_amount=1, deposit_currency="ABC")) == {"/deposit_currency"}


@pytest.mark.parametrize(
    ("row", "column"),
    [("A1,99999999999-01-2026,,", "registered_on"), (f"{'A' * 61},2026-11-01,,", "reference")],
)
def test_a_hostile_cell_is_named_and_the_other_rows_are_read(row: str, column: str) -> None:
    found = read_roster(f"{HEADED}{row}\nA2,2026-11-01,,\n".encode(), {}, TODAY)
    assert [(f.row, f.column) for f in found.faults] == [(2, column)]
    assert [entry.reference for entry in found.entries] == ["A2"]


def test_an_amount_is_kept_with_the_currency_it_was_counted_in() -> None:
    found = read_roster(f"{HEADED}A1,2026-11-01,25000000,\n".encode(), {}, TODAY)
    dossier = found.entries[0].dossier
    assert (dossier.deposit_amount, dossier.deposit_currency) == (2_500_000_000, "IDR")
