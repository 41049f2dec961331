"""A channel as a use case needs it: with its connection, its adapter's terms, and our property."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Hub
from core.domain.channels.channel import Channel
from core.domain.channels.channel_mapping import Completeness, Sellable, completeness
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.problem import Conflict, NotFound
from core.domain.stock.property import Property
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from ports.manifest import Distribution, Manifest
from ports.store import View


class ChannelParts(msgspec.Struct, frozen=True):
    """house: our property. room_types, plans: all of it, those that are no longer sold too."""

    channel: Channel
    connection: Connection
    account: VendorAccount
    manifest: Manifest
    distribution: Distribution
    house: Property
    room_types: Sequence[RoomType]
    plans: Sequence[RatePlan]

    def mapping(self) -> Completeness:
        """What is missing between the two."""
        ours = sellable(self.room_types, self.plans)
        return completeness(self.channel.mapping, ours, self.channel.catalogue)


async def channel_parts(hub: Hub, view: View, id: str) -> ChannelParts:
    """Not locked where *view* only reads. NotFound: it is not in this scope."""
    channel = await view.channel(id)
    if channel is None:
        raise NotFound("channel", id)
    connection, account, manifest = await connection_parts(hub, view, channel.connection)
    house = await view.property(channel.property)
    if house is None:
        raise NotFound("property", channel.property)
    return ChannelParts(
        channel=channel,
        connection=connection,
        account=account,
        manifest=manifest,
        distribution=distribution_of(manifest),
        house=house,
        room_types=await view.room_types(house.id),
        plans=await view.rate_plans(house.id),
    )


def distribution_of(manifest: Manifest) -> Distribution:
    if manifest.distribution is None:
        raise Conflict("not_a_channel", f"{manifest.title} sells nothing of ours")
    return manifest.distribution


def sellable(room_types: Sequence[RoomType], plans: Sequence[RatePlan]) -> Sellable:
    """What is on sale of a property, as a mapping is checked against it."""
    active = [room for room in room_types if room.active]
    return Sellable(
        {room.id: frozenset(plan.id for plan in plans if plan.sells(room.id)) for room in active},
        {room.id: room.name for room in room_types} | {plan.id: plan.name for plan in plans},
        {plan.id: plan.currency for plan in plans},
    )
