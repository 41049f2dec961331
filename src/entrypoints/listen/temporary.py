"""An endpoint at the local hub for as long as somebody listens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.application.hub import Asking, Hub
from core.application.webhooks.add_endpoint import (
    EndpointChange,
    NewEndpoint,
    add_endpoint,
    change_endpoint,
    list_endpoints,
)
from core.application.webhooks.add_partner import add_partner, list_partners, read_partner
from core.domain.webhooks.partner import Endpoint, EndpointState, Partner, Sees
from ports.store import Page

NAME = "serai listen"
_OFF = EndpointChange(state=EndpointState.DISABLED)


@asynccontextmanager
async def temporary_endpoint(
    hub: Hub, asking: Asking, url: str, types: tuple[str, ...], *, partner: str | None
) -> AsyncIterator[Endpoint]:
    """Told of *types* while the block runs, disabled afterwards; what then still waits for it
    stays unsent.

    partner: whose events it hears; None: every event of the agency, by a partner made for it.
    """
    owner = await read_partner(hub, asking, partner) if partner else await _listener(hub, asking)
    await _switch_off(hub, asking, owner, url)
    made = await add_endpoint(hub, asking, NewEndpoint(url, types, owner.id, NAME))
    try:
        yield made
    finally:
        await change_endpoint(hub, asking, made.id, _OFF)


async def _listener(hub: Hub, asking: Asking) -> Partner:
    page: Page | None = Page(limit=200)
    while page is not None:
        partners = await list_partners(hub, asking, page)
        for partner in partners:
            if partner.name == NAME:
                return partner
        page = Page(partners[-1].id, 200) if len(partners) == page.limit else None
    return await add_partner(hub, asking, NAME, Sees.ALL)


async def _switch_off(hub: Hub, asking: Asking, owner: Partner, url: str) -> None:
    """A listener that was killed left its endpoint behind; the port is ours now."""
    for left in await list_endpoints(hub, asking, Page(limit=200)):
        ours = (left.partner, left.description, left.url) == (owner.id, NAME, url)
        if ours and left.state is EndpointState.ACTIVE:
            await change_endpoint(hub, asking, left.id, _OFF)
