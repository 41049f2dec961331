"""Look at channels, and pause, resume, refresh or check one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.application.channels.channel_parts import ChannelParts, channel_parts
from core.application.channels.pull_reservations import pull_at_once
from core.application.hub import Asking, Hub, write_audit
from core.domain.channels.channel import Channel, ChannelState
from core.domain.channels.lane import key_of, refusal_of, rules_of
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import Push, RefusedValue
from core.domain.channels.refusal import closed_for
from core.domain.problem import Conflict, Fault, NotFound
from core.domain.stock.ari import RateLine
from core.domain.tenancy import Permission
from ports.channels import ChannelFilter
from ports.jobs import Bell
from ports.store import Page, Tx, View


class ChannelStatus(msgspec.Struct, frozen=True):
    """A channel with how far it was told, and how its reservations and read-backs go. refused:
    what it did not take; of a price, whether its nights are closed there for it."""

    channel: Channel
    push: Push
    refused: Sequence[tuple[RefusedValue, bool | None]]
    watch: Watch | None
    pull: Pull | None

    @property
    def id(self) -> str:
        return self.channel.id


async def list_channels(
    hub: Hub, asking: Asking, page: Page, where: ChannelFilter
) -> Sequence[ChannelStatus]:
    asking.need(Permission.CHANNELS_READ)
    async with hub.store.read(asking.scope) as view:
        found = await view.channels(page, where)
        pushes = await view.pushes([channel.id for channel in found])
        return [await _status(view, channel, pushes) for channel in found]


async def read_channel(hub: Hub, asking: Asking, id: str) -> ChannelStatus:
    asking.need(Permission.CHANNELS_READ)
    async with hub.store.read(asking.scope) as view:
        channel = await view.channel(id)
        if channel is None:
            raise NotFound("channel", id)
        return await _status(view, channel, await view.pushes([id]))


async def read_mapping(hub: Hub, asking: Asking, id: str) -> ChannelParts:
    asking.need(Permission.CHANNELS_READ)
    async with hub.store.read(asking.scope) as view:
        return await channel_parts(hub, view, id)


async def pause_channel(hub: Hub, asking: Asking, id: str) -> ChannelStatus:
    """Nothing more is pushed; what it shows stays as it is. Reservations come in all the same.
    A repeat does nothing."""
    asking.need(Permission.CHANNELS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before, push = await _locked(tx, id)
        after = msgspec.structs.replace(before, state=ChannelState.PAUSED)
        await tx.put_push(msgspec.structs.replace(push, active=False, check_at=None))
        await _keep(hub, tx, asking, "channel.paused", before, after)
    return await _read(hub, asking, id)


async def resume_channel(hub: Hub, asking: Asking, id: str) -> ChannelStatus:
    """What changed meanwhile is told at once. A repeat does nothing.

    Conflict: the mapping has holes; each is named.
    """
    asking.need(Permission.CHANNELS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before, push = await _locked(tx, id)
        parts = await channel_parts(hub, tx, id)
        gaps = parts.mapping().gaps
        if gaps:
            faults = (Fault("", f"{g.hole}: {g.room} {g.plan}: {g.means}") for g in gaps)
            raise Conflict(
                "mapping_incomplete",
                "the mapping has holes; see /v1/mappings",
                faults=tuple(faults),
            )
        after = msgspec.structs.replace(before, state=ChannelState.ACTIVE)
        if after != before:
            due = msgspec.structs.replace(
                push,
                active=True,
                swept_on=None,
                gaps=(),
                failure=None,
                quiet_s=parts.distribution.quiet_s,
                check_at=hub.clock.now(),
            )
            await tx.put_push(due)
        await _keep(hub, tx, asking, "channel.resumed", before, after)
    await hub.jobs.ring(Bell.CHANNELS)
    return await _read(hub, asking, id)


async def push_now(hub: Hub, asking: Asking, id: str) -> ChannelStatus:
    """Look for differences at once, also while it waits after a failure, and ask the channel for
    reservations. Conflict: it is paused."""
    return await _due(hub, asking, id, "channel.pushed", swept_on=None)


async def refresh_channel(hub: Hub, asking: Asking, id: str) -> ChannelStatus:
    """Tell everything anew, whatever was acknowledged. Conflict: it is paused."""
    return await _due(hub, asking, id, "channel.refreshed", cursor=0, swept_on=None)


async def _due(hub: Hub, asking: Asking, id: str, action: str, **changes: object) -> ChannelStatus:
    asking.need(Permission.CHANNELS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        channel, push = await _locked(tx, id)
        if channel.state is ChannelState.PAUSED:
            raise Conflict("channel_paused", "it is paused; resume it, and it is told everything")
        due = msgspec.structs.replace(push, check_at=hub.clock.now(), **changes)
        await tx.put_push(due)
        await pull_at_once(hub, tx, channel.connection)
        await write_audit(hub, tx, asking, action, id)
    for bell in (Bell.CHANNELS, Bell.PULLS):
        await hub.jobs.ring(bell)
    return await _read(hub, asking, id)


async def check_channel(hub: Hub, asking: Asking, id: str) -> ChannelStatus:
    """Read it back at once. Conflict: it cannot be read back."""
    asking.need(Permission.CHANNELS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        await _locked(tx, id)
        watch = await tx.watch(id)
        if watch is None or watch.check_at is None:
            raise Conflict("not_supported", "this channel cannot be read back")
        await tx.put_watch(msgspec.structs.replace(watch, check_at=hub.clock.now()))
    await hub.jobs.ring(Bell.WATCHES)
    return await _read(hub, asking, id)


async def _locked(tx: Tx, id: str) -> tuple[Channel, Push]:
    channel, push = await tx.channel(id), await tx.push(id)
    if channel is None or push is None:
        raise NotFound("channel", id)
    return channel, push


async def _keep(
    hub: Hub, tx: Tx, asking: Asking, action: str, before: Channel, after: Channel
) -> None:
    if after != before:
        await tx.put_channel(after)
        await write_audit(hub, tx, asking, action, after.id, before=before, after=after)


async def _read(hub: Hub, asking: Asking, id: str) -> ChannelStatus:
    async with hub.store.read(asking.scope) as view:
        channel = await view.channel(id)
        assert channel is not None
        return await _status(view, channel, await view.pushes([id]))


async def _status(view: View, channel: Channel, pushes: Mapping[str, Push]) -> ChannelStatus:
    push = pushes[channel.id]
    rates = [key_of(one.line) for one in push.refused if isinstance(one.line, RateLine)]
    kept = {key for rate in rates for key in (refusal_of(rate), rules_of(rate))}
    lanes = await view.lanes(channel.id, kept) if kept else {}
    return ChannelStatus(
        channel,
        push,
        [(one, closed_for(one, lanes)) for one in push.refused],
        await view.watch(channel.id),
        await view.pull(channel.connection),
    )
