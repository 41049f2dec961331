"""serai partners: who is told of an agency's bookings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.webhooks.add_partner import add_partner, list_partners, read_partner
from core.domain.webhooks.partner import Partner, Sees
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import facts, say, show
from ports.store import Page

app = typer.Typer(help="Partners, who own endpoints: add and list them.", no_args_is_help=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The partner's name.")],
    sees: Annotated[
        Sees,
        typer.Option(help="own: events of bookings made for it. all: every event of the agency."),
    ] = Sees.OWN,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Add a partner. A repeat adds another one."""

    async def work(hub: Hub, asking: Asking) -> Partner:
        return await add_partner(hub, asking, name, sees)

    partner = at_desk(work, live=live, tenant=tenant)
    say(partner.id, "bold")
    say("Its endpoints are added by the API: POST /v1/endpoints.", "dim")


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Every partner of the agency, newest first."""

    async def work(hub: Hub, asking: Asking) -> Sequence[Partner]:
        return await list_partners(hub, asking, Page(limit=limit))

    show(
        ("id", "name", "sees", "since"),
        (
            (p.id, p.name, p.sees, f"{p.created_at:%Y-%m-%d}")
            for p in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no partners here.",
    )


@app.command("show")
def show_(
    id: Annotated[str, typer.Argument(help="ptn_…")], live: Live = False, tenant: Agency = None
) -> None:
    """One partner."""

    async def work(hub: Hub, asking: Asking) -> Partner:
        return await read_partner(hub, asking, id)

    partner = at_desk(work, live=live, tenant=tenant)
    facts(
        [
            ("id", partner.id),
            ("name", partner.name),
            ("sees", "its own events" if partner.sees is Sees.OWN else "every event of the agency"),
            ("added", f"{partner.created_at:%Y-%m-%d %H:%M:%S} UTC"),
        ]
    )
