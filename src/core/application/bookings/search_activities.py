"""Search every supplier of activities at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta

from core.application.bookings.fan_out import SupplierAnswer, fan_out, suppliers_of
from core.application.hub import Asking, Hub
from core.domain.bookings.activity import ActivityOffer, ActivitySearch, ProductCodes
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.problem import Fault, Invalid
from core.domain.tenancy import Permission
from ports.manifest import Role

BEHIND = timedelta(hours=12)  # UTC-12 is the last to see a day end


async def search_activities(
    hub: Hub,
    asking: Asking,
    request: ActivitySearch,
    *,
    deadline_s: float,
    connections: Sequence[str] | None = None,
) -> AsyncIterator[SupplierAnswer[ActivityOffer]]:
    """One answer for each connection, as they come; whoever is not back by then is late.

    connections: only these; None asks every active supplier of activities.
    Invalid: no such connection, or days in the past. Nothing is written.
    """
    asking.need(Permission.SEARCH)
    if request.days.last < (hub.clock.now() - BEHIND).date():
        raise Invalid(Fault("/days/last", "is in the past"))
    codes = request.where.codes if isinstance(request.where, ProductCodes) else None
    asked = await suppliers_of(
        hub, asking, Role.ACTIVITY_SUPPLIER, connections, codes, "/where/codes"
    )

    async def ask(c: Connection, account: VendorAccount, left_s: float) -> Sequence[ActivityOffer]:
        supplier = await hub.vendors.activity_supplier(asking.scope, c, account)
        return await supplier.search(request, deadline_s=left_s)

    async with aclosing(fan_out(hub, asking, asked, ask, deadline_s)) as answers:
        async for answer in answers:
            yield answer
