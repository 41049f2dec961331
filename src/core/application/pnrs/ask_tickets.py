"""Issue, void or refund the tickets of a PNR: each asked once, and proven by what is seen."""

from __future__ import annotations

import msgspec

from core.application.clear_answer import clear_answer
from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.in_time import in_time
from core.application.pnrs.settle_pnr import gds_of, locked_pnr, settle_pnr, stored_pnr
from core.application.vendor_problem import problem_of
from core.domain.bookings.booking import BookingState
from core.domain.bookings.kept_pnr import (
    WISHING,
    KeptPnr,
    NotNow,
    PnrState,
    Wish,
    answered,
    is_done,
    refused,
    still_asks,
    wishing,
)
from core.domain.bookings.pnr import Pnr
from core.domain.money import Money
from core.domain.problem import Conflict
from core.domain.refusal import Refusal
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.errors import VendorError
from ports.gds import Gds, RefundQuote
from ports.jobs import Bell
from ports.store import Tx


async def ticket_pnr(hub: Hub, asking: Asking, id: str) -> KeptPnr:
    """Issue a ticket for every passenger, at the stored price.

    `ticketing` means that no clear answer came: it is looked at by itself, and never sent again.
    A PNR that has its tickets is returned as it is.
    """
    return await _wish(hub, asking, id, Wish.TICKET)


async def void_tickets(hub: Hub, asking: Asking, id: str) -> KeptPnr:
    """End its tickets at no cost, on the day they were issued. Its flights are still held."""
    return await _wish(hub, asking, id, Wish.VOID)


async def refund_tickets(hub: Hub, asking: Asking, id: str) -> KeptPnr:
    """Give its tickets back for what the fare's rules give. Its flights are still held.

    The carrier's penalty is asked first, and kept with the PNR. Conflict: it cannot be quoted.
    """
    asking.need(Permission.BOOKINGS_WRITE)
    kept = await stored_pnr(hub, asking, id)
    penalty = None
    if kept.state is PnrState.TICKETED:
        penalty = (await _quoted(hub, asking, kept)).penalty
    return await _wish(hub, asking, id, Wish.REFUND, penalty)


async def refund_quote(hub: Hub, asking: Asking, id: str) -> RefundQuote:
    """What refunding its tickets would give back now. Conflict: it has none, or ask the carrier."""
    asking.need(Permission.BOOKINGS_READ)
    kept = await stored_pnr(hub, asking, id)
    if kept.state is not PnrState.TICKETED:
        raise Conflict("not_ticketed", f"a PNR that is {kept.state} has no tickets to refund")
    return await _quoted(hub, asking, kept)


async def _quoted(hub: Hub, asking: Asking, kept: KeptPnr) -> RefundQuote:
    try:
        return await (await gds_of(hub, asking.scope, kept)).refund_quote(kept.locator)
    except VendorError as e:
        raise problem_of(e) from e


async def _wish(
    hub: Hub, asking: Asking, id: str, wish: Wish, penalty: Money | None = None
) -> KeptPnr:
    asking.need(Permission.BOOKINGS_WRITE)
    found = await stored_pnr(hub, asking, id)
    async with hub.store.begin(asking.scope) as tx:
        kept = await _locked(tx, found, wish)
        if _has_it(kept, wish):
            return kept
        _, _, manifest = await connection_parts(hub, tx, kept.connection)
        now = hub.clock.now()
        try:
            intent = wishing(kept, wish, send(now, manifest.deadline_s), now, penalty)
        except NotNow as e:
            raise Conflict("not_now", str(e), resource=kept.id) from None
        await tx.put_pnr(intent)
        action = f"pnr.{WISHING[wish]}"
        await write_intent(hub, tx, asking, action, kept.id, before=kept, after=intent)
    await ring_after(hub, Bell.PNRS, intent.check_at, told=False)
    return await _send(hub, asking, intent, wish)


async def _locked(tx: Tx, found: KeptPnr, wish: Wish) -> KeptPnr:
    booking, kept = await locked_pnr(tx, found)
    if wish is Wish.TICKET and booking.state is not BookingState.CONFIRMED:
        raise Conflict(
            "not_ticketable",
            f"its booking {booking.id} is {booking.state}; only a confirmed one is ticketed",
            resource=booking.id,
        )
    return kept


def _has_it(kept: KeptPnr, wish: Wish) -> bool:
    """It is so already, or is being asked for right now."""
    return kept.state is WISHING[wish] or (wish is Wish.TICKET and kept.state is PnrState.TICKETED)


async def _send(hub: Hub, asking: Asking, kept: KeptPnr, wish: Wish) -> KeptPnr:
    """Ask for it, exactly once; the submission is committed."""
    told = await clear_answer(_ask(hub, asking, kept, wish), kept.submission)
    if isinstance(told, Refusal):
        return await settle_pnr(
            hub,
            asking,
            kept,
            "pnr.refused",
            lambda p: (refused(p, told, hub.clock.now()), False),
            still=still_asks,
        )
    if told is None or not is_done(kept, told):
        return kept  # an answer that does not show it proves nothing
    return await settle_pnr(
        hub,
        asking,
        kept,
        "pnr.settled",
        lambda p: (answered(kept, p, told, hub.clock.now()), False),
        still=still_asks,
    )


async def _ask(hub: Hub, asking: Asking, kept: KeptPnr, wish: Wish) -> Pnr:
    gds = await gds_of(hub, asking.scope, kept)
    async with in_time(hub, kept.submission):
        return await _call(gds, kept, wish)


async def _call(gds: Gds, kept: KeptPnr, wish: Wish) -> Pnr:
    match wish:
        case Wish.TICKET:
            tickets = tuple(await gds.ticket(kept.locator, key=kept.id))
            if kept.told is None:
                return await gds.retrieve(kept.locator)
            return msgspec.structs.replace(kept.told, tickets=tickets)
        case Wish.VOID:
            return await gds.void(kept.locator)
        case Wish.REFUND:
            return await gds.refund(kept.locator)
