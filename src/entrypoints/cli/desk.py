"""Opening the hub for one command, on behalf of whoever has a shell on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from core.application.hub import Asking, Hub
from core.application.tenants.add_tenant import list_entities
from core.domain.tenancy import Environment, Scope, Tenant
from entrypoints import logging
from entrypoints.bootstrap import open_hub
from entrypoints.cli.trouble import Trouble
from entrypoints.first_run import at_the_desk
from entrypoints.settings import Settings
from ports.paging import Page

T = TypeVar("T")
Work = Callable[[Hub, Asking], Coroutine[Any, Any, T]]

Live = Annotated[bool, typer.Option("--live", help="In the live environment; test is the default.")]
Agency = Annotated[
    str | None,
    typer.Option("--tenant", help="Id or name of the agency; not needed while there is one."),
]


def settings_with(**given: Any) -> Settings:
    """The settings, with what the command line says over what the environment says."""
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    logging.configure(settings.log_level, settings.log_format)
    return settings


def at_desk(work: Work[T], *, live: bool, tenant: str | None, reason: str = "") -> T:
    """Run *work* in one agency's environment. A server on the same database may go on."""

    async def whole() -> T:
        async with seated(live=live, tenant=tenant, reason=reason) as (hub, asking):
            return await work(hub, asking)

    return asyncio.run(whole())


@asynccontextmanager
async def seated(
    *, live: bool, tenant: str | None, reason: str = ""
) -> AsyncIterator[tuple[Hub, Asking]]:
    """The hub, and who asks: at the desk of one agency's environment."""
    async with opened() as hub:
        yield hub, at_the_desk(await _scope(hub, live, tenant), reason)


@asynccontextmanager
async def opened() -> AsyncIterator[Hub]:
    settings = settings_with()
    if settings.log_level == "info":
        logging.configure("warning", settings.log_format)  # the command's own words are enough
    need_database(settings)
    async with open_hub(settings, exclusive=False) as hub:
        yield hub


def need_database(settings: Settings) -> None:
    """Trouble: there is none yet, and looking at it would only make an empty one."""
    path = Path(settings.database.partition(":///")[2])
    if settings.embedded and not path.exists():
        raise Trouble(
            f"There is no database at {path}.",
            "serai serve makes it; or look whether SERAI_DATA_DIR is the right one.",
        )


async def only_entity(hub: Hub, asking: Asking) -> str:
    """The agency's company, where it has one. Trouble: it has several, or none."""
    found = await list_entities(hub, asking, Page(limit=200))
    if len(found) == 1:
        return found[0].id
    names = ", ".join(f"{e.id} ({e.name})" for e in found) or "none"
    raise Trouble("Which legal entity?", f"Say it by --entity: {names}")


def in_live(live: bool) -> str:
    """What a command to type next has to say besides."""
    return " --live" if live else ""


async def _scope(hub: Hub, live: bool, tenant: str | None) -> Scope:
    environment = Environment.LIVE if live else Environment.TEST
    return Scope((await _agency(hub, tenant)).id, environment)


async def _agency(hub: Hub, named: str | None) -> Tenant:
    tenants = await hub.store.tenants()
    if not tenants:
        raise Trouble(
            "There is no agency in this database yet.",
            "serai serve makes the first one; or look whether SERAI_DATA_DIR is the right one.",
        )
    found = [t for t in tenants if named is None or named in (t.id, t.name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{t.id} ({t.name})" for t in tenants)
    if not found:
        raise Trouble(f"There is no agency {named}.", f"There are: {names}")
    raise Trouble("There are several agencies.", f"Say which by --tenant: {names}")
