"""PNRs as they stand, looked at again, acknowledged, or settled by a person."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.application.pnrs.settle_pnr import (
    gds_of,
    locked_pnr,
    settle_pnr,
    stored_pnr,
    write_pnr,
)
from core.application.vendor_problem import problem_of
from core.domain.bookings.kept_pnr import KeptPnr, NotNow, acknowledged, reading, resolved
from core.domain.problem import Conflict, Fault, Invalid
from core.domain.tenancy import Permission
from ports.errors import VendorError
from ports.jobs import Bell
from ports.store import Page, PnrFilter


async def read_pnr(hub: Hub, asking: Asking, id: str) -> KeptPnr:
    asking.need(Permission.BOOKINGS_READ)
    return await stored_pnr(hub, asking, id)


async def list_pnrs(hub: Hub, asking: Asking, page: Page, where: PnrFilter) -> Sequence[KeptPnr]:
    asking.need(Permission.BOOKINGS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.pnrs(page, where)


async def look_at_pnr(hub: Hub, asking: Asking, id: str) -> KeptPnr:
    """Read it at the GDS now. What differs is told, as if a queue had named it."""
    asking.need(Permission.BOOKINGS_WRITE)
    kept = await stored_pnr(hub, asking, id)
    try:
        told = await (await gds_of(hub, asking.scope, kept)).retrieve(kept.locator)
    except VendorError as e:
        raise problem_of(e) from e
    return await settle_pnr(
        hub, asking, kept, "pnr.read", lambda p: (reading(p, told, hub.clock.now()), False)
    )


async def acknowledge_pnr(hub: Hub, asking: Asking, id: str) -> KeptPnr:
    """Somebody told the travellers, or rebooked them: its tasks are done until the next change.

    Only here: at the GDS its segments stay as the carrier left them.
    """
    asking.need(Permission.BOOKINGS_WRITE)
    found = await stored_pnr(hub, asking, id)
    async with hub.store.begin(asking.scope) as tx:
        _, kept = await locked_pnr(tx, found)
        if not kept.open_segments:
            return kept
        after = acknowledged(kept, hub.clock.now())
        await tx.put_pnr(after)
        await write_audit(hub, tx, asking, "pnr.acknowledged", id, before=kept, after=after)
    return after


class PnrOutcome(enum.StrEnum):
    DONE = "done"
    NOT_DONE = "not_done"


class ResolvePnr(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """outcome: whether its tickets were issued, voided or refunded, as was asked."""

    outcome: PnrOutcome
    reason: str


async def resolve_pnr(hub: Hub, asking: Asking, id: str, resolve: ResolvePnr) -> KeptPnr:
    """Conflict: it does not need an operator. The reason goes into the audit trail."""
    asking.need(Permission.BOOKINGS_WRITE)
    if not resolve.reason.strip():
        raise Invalid(Fault("/reason", "say how you know"))
    asking = msgspec.structs.replace(asking, reason=resolve.reason)
    found = await stored_pnr(hub, asking, id)
    async with hub.store.begin(asking.scope) as tx:
        booking, kept = await locked_pnr(tx, found)
        try:
            done = resolve.outcome is PnrOutcome.DONE
            after = resolved(kept, hub.clock.now(), done=done)
        except NotNow as e:
            raise Conflict("not_resolvable", str(e)) from None
        await write_pnr(hub, tx, asking, "pnr.resolved", booking, kept, after)
        await write_audit(hub, tx, asking, "pnr.resolved", id, before=kept, after=after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after
