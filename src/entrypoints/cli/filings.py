"""serai filings: what is owed to the regulator, what is missing, and that it was filed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from core.application.filings.file_report import (
    export_report,
    list_filings,
    read_filing,
    record_filing,
    reopen_filing,
)
from core.application.filings.import_pilgrims import preview_import, read_import, start_import
from core.application.hub import Asking, Hub
from core.domain.filings.completeness import Gap
from core.domain.filings.filing import Filing, FilingState
from core.domain.filings.pilgrim_import import ImportState, PilgrimImport
from core.domain.filings.roster import Roster, RowFault
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.naming import in_words
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble
from ports.filings import FilingFilter
from ports.paging import Page
from ports.regulator_filing import ReportFile, ReportForm

app = typer.Typer(
    help="Reports owed to the regulator: what is missing, until when, and that they were filed.",
    no_args_is_help=True,
)
LOOK_S = 0.5

Id = Annotated[str, typer.Argument(help="flg_…")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
Incomplete = Annotated[bool, typer.Option("--incomplete", help="Although it has gaps.")]


@app.command("list")
def list_(
    departure: Annotated[str | None, typer.Option(help="dpt_…, only its own.")] = None,
    state: Annotated[FilingState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Filings, newest first, with their last days."""

    async def work(hub: Hub, asking: Asking) -> list[Filing]:
        where = FilingFilter(departure, state)
        return list(await list_filings(hub, asking, Page(limit=limit), where))

    show(
        ("id", "departure", "report", "state", "last day", "number"),
        (
            (
                f.id,
                f.departure,
                f.kind,
                "overdue" if f.overdue and f.state is FilingState.OPEN else f.state,
                f"{f.due_on}",
                f.filed.number if f.filed else "",
            )
            for f in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such filings.",
    )


@app.command("show")
def show_(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """One filing, and everything it still wants."""

    async def work(hub: Hub, asking: Asking) -> tuple[Filing, tuple[Gap, ...], str]:
        return await read_filing(hub, asking, id)

    filing, gaps, system = at_desk(work, live=live, tenant=tenant)
    facts(_lines(filing, gaps, system))
    if gaps:
        show(
            ("pilgrim", "field", "what"),
            ((gap.pilgrim or "(departure)", in_words(gap.pointer), gap.message) for gap in gaps),
            empty="",
        )


def _lines(filing: Filing, gaps: tuple[Gap, ...], system: str) -> Iterator[tuple[str, object]]:
    yield "id", filing.id
    yield "report", f"{filing.kind} of {filing.departure}, to {system}"
    yield "state", f"{filing.state}, overdue" if filing.overdue else filing.state
    yield "last day", filing.due_on
    yield "by machine", "coming soon: export it, file it in the portal, record its number"
    yield "gaps", len(gaps) or "none"
    if filing.filed is not None:
        yield "number", filing.filed.number
        yield "evidence", filing.filed.evidence
        yield "filed", f"{filing.filed.at:%Y-%m-%d %H:%M:%S} UTC by {filing.filed.by}"


@app.command()
def export(
    id: Id,
    to: Annotated[Path | None, typer.Option(help="File to write; else its own name here.")] = None,
    form: Annotated[ReportForm, typer.Option(help="xlsx, or csv of the pilgrims alone.")] = (
        ReportForm.XLSX
    ),
    incomplete: Incomplete = False,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Write the report as a file. It holds personal data: only you can read the file."""

    async def work(hub: Hub, asking: Asking) -> ReportFile:
        return await export_report(hub, asking, id, form, incomplete=incomplete)

    file = at_desk(work, live=live, tenant=tenant)
    path = to or Path(file.name)
    if path.exists():
        raise Trouble(f"{path} exists already.", "Name another by --to.")
    path.touch(mode=0o600)
    path.write_bytes(file.content)
    say(f"Wrote {path}.", "bold")


@app.command()
def filed(
    id: Id,
    number: Annotated[str, typer.Option(help="The regulator's number of the filing.")],
    evidence: Annotated[str, typer.Option(help="What proves it: a receipt, where it lies.")],
    incomplete: Incomplete = False,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Record that it was filed in the portal."""

    async def work(hub: Hub, asking: Asking) -> Filing:
        return await record_filing(hub, asking, id, number, evidence, incomplete=incomplete)

    done = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{done.id}: {done.state} under {number}.")


@app.command()
def reopen(
    id: Id,
    reason: Annotated[str, typer.Option(help="Why; owed, and kept in the audit trail.")],
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Owe it again: the number was wrong, or the regulator sent it back."""

    async def work(hub: Hub, asking: Asking) -> Filing:
        return await reopen_filing(hub, asking, id)

    again = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{again.id}: {again.state}, until {again.due_on}.")


@app.command("import")
def import_(
    departure: Annotated[str, typer.Argument(help="dpt_…")],
    file: Annotated[Path, typer.Argument(help="A CSV in UTF-8 with headings.", dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is wrong, and make nothing.")
    ] = False,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Register pilgrims from a table. Exit 1 if a row was wrong (the others go in), or the departure was cancelled meanwhile."""
    if not file.exists():
        raise Trouble(f"There is no file {file}.", "Look at its name.")
    raw = file.read_bytes()

    async def work(hub: Hub, asking: Asking) -> Roster | PilgrimImport:
        if dry_run:
            return await preview_import(hub, asking, departure, raw)
        running = await start_import(hub, asking, departure, raw)
        return await _followed(hub, asking, running)

    told = at_desk(work, live=live, tenant=tenant)
    _wrong(told.faults)
    if isinstance(told, Roster):
        say(f"{len(told.entries):,} of {told.total:,} rows are right. Nothing was made.")
    else:
        say(_progress(told), "bold")
    if told.faults or (isinstance(told, PilgrimImport) and told.state is ImportState.STOPPED):
        raise typer.Exit(1)


async def _followed(hub: Hub, asking: Asking, running: PilgrimImport) -> PilgrimImport:
    """Until it is done, for as long as somebody carries it on."""
    left, quiet = running.left, 0
    while running.state is ImportState.RUNNING and quiet < 10:
        await hub.clock.sleep(LOOK_S)
        running = await read_import(hub, asking, running.id)
        quiet = quiet + 1 if running.left == left else 0
        left = running.left
    return running


def _progress(of: PilgrimImport) -> str:
    told = f"{of.id}: {of.added:,} added, {of.changed:,} changed, {of.wrong:,} rows wrong"
    if of.state is ImportState.RUNNING:
        return f"{told}, {of.left:,} left. It goes in when serai serve or serai worker runs."
    if of.state is ImportState.STOPPED:
        return f"{told}, {of.left:,} left out: its departure was cancelled meanwhile."
    return told


def _wrong(faults: tuple[RowFault, ...]) -> None:
    if faults:
        show(
            ("row", "column", "what is wrong"),
            ((fault.row, fault.column, fault.message) for fault in faults),
            empty="",
        )
