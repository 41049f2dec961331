"""Shop flights at every GDS at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta

from core.application.bookings.fan_out import SupplierAnswer, fan_out, suppliers_of
from core.application.hub import Asking, Hub
from core.domain.bookings.flight import FlightOffer, FlightSearch
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.problem import Fault, Invalid
from core.domain.tenancy import Permission
from ports.manifest import Role

BEHIND = timedelta(hours=12)  # UTC-12 is the last to see a day end


async def search_flights(
    hub: Hub,
    asking: Asking,
    request: FlightSearch,
    *,
    deadline_s: float,
    connections: Sequence[str] | None = None,
) -> AsyncIterator[SupplierAnswer[FlightOffer]]:
    """One answer for each connection, as they come; whoever is not back by then is late.

    connections: only these; None asks every active GDS.
    Invalid: no such connection, or a date in the past. Nothing is written.
    """
    asking.need(Permission.SEARCH)
    if request.bounds[0].date < (hub.clock.now() - BEHIND).date():
        raise Invalid(Fault("/bounds/0/date", "is in the past"))
    asked = await suppliers_of(hub, asking, Role.GDS, connections)

    async def ask(c: Connection, account: VendorAccount, left_s: float) -> Sequence[FlightOffer]:
        gds = await hub.vendors.gds(asking.scope, c, account)
        return await gds.shop(request, deadline_s=left_s)

    async with aclosing(fan_out(hub, asking, asked, ask, deadline_s)) as answers:
        async for answer in answers:
            yield answer
