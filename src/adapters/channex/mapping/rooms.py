"""Room types and rate plans: what there is to map to, and how each plan is priced."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from adapters.channex.mapping import wire
from core.domain.stock.ari import ChannelCatalogue, ChannelPlan, ChannelRoom


class Plan(msgspec.Struct, frozen=True):
    """adults: occupancies it takes a price for, rising; one where it is priced by the room."""

    code: str
    name: str
    room: str
    currency: str
    per_person: bool
    adults: tuple[int, ...]


def plan(item: wire.Item[wire.RatePlan]) -> Plan:
    """ValueError: it says of no occupancy what it costs."""
    told = item.attributes
    per_person = told.sell_mode == "per_person"
    options = told.options
    if not per_person:
        options = tuple(one for one in options if one.is_primary) or options[:1]
    adults = tuple(sorted({one.occupancy for one in options if one.occupancy > 0}))
    if not adults:
        raise ValueError("a rate plan without an occupancy")
    linked = item.relationships.room_type.data
    return Plan(
        code=item.id,
        name=told.title,
        room=linked.id if linked else "",
        currency=told.currency or "",
        per_person=per_person,
        adults=adults,
    )


def catalogue(
    one: wire.Item[wire.Property],
    rooms: Sequence[wire.Item[wire.RoomType]],
    plans: Sequence[Plan],
) -> ChannelCatalogue:
    return ChannelCatalogue(
        one.id,
        one.attributes.title,
        tuple(
            ChannelRoom(
                room.id,
                room.attributes.title,
                tuple(
                    ChannelPlan(p.code, p.name, p.currency or one.attributes.currency, p.adults)
                    for p in plans
                    if p.room == room.id
                ),
            )
            for room in rooms
        ),
    )
