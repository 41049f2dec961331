"""Properties as a person names them: by the agency's own code, or by id."""

from __future__ import annotations

from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.stock.add_property import list_properties
from core.domain.stock.property import Property
from entrypoints.cli.trouble import Trouble
from ports.paging import Page

House = Annotated[str, typer.Argument(help="Code of the property, or prp_…")]
OfHouse = Annotated[
    str | None, typer.Option("--property", help="Code of the property, or prp_…; only its own.")
]


async def house_named(hub: Hub, asking: Asking, named: str) -> Property:
    """Trouble: there is none of that code or id."""
    page = Page(limit=200)
    while found := await list_properties(hub, asking, page):
        for one in found:
            if named in (one.id, one.code):
                return one
        page = Page(found[-1].id, 200)
    raise Trouble(f"There is no property {named}.", "serai properties list names those there are.")
