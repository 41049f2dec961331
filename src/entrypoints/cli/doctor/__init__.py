"""serai doctor: what is wrong, in plain words, and how to mend it."""

from __future__ import annotations

import asyncio

import typer
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from entrypoints import logging
from entrypoints.bootstrap import open_hub
from entrypoints.cli.doctor.finding import Finding, wrong
from entrypoints.cli.doctor.surroundings import (
    database_findings,
    key_findings,
    proxy_findings,
    redis_findings,
    settings_findings,
)
from entrypoints.cli.doctor.work import connection_findings, scopes_of, stuck_findings
from entrypoints.cli.doctor.workers import worker_findings
from entrypoints.cli.screen import out, say
from entrypoints.cli.trouble import settings_said, trouble_of
from entrypoints.settings import Settings


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor() -> None:
    """Look at settings, database, Redis, egress proxy, keys, clock, workers, connections and
    stuck work.

    Says what is wrong in plain words and how to mend it. Every active connection is tested for
    real. Exit 1 if anything is wrong.
    """
    logging.configure("error")
    found = asyncio.run(examine())
    _show(found)
    bad = sum(not f.good for f in found)
    if bad:
        say(f"{bad} of {len(found)} need mending.", "red")
        raise typer.Exit(1)
    say("All is well.", "green")


async def examine() -> list[Finding]:
    """Every finding, in the order they depend on each other."""
    try:
        settings = Settings()
    except ValidationError as e:
        return [wrong("settings", settings_said(e), "Mend it in the environment or in .env.")]
    base = [
        *settings_findings(settings),
        *await database_findings(settings),
        *key_findings(settings),
    ]
    inside = await _inside(settings) if all(f.good for f in base) else []
    around = [*await redis_findings(settings), *await proxy_findings(settings)]
    return [*base, *around, *inside]


async def _inside(settings: Settings) -> list[Finding]:
    try:
        async with open_hub(settings, exclusive=False) as hub:
            found = [Finding("encryption key", "opens what the database holds")]
            found += await worker_findings(hub, settings)
            for scope in await scopes_of(hub):
                found += await connection_findings(hub, scope)
                found += await stuck_findings(hub, scope)
            return found
    except Exception as e:  # the boundary: whatever keeps the hub shut is what is looked for
        told = trouble_of(e)
        about = "encryption key" if type(e).__name__ == "WrongKey" else "database"
        return [wrong(about, told.said, told.remedy or "Mend what it says, then ask again.")]


def _show(found: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for f in found:
        mark = Text("✓", "green") if f.good else Text("✗", "red")
        said = Text(f.said)
        if f.remedy:
            said.append(f"\n→ {f.remedy}", style="dim")
        table.add_row(mark, Text(f.about, "bold"), said)
    out.print(table)
