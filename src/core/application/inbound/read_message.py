"""What came in from vendors, and what became of it; never the bytes."""

from __future__ import annotations

from collections.abc import Sequence

from core.application.hub import Asking, Hub
from core.domain.inbound.inbox import InboxMessage
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from ports.store import InboxFilter, Page


async def list_messages(
    hub: Hub, asking: Asking, page: Page, where: InboxFilter
) -> Sequence[InboxMessage]:
    """Newest first."""
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.inbox(page, where)


async def read_message(hub: Hub, asking: Asking, id: str) -> InboxMessage:
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        message = await view.inbox_message(id)
    if message is None:
        raise NotFound("message", id)
    return message
