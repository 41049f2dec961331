"""Take rooms out of a group's allotment and put them back, within a transaction."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.stock.allotment import IllegalAllotment, drawn, returned
from core.domain.stock.moves import Rooms, Short
from ports.stock import StockTx


async def draw(tx: StockTx, id: str, property: str, rooms: Sequence[Rooms]) -> None:
    """Their nights stay held in the cells. Conflict: too little is left, or it is released."""
    allotment = await tx.allotment(id)
    if allotment is None or allotment.property != property:
        raise NotFound("allotment", id)
    for place, line in enumerate(rooms):
        if line.room_type != allotment.room_type:
            raise Invalid(Fault(f"/rooms/{place}/room_type", "is not the allotment's"))
        try:
            after = drawn(allotment, line)
        except IllegalAllotment as e:
            raise Conflict("allotment_released", str(e)) from None
        if isinstance(after, Short):
            short = after.first
            why = f"the allotment has {short.missing} too few on {short.night}"
            raise Conflict("sold_out", why, faults=(Fault(f"/rooms/{place}", why),))
        allotment = after
    await tx.put_allotment(allotment)


async def give_back(tx: StockTx, id: str, rooms: Sequence[Rooms]) -> bool:
    """True: they are the group's again and stay held; False: it was released meanwhile."""
    allotment = await tx.allotment(id)
    if allotment is None:
        return False
    kept = False
    for line in rooms:
        allotment, kept = returned(allotment, line)
    if kept:
        await tx.put_allotment(allotment)
    return kept
