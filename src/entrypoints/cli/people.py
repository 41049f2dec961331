"""serai people: what the law grants a guest."""

from __future__ import annotations

from typing import Annotated

import typer

from core.application.bookings.read_booking import erase_person
from core.application.hub import Asking, Hub
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import say

app = typer.Typer(help="Guests' personal data.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """Guests' personal data."""


@app.command()
def erase(
    id: Annotated[str, typer.Argument(help="per_…, as a booking names its guests.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Destroy a person's name, contacts and notes, for good.

    Bookings, events and the audit trail stay whole and still verify. Backups made before keep
    what they copied.
    """
    if not yes:
        typer.confirm(f"Erase {id} for good?", abort=True)

    async def work(hub: Hub, asking: Asking) -> None:
        await erase_person(hub, asking, id)

    at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{id} is erased.")
