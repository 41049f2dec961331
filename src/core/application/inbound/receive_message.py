"""A vendor's webhook: verified on its raw bytes, kept, and only then answered."""

from __future__ import annotations

from collections.abc import Mapping

from core.application.connection_parts import connection_parts
from core.application.hub import Hub
from core.application.inbound.record_rejection import record_rejection
from core.domain.card import masked_bytes
from core.domain.connections.connection import ConnectionState
from core.domain.inbound.inbox import InboxMessage
from core.domain.problem import Forbidden, NotFound
from core.domain.vendor_id import kept_id
from ports.inbound_webhook import Rejected
from ports.jobs import Bell


async def receive_message(
    hub: Hub, connection_id: str, headers: Mapping[str, str], raw: bytes
) -> InboxMessage | None:
    """Committed when this returns; None: it was here before.

    NotFound: no such connection, or one that takes no webhooks. Forbidden: not genuine, which
    is recorded.
    """
    scope = await hub.store.connection_scope(connection_id)
    if scope is None:
        raise NotFound("connection", connection_id)
    async with hub.store.read(scope) as view:
        connection, account, _ = await connection_parts(hub, view, connection_id)
    inbound = hub.vendors.inbound(scope, connection, account)
    if inbound is None or connection.state is not ConnectionState.ACTIVE:
        raise NotFound("connection", connection_id)
    verified = inbound.verify(headers, raw, hub.clock.now())
    if isinstance(verified, Rejected):
        await record_rejection(hub, scope, connection, verified.reason, raw)
        raise Forbidden("signature_rejected", verified.reason)
    message = InboxMessage(
        id=hub.mint.id("inb"),
        connection=connection_id,
        vendor_id=kept_id(verified.vendor_id, raw),
        type=verified.type,
        raw=masked_bytes(raw),
        received_at=hub.clock.now(),
    )
    async with hub.store.begin(scope) as tx:
        new = await tx.receive(message)
    await hub.jobs.ring(Bell.INBOX)
    return message if new else None
