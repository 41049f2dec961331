"""What a person at a terminal sees."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from entrypoints.cli.trouble import Trouble

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
# Away from a terminal somebody's script reads it: a row is then a line, however long.
lines = Console(highlight=False, soft_wrap=True, width=10_000)


def say(text: str, style: str = "") -> None:
    """One line on stdout. *text* is shown as it is: brackets in it are not markup."""
    out.print(Text(text, style=style))


def complain(trouble: Trouble) -> None:
    """A sentence on stderr, and the remedy below it."""
    err.print(Text("✗ ", style="red").append(trouble.said, style="default"))
    if trouble.remedy:
        err.print(Text(f"  {trouble.remedy}", style="dim"))


def show(columns: Iterable[str], rows: Iterable[Iterable[object]], *, empty: str) -> None:
    """A table; *empty* instead when there are no rows. Ids are never cut short."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        widest = max(map(len, column.split()), default=0)
        table.add_column(column, overflow="fold", no_wrap=place == 0, min_width=widest)
    count = 0
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        count += 1
    (out if out.is_terminal else lines).print(table if count else Text(empty, style="dim"))


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values below each other; those without a value are left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, ""):
            table.add_row(name, Text(str(value)))
    out.print(table)
