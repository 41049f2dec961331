"""Search every hotel supplier at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from core.application.bookings.fan_out import SupplierAnswer, fan_out, suppliers_of
from core.application.hub import Asking, Hub
from core.domain.bookings.hotel import HotelCodes, HotelOffer, HotelSearch
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.problem import Fault, Invalid
from core.domain.tenancy import Permission
from ports.manifest import Role


async def search_hotels(
    hub: Hub,
    asking: Asking,
    request: HotelSearch,
    *,
    deadline_s: float,
    connections: Sequence[str] | None = None,
) -> AsyncIterator[SupplierAnswer[HotelOffer]]:
    """One answer for each connection, as they come; whoever is not back by then is late.

    connections: only these; None asks every active hotel supplier.
    Invalid: no such connection, or dates in the past. Nothing is written.
    """
    asking.need(Permission.SEARCH)
    if request.stay.has_begun(hub.clock.now()):
        raise Invalid(Fault("/check_in", "is in the past"))
    where = request.destination
    codes = where.codes if isinstance(where, HotelCodes) else None
    asked = await suppliers_of(
        hub, asking, Role.HOTEL_SUPPLIER, connections, codes, "/destination/codes"
    )

    async def ask(c: Connection, account: VendorAccount, left_s: float) -> Sequence[HotelOffer]:
        supplier = await hub.vendors.hotel_supplier(asking.scope, c, account)
        return await supplier.search(request, deadline_s=left_s)

    async with aclosing(fan_out(hub, asking, asked, ask, deadline_s)) as answers:
        async for answer in answers:
            yield answer
