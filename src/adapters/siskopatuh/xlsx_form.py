"""A workbook with a sheet for each table. All cells are texts, so that no zero is lost."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import xlsxwriter

from adapters.siskopatuh.sheet import Table

MADE = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed one keeps bytes equal
WIDEST = 40


def xlsx_of(tables: tuple[Table, ...]) -> bytes:
    """The same tables give the same bytes."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_urls": False}) as book:
        book.set_properties({"created": MADE})
        bold = book.add_format({"bold": True, "bottom": 1})
        for table in tables:
            _write(book.add_worksheet(table.title), table, bold)
    return out.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, table: Table, bold: object) -> None:
    sheet.freeze_panes(1, 1)
    for column, heading in enumerate(table.headings):
        cells = [heading, *(row[column] for row in table.rows)]
        sheet.set_column(column, column, min(max(map(len, cells)) + 2, WIDEST))
        sheet.write_string(0, column, heading, bold)
        for line, cell in enumerate(cells[1:], start=1):
            sheet.write_string(line, column, cell)
