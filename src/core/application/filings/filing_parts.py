"""A departure as the filing use cases need it: the group, what is known of it, the regulator."""

from __future__ import annotations

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub
from core.domain.filings.departure import Departure, Pilgrim
from core.domain.filings.filing import Filing, FilingKind, opened, rescheduled
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from ports.filings import FilingFilter
from ports.manifest import Role
from ports.regulator_filing import RegulatorFiling
from ports.store import Page, Tx, View


async def departure_of(view: View, id: str) -> Departure:
    found = await view.departure(id)
    if found is None:
        raise NotFound("departure", id)
    return found


async def pilgrim_of(view: View, id: str) -> Pilgrim:
    found = await view.pilgrim(id)
    if found is None:
        raise NotFound("pilgrim", id)
    return found


async def filing_of(view: View, id: str) -> Filing:
    found = await view.filing(id)
    if found is None:
        raise NotFound("filing", id)
    return found


async def open_departure(tx: Tx, id: str) -> Departure:
    """Locked. Conflict: it was cancelled."""
    departure = await departure_of(tx, id)
    if departure.cancelled:
        raise Conflict("departure_cancelled", f"the departure {id} was cancelled")
    return departure


async def regulator(hub: Hub, asking: Asking, view: View, connection: str) -> RegulatorFiling:
    found, account, manifest = await connection_parts(hub, view, connection)
    if Role.REGULATOR_FILING not in manifest.roles:
        raise Invalid(Fault("/connection", f"{connection} files nothing with a regulator"))
    return await hub.vendors.regulator_filing(asking.scope, found, account)


async def put_filings(hub: Hub, tx: Tx, departure: Departure) -> None:
    """Each report that the departure owes, with its last day as things stand now."""
    group = tuple(await tx.group(departure.id))
    now = hub.clock.now()
    known = await tx.filings(Page(limit=len(FilingKind)), FilingFilter(departure=departure.id))
    for filing in known:
        after = rescheduled(filing, departure, group, now)
        if after != filing:
            await tx.put_filing(after)
    for kind in set(FilingKind) - {filing.kind for filing in known}:
        await tx.put_filing(opened(hub.mint.id("flg"), kind, departure, group, now))


def changed(value: Departure, hub: Hub, **fields: object) -> Departure:
    return msgspec.structs.replace(value, updated_at=hub.clock.now(), **fields)
