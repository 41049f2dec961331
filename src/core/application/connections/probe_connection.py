"""Ask a vendor whether a connection works, and keep its answer as evidence."""

from __future__ import annotations

import msgspec

from core.application.connection_parts import connection_parts, connection_to_change
from core.application.hub import Asking, Hub, write_audit
from core.domain.connections.connection import ConnectionTest, Verdict
from core.domain.tenancy import Permission
from ports.errors import VendorError
from ports.probe import Probe


async def probe_connection(hub: Hub, asking: Asking, id: str) -> ConnectionTest:
    """Never raises for what the vendor does: each fault has a verdict and a remedy."""
    asking.need(Permission.CONNECTIONS_WRITE)
    scope = asking.scope
    async with hub.store.read(scope) as view:
        connection, account, _ = await connection_parts(hub, view, id)
    began = hub.clock.monotonic()
    try:
        vendor = await hub.vendors.testable(scope, connection, account)
        probe = await vendor.probe()
    except VendorError as e:
        probe = Probe(Verdict.REJECTED, {"fault": e.message}, "mend the connection's settings")
    result = ConnectionTest(
        verdict=probe.verdict,
        tested_at=hub.clock.now(),
        elapsed_ms=round((hub.clock.monotonic() - began) * 1000),
        evidence=probe.evidence,
        remedy=probe.remedy,
    )
    async with hub.store.begin(scope) as tx:
        current, _, _ = await connection_to_change(hub, tx, id)
        await tx.put_connection(msgspec.structs.replace(current, last_test=result))
        await write_audit(hub, tx, asking, "connection.tested", id, after=result)
    return result
