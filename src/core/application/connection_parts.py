"""A connection as a use case needs it: with its account, and what its adapter declares."""

from __future__ import annotations

from core.application.hub import Hub
from core.domain.connections.connection import Connection, ConnectionState, VendorAccount
from core.domain.problem import Conflict, NotFound
from ports.manifest import Manifest
from ports.store import Tx, View


async def connection_parts(
    hub: Hub, view: View, id: str
) -> tuple[Connection, VendorAccount, Manifest]:
    """A connection with its account and adapter, not locked. NotFound: it is not in this scope."""
    found = await view.connected(id)
    if found is None:
        raise NotFound("connection", id)
    connection, account = found
    manifest = hub.vendors.manifest(connection.adapter)
    if manifest is None:
        raise Conflict("adapter_missing", f"the adapter {connection.adapter} is not installed")
    return connection, account, manifest


async def active_parts(hub: Hub, view: View, id: str) -> tuple[Connection, VendorAccount, Manifest]:
    """The same, for what begins something new. Conflict: the connection is disabled."""
    connection, account, manifest = await connection_parts(hub, view, id)
    if connection.state is not ConnectionState.ACTIVE:
        raise Conflict("connection_disabled", f"the connection {connection.id} is disabled")
    return connection, account, manifest


async def connection_to_change(
    hub: Hub, tx: Tx, id: str
) -> tuple[Connection, VendorAccount, Manifest]:
    """The same, locked until the transaction ends."""
    connection = await tx.connection(id)
    if connection is not None:
        await tx.account(connection.account)
    return await connection_parts(hub, tx, id)
