"""A table of pilgrims as an agency keeps it, read row by row: what is right is taken, what is
wrong is named by its row and column, and no message repeats a value."""

from __future__ import annotations

import csv
from datetime import date

import msgspec

from core.domain.filings.dossier import FIELDS, Dossier, Relation, Sex, faults
from core.domain.money import exponent
from core.domain.problem import Fault, Invalid

REFERENCE = "reference"
REGISTERED_ON = "registered_on"
MOST_ROWS = 5_000
LONGEST_REFERENCE = 60
DEPOSITED_IN = "IDR"  # where a table says nothing else
# Words people write for the enums, beside our own.
_WORDS: dict[str, dict[str, str]] = {
    "sex": {
        "l": Sex.MALE,
        "laki-laki": Sex.MALE,
        "m": Sex.MALE,
        "p": Sex.FEMALE,
        "perempuan": Sex.FEMALE,
        "f": Sex.FEMALE,
    },
    "relation": {
        "suami": Relation.HUSBAND,
        "ayah": Relation.FATHER,
        "ibu": Relation.MOTHER,
        "anak": Relation.SON,
        "saudara": Relation.BROTHER,
        "kakek": Relation.GRANDFATHER,
        "paman": Relation.UNCLE,
        "wali": Relation.GUARDIAN,
    },
}
_DATES = frozenset(n for n in FIELDS if n.endswith(("_on", "_from", "_until")))
_EXACT = frozenset({"nik", "passport_number", "phone", "emergency_phone"})


class Entry(msgspec.Struct, frozen=True):
    """One row that is right. row: its line in a spreadsheet; the headings are line 1."""

    row: int
    reference: str
    registered_on: date
    dossier: Dossier

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"Entry({self.row})"


class RowFault(msgspec.Struct, frozen=True):
    """column: the heading's field, "" for the whole row."""

    row: int
    column: str
    message: str


class Roster(msgspec.Struct, frozen=True):
    """total: rows with something in them; each is in entries, or named in faults."""

    total: int
    entries: tuple[Entry, ...]
    faults: tuple[RowFault, ...]


def read_roster(raw: bytes, labels: dict[str, str], today: date) -> Roster:
    """The rows of a comma- or semicolon-separated UTF-8 text with headings.

    labels: other headings that stand for our fields, by heading in lower case.
    Invalid: it is no such text, or its headings leave out or double what is needed.
    """
    rows = _rows(raw)
    columns = _columns(rows[0] if rows else [], labels)
    entries, found, seen = [], [], dict[str, int]()
    total = 0
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        total += 1
        entry = _entry(number, cells, columns, today)
        if isinstance(entry, Entry) and entry.reference in seen:
            why = f"is in row {seen[entry.reference]} already"
            found.append(RowFault(number, REFERENCE, why))
        elif isinstance(entry, Entry):
            seen[entry.reference] = number
            entries.append(entry)
        else:
            found += entry
    return Roster(total, tuple(entries), tuple(found))


def _rows(raw: bytes) -> list[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(Fault("", "is not UTF-8: save the table as CSV UTF-8")) from None
    if "\x00" in text:
        raise Invalid(Fault("", "holds a NUL character"))
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    try:
        lines = (line + "\n" for line in text.split("\n"))
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as e:
        raise Invalid(Fault("", f"is not a table of comma-separated values: {e}")) from None
    if len(rows) > MOST_ROWS + 1:
        raise Invalid(Fault("", f"has more than {MOST_ROWS} rows: split it"))
    return rows


def _columns(head: list[str], labels: dict[str, str]) -> list[str]:
    names = [heading.strip().lower() for heading in head]
    columns = [labels.get(name, name.replace(" ", "_")) for name in names]
    known = {*FIELDS, REFERENCE, REGISTERED_ON}
    wrong = [
        Fault("", f"column {i}: no such field") for i, n in enumerate(columns, 1) if n not in known
    ]
    wrong += [
        Fault("", f"the column {name} is there twice")
        for name in sorted(known)
        if columns.count(name) > 1
    ]
    wrong += [
        Fault("", f"the column {name} is missing")
        for name in (REFERENCE, REGISTERED_ON)
        if name not in columns
    ]
    if wrong:
        raise Invalid(*wrong)
    return columns


def _entry(
    number: int, cells: list[str], columns: list[str], today: date
) -> Entry | list[RowFault]:
    if len(cells) != len(columns):
        return [
            RowFault(number, "", f"has {len(cells)} cells where the headings are {len(columns)}")
        ]
    texts = {n: c.strip() for n, c in zip(columns, cells, strict=True) if c.strip()}
    values, wrong = dict[str, object](), list[RowFault]()
    for name, cell in texts.items():
        try:
            values[name] = _value(name, cell, texts)
        except ValueError as e:
            wrong.append(RowFault(number, name, str(e)))
    for name in (REFERENCE, REGISTERED_ON):
        if name not in texts:
            wrong.append(RowFault(number, name, "is missing"))
    if wrong:
        return wrong
    reference, registered = values.pop(REFERENCE), values.pop(REGISTERED_ON)
    if "deposit_amount" in values:  # it is counted in this one, whatever was known before
        values.setdefault("deposit_currency", DEPOSITED_IN)
    dossier = msgspec.convert(values, Dossier)
    wrong = [RowFault(number, f.pointer[1:], f.message) for f in faults(dossier, today)]
    assert isinstance(reference, str)
    assert isinstance(registered, date)
    if len(reference) > LONGEST_REFERENCE:
        wrong.append(RowFault(number, REFERENCE, f"is at most {LONGEST_REFERENCE} characters"))
    if registered > today:
        wrong.append(RowFault(number, REGISTERED_ON, "is in the future"))
    return wrong or Entry(number, reference, registered, dossier)


def _value(name: str, cell: str, texts: dict[str, str]) -> object:
    """ValueError: why the cell cannot be what its column wants."""
    if name in _WORDS:
        words = _WORDS[name]
        word = words.get(cell.lower(), cell.lower())
        if word not in words.values():
            raise ValueError(f"is one of {', '.join(dict.fromkeys(words.values()))}")
        return word
    if name in _DATES or name == REGISTERED_ON:
        return _date(cell)
    if name == "deposit_amount":
        return _minor(cell, texts.get("deposit_currency", DEPOSITED_IN))
    if name in _EXACT:  # a spreadsheet keeps a leading zero only behind an apostrophe
        return cell.removeprefix("'").replace(" ", "")
    return cell


def _date(cell: str) -> date:
    parts = cell.replace("/", "-").split("-")
    if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts):
        numbers = [int(part) for part in parts]
        if len(parts[2]) == 4:
            numbers.reverse()
        if len(parts[0]) == 4 or len(parts[2]) == 4:
            try:
                return date(*numbers)
            except (ValueError, OverflowError):  # a day of twelve digits is no C int
                pass
    raise ValueError("is a date as 2026-12-31 or 31-12-2026")


def _minor(cell: str, currency: str) -> int:
    try:
        digits = exponent(currency)
    except ValueError:
        raise ValueError("cannot be read: deposit_currency is no ISO 4217 currency") from None
    whole, _, part = cell.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 15):
        raise ValueError("is an amount as 25000000 or 25000000.50, without separators")
    if part and not (part.isascii() and part.isdigit() and len(part) <= digits):
        raise ValueError(f"has at most {digits} digits after its point")
    return int(whole + part.ljust(digits, "0"))
