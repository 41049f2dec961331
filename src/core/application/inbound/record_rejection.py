"""Keep that a message was not believed, so that the operator sees it; never what was in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from core.application.hub import Asking, Hub
from core.domain.connections.connection import Connection
from core.domain.inbound.rejection import Rejection
from core.domain.problem import NotFound
from core.domain.tenancy import Permission, Scope
from ports.limiter import Rate
from ports.store import Away, Busy, Page

# Of one connection, over all processes: whoever sends junk writes no more than this.
KEPT_AT_MOST = Rate(20, 60.0)


async def record_rejection(
    hub: Hub, scope: Scope, connection: Connection, reason: str, raw: bytes
) -> None:
    """Counted always; kept unless too many came at once or the store is away, and then the next
    one that is kept says how many were not."""
    hub.meter.rejected(connection.adapter)
    if await hub.limiter.acquire(f"rejections:{connection.id}", rate=KEPT_AT_MOST) > 0:
        hub.passed_over[connection.id] += 1
        return
    passed_over = hub.passed_over.pop(connection.id, 0)
    rejection = Rejection(
        id=hub.mint.id("rej"),
        connection=connection.id,
        adapter=connection.adapter,
        reason=reason,
        digest=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        received_at=hub.clock.now(),
        passed_over=passed_over,
    )
    try:
        async with hub.store.begin(scope) as tx:
            await tx.add_rejection(rejection)
    except (Away, Busy):
        hub.passed_over[connection.id] += passed_over + 1


async def list_rejections(
    hub: Hub, asking: Asking, connection: str, page: Page
) -> Sequence[Rejection]:
    """Newest first: the newest 200 of the connection, for 30 days."""
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        if await view.connection(connection) is None:
            raise NotFound("connection", connection)
        return await view.rejections(page, connection=connection)
