"""What becomes of a hold: given back, expired, sold, or the sale undone."""

from __future__ import annotations

from core.application.hub import Asking, Hub, by_itself, write_intent
from core.application.stock.draw_allotment import give_back
from core.domain.events.stock_events import hold_event
from core.domain.problem import Conflict, NotFound
from core.domain.stock.holding import Hold, HoldState, IllegalHold, ended
from core.domain.stock.moves import Move
from core.domain.tenancy import Permission, Scope
from ports.jobs import Bell
from ports.store import Tx


async def release_hold(hub: Hub, asking: Asking, id: str) -> Hold:
    """A hold that is released or expired already is given as it is. Conflict: it is sold."""
    return await _settled(hub, asking, id, HoldState.RELEASED, (HoldState.EXPIRED,))


async def sell_hold(hub: Hub, asking: Asking, id: str) -> Hold:
    """What was held is sold for good. A repeat does nothing. Conflict: its time was over."""
    return await _settled(hub, asking, id, HoldState.SOLD, ())


async def cancel_hold(hub: Hub, asking: Asking, id: str) -> Hold:
    """Undo the sale of a hold. A repeat does nothing. Conflict: it was not sold."""
    return await _settled(hub, asking, id, HoldState.CANCELLED, ())


async def expire_hold(hub: Hub, scope: Scope, id: str) -> None:
    """Give it back if its time is over, with the event that tells it; else do nothing."""
    async with hub.store.begin(scope) as tx:
        hold = await tx.hold(id)
        if hold is None:
            return
        try:
            after, moves = await _end(hub, tx, hold, HoldState.EXPIRED)
        except IllegalHold:
            return
        await tx.record(hold_event("hold.expired", after), hub.clock.now())
        asking = by_itself(scope)
        await write_intent(hub, tx, asking, "hold.expired", id, before=hold, after=after)
        await tx.move_stock(hold.property, moves)
    await hub.jobs.ring(Bell.DELIVERIES)
    await hub.jobs.ring(Bell.STOCK)


async def _settled(
    hub: Hub, asking: Asking, id: str, to: HoldState, also: tuple[HoldState, ...]
) -> Hold:
    asking.need(Permission.BOOKINGS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        hold = await tx.hold(id)
        if hold is None:
            raise NotFound("hold", id)
        if hold.state in (to, *also):
            return hold
        try:
            after, moves = await _end(hub, tx, hold, to)
        except IllegalHold as e:
            raise Conflict("not_possible_now", str(e)) from None
        await write_intent(hub, tx, asking, f"hold.{to}", id, before=hold, after=after)
        await tx.move_stock(hold.property, moves)
    await hub.jobs.ring(Bell.STOCK)
    return after


async def _end(hub: Hub, tx: Tx, hold: Hold, to: HoldState) -> tuple[Hold, tuple[Move, ...]]:
    """The hold written in its new state, and the moves that are still to be made."""
    now = hub.clock.now()
    after, moves = ended(hold, to, now)
    if to is not HoldState.SOLD and hold.allotment is not None:
        kept = await give_back(tx, hold.allotment, hold.rooms)
        after, moves = ended(hold, to, now, to_group=kept)
    await tx.put_hold(after)
    return after, moves
