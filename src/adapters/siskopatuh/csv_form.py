"""Comma-separated, with the byte order mark by which spreadsheets know UTF-8."""

from __future__ import annotations

import csv
import io

from adapters.siskopatuh.sheet import Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"


def csv_of(tables: tuple[Table, ...]) -> bytes:
    """The last table: a file of comma-separated values holds one, and the pilgrims are it."""
    table = tables[-1]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.headings)
    writer.writerows([tuple(map(defused, row)) for row in table.rows])
    return (BOM + out.getvalue()).encode()


def defused(cell: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula, and would run it; a number of a
    telephone is left as it is."""
    if cell.startswith(_FORMULA) and not cell.removeprefix("+").isdigit():
        return "'" + cell
    return cell
