"""serai tenants: the agencies this hub serves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from core.application.tenants.add_tenant import NewEntity, add_entity, add_tenant
from core.domain.tenancy import Environment, Scope, Tenant
from entrypoints.cli.desk import opened
from entrypoints.cli.screen import say, show
from entrypoints.first_run import at_the_desk

app = typer.Typer(help="Agencies: add and list them.", no_args_is_help=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The agency's name.")],
    country: Annotated[str, typer.Option(help="Of its first company, as ID or SA.")],
    currency: Annotated[str, typer.Option(help="That its books are kept in, as IDR or SAR.")],
    company: Annotated[str, typer.Option(help="The company's name; else the agency's.")] = "",
    tax_id: Annotated[str, typer.Option(help="The company's.")] = "",
    licence: Annotated[str, typer.Option(help="Of travel or umrah.")] = "",
) -> None:
    """Add an agency with its first legal entity, in both environments."""
    entity = NewEntity(company or name, country, currency, tax_id, licence)

    async def work() -> Tenant:
        async with opened() as hub:
            tenant = await add_tenant(hub, name, entity)
            for environment in Environment:
                await add_entity(hub, at_the_desk(Scope(tenant.id, environment)), entity)
            return tenant

    tenant = asyncio.run(work())
    say(tenant.id, "bold")
    say(f"Make its first key: serai keys create admin --tenant {tenant.id}", "dim")


@app.command("list")
def list_() -> None:
    """Every agency, oldest first."""

    async def work() -> Sequence[Tenant]:
        async with opened() as hub:
            return await hub.store.tenants()

    show(
        ("id", "name", "since"),
        ((t.id, t.name, f"{t.created_at:%Y-%m-%d}") for t in asyncio.run(work())),
        empty="There are no agencies here.",
    )
