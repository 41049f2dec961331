"""Sell a property at a connection: say how it is shown there, and map it to what they call it."""

from __future__ import annotations

import msgspec

from core.application.channels.channel_parts import ChannelParts, channel_parts, distribution_of
from core.application.channels.pull_reservations import pull_at_once
from core.application.channels.take_reservation import count_here
from core.application.connection_parts import active_parts
from core.application.hub import Asking, Hub, write_audit
from core.application.vendor_problem import code_of, problem_of
from core.domain.channels.channel import (
    Channel,
    ChannelMapping,
    ChannelPricing,
    ChannelState,
    SafetyBuffer,
    Tolerance,
)
from core.domain.channels.channel_mapping import Completeness, Hole
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import TAX_ABOVE_PRICE, Push
from core.domain.channels.refusal import once_more
from core.domain.channels.reservation import Reservation, remapped
from core.domain.events.channel_events import reservation_event
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.tenancy import Permission
from ports.channels import ReservationFilter
from ports.errors import NotSupported, Refused, VendorError
from ports.jobs import Bell
from ports.manifest import Manifest, Role
from ports.store import Page, Tx


class NewChannel(msgspec.Struct, frozen=True):
    """property_code: the channel's own code of the property."""

    connection: str
    property: str
    property_code: str
    name: str = ""
    pricing: ChannelPricing = ChannelPricing()
    buffer: SafetyBuffer = SafetyBuffer()
    tolerance: Tolerance = Tolerance()


class ChannelChange(msgspec.Struct, frozen=True):
    """None leaves a thing as it is."""

    property_code: str | None = None
    name: str | None = None
    pricing: ChannelPricing | None = None
    buffer: SafetyBuffer | None = None
    tolerance: Tolerance | None = None


async def add_channel(hub: Hub, asking: Asking, new: NewChannel) -> Channel:
    """Paused: nothing is pushed until it is mapped and resumed. Reservations come in from now on.

    Conflict: the connection sells nothing, or has a channel of that property or code already.
    """
    asking.need(Permission.CHANNELS_WRITE)
    _check_words(new.property_code, new.name or None)
    now = hub.clock.now()
    async with hub.store.begin(asking.scope) as tx:
        connection, _, manifest = await active_parts(hub, tx, new.connection)
        terms = distribution_of(manifest)
        house = await tx.property(new.property)
        if house is None:
            raise NotFound("property", new.property)
        for other in await tx.channels_of(connection=connection.id):
            if new.property == other.property or new.property_code == other.property_code:
                why = f"this property or code is sold there by {other.id} already"
                raise Conflict("already_a_channel", why, resource=other.id)
        channel = Channel(
            id=hub.mint.id("chn"),
            connection=connection.id,
            property=house.id,
            property_code=new.property_code,
            name=new.name or f"{house.name} at {connection.name}",
            created_at=now,
            pricing=new.pricing,
            buffer=new.buffer,
            tolerance=new.tolerance,
        )
        await tx.put_channel(channel)
        await tx.put_push(Push(channel.id, house.id, terms.quiet_s))
        readable = Role.SHOWN_RATES in manifest.roles
        await tx.put_watch(Watch(channel.id, None if not readable else now))
        await _ask_for_reservations(hub, tx, connection.id, manifest)
        await write_audit(hub, tx, asking, "channel.added", channel.id, after=channel)
    await hub.jobs.ring(Bell.PULLS)
    return channel


def _check_words(property_code: str | None, name: str | None) -> None:
    """None: it is not said."""
    faults = [
        Fault(pointer, f"must have 1 to {most} characters")
        for pointer, said, most in (("/property_code", property_code, 100), ("/name", name, 200))
        if said is not None and not 0 < len(said.strip()) <= most
    ]
    if faults:
        raise Invalid(*faults)


async def _ask_for_reservations(hub: Hub, tx: Tx, connection: str, manifest: Manifest) -> None:
    if Role.RESERVATION_SOURCE not in manifest.roles:
        return
    every_s = distribution_of(manifest).pull_every_s
    pull = await tx.pull(connection) or Pull(connection, every_s, None)
    await tx.put_pull(
        msgspec.structs.replace(pull, every_s=every_s, check_at=pull.check_at or hub.clock.now())
    )


async def change_channel(hub: Hub, asking: Asking, id: str, change: ChannelChange) -> Channel:
    """What it changes is told from the next turn on, which begins at once.

    Conflict: its property code is another channel's, or cannot be changed any more, because the
    channel took something under it or a reservation came in.
    """
    asking.need(Permission.CHANNELS_WRITE)
    _check_words(change.property_code, change.name)
    said = {n: v for n in change.__struct_fields__ if (v := getattr(change, n)) is not None}
    async with hub.store.begin(asking.scope) as tx:
        before = await _channel(tx, id)
        after = msgspec.structs.replace(before, **said, version=before.version + 1)
        moved = after.property_code != before.property_code
        if moved:
            after = await _moved(hub, tx, before, after)
        await _compare_all(hub, tx, after)
        await tx.put_channel(after)
        await write_audit(hub, tx, asking, "channel.changed", id, before=before, after=after)
    if moved:
        await _take_what_is_known_now(hub, asking, after)
    for bell in (Bell.CHANNELS, *((Bell.PULLS, Bell.STOCK, Bell.DELIVERIES) if moved else ())):
        await hub.jobs.ring(bell)
    return after


async def _moved(hub: Hub, tx: Tx, before: Channel, after: Channel) -> Channel:
    """At another property of the channel, where nothing is known of what it has or sells."""
    push = await tx.push(before.id)
    assert push is not None  # each channel has one
    here = await tx.reservations(Page(limit=1), ReservationFilter(channel=before.id))
    if push.lines or push.in_flight or here:
        raise _wrong_code(
            "property_code_used",
            "cannot be changed: the channel was told something under it, or sold something; pause "
            "this channel, and sell the property through another connection",
            before.id,
        )
    for other in await tx.channels_of(connection=before.connection):
        if other.id != before.id and other.property_code == after.property_code:
            raise _wrong_code("already_a_channel", f"is sold by {other.id}", other.id)
    await tx.put_push(msgspec.structs.replace(push, cursor=0, swept_on=None, refused=()))
    await pull_at_once(hub, tx, before.connection)
    return msgspec.structs.replace(after, catalogue=None, catalogue_at=None)


def _wrong_code(code: str, why: str, resource: str) -> Conflict:
    fault = Fault("/property_code", why)
    return Conflict(code, f"the property code {why}", faults=(fault,), resource=resource)


async def map_channel(
    hub: Hub, asking: Asking, id: str, mapping: ChannelMapping
) -> tuple[Channel, Completeness]:
    """Replace its mapping. A mapping may have holes, which are reported: nothing is pushed while
    it has. Reservations that named what is mapped now take their rooms at once.

    Invalid: it names a room type or plan that the property has not, maps one thing twice, or maps
    anew what is no longer sold.
    """
    asking.need(Permission.CHANNELS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await _channel(tx, id)
        parts = await channel_parts(hub, tx, id)
        after = msgspec.structs.replace(before, mapping=mapping, version=before.version + 1)
        report = msgspec.structs.replace(parts, channel=after).mapping()
        _check(report, before.mapping)
        await tx.put_channel(after)
        await _compare_all(hub, tx, after)
        if after.mapping != before.mapping:
            await _say_once_more(tx, id)
        await write_audit(hub, tx, asking, "channel.mapped", id, before=before, after=after)
    await _take_what_is_known_now(hub, asking, after)
    for bell in (Bell.CHANNELS, Bell.STOCK, Bell.DELIVERIES):
        await hub.jobs.ring(bell)
    return after, report


IMPOSSIBLE = {
    Hole.NO_SUCH_ROOM_TYPE: "rooms",
    Hole.ROOM_TWICE: "rooms",
    Hole.ROOM_TYPE_TWICE: "rooms",
    Hole.NO_SUCH_RATE_PLAN: "plans",
    Hole.PLAN_TWICE: "plans",
    Hole.PLAN_WITHOUT_ROOM: "plans",
    Hole.ROOM_TYPE_RETIRED: "rooms",
    Hole.RATE_PLAN_RETIRED: "plans",
}


def _check(report: Completeness, before: ChannelMapping) -> None:
    """before: what is mapped so already stays, although it is no longer sold."""
    known = {(room.room_type, "") for room in before.rooms}
    known |= {(plan.room_type, plan.rate_plan) for plan in before.plans}
    new = [gap for gap in report.closed if (gap.room, gap.plan) not in known]
    faults = [
        Fault(f"/{IMPOSSIBLE[gap.hole]}", f"{gap.room} {gap.plan}".strip() + f": {gap.means}")
        for gap in (*report.gaps, *new)
        if gap.hole in IMPOSSIBLE
    ]
    if faults:
        raise Invalid(*faults)


async def _compare_all(hub: Hub, tx: Tx, channel: Channel) -> None:
    """Everything is looked at in the next turn; what was acknowledged still counts."""
    push = await tx.push(channel.id)
    if push is not None and channel.state is ChannelState.ACTIVE:
        due = msgspec.structs.replace(push, swept_on=None, failure=None, check_at=hub.clock.now())
        await tx.put_push(due)


async def _say_once_more(tx: Tx, id: str) -> None:
    """What was refused, because the mapping may be why."""
    push = await tx.push(id)
    assert push is not None  # each channel has one
    unsaid = tuple(one for one in push.refused if one.code == TAX_ABOVE_PRICE)
    await tx.put_push(msgspec.structs.replace(push, refused=unsaid))
    await tx.put_lanes(id, once_more(await tx.lanes(id)))


async def _take_what_is_known_now(hub: Hub, asking: Asking, channel: Channel) -> None:
    page, scope = Page(limit=200), asking.scope
    where = ReservationFilter(connection=channel.connection, unmapped=True)
    while True:
        async with hub.store.read(scope) as view:
            found = await view.reservations(page, where)
        for one in found:
            async with hub.store.begin(scope) as tx:
                current = await _at(tx, one.id, channel)
                merged = remapped(current, channel.mapping) if current else None
                if merged is None:
                    continue
                await tx.put_reservation(merged.reservation)
                await tx.record(
                    reservation_event(merged.event, merged.reservation), hub.clock.now()
                )
                if merged.moves:
                    await count_here(hub, tx, merged)
        if len(found) < page.limit:
            return
        page = Page(after=found[-1].id, limit=page.limit)


async def _at(tx: Tx, id: str, channel: Channel) -> Reservation | None:
    """The reservation, if it is of *channel*, or came before there was one of its property."""
    found = await tx.reservation(id)
    if found is None or found.channel == channel.id:
        return found
    if found.channel is not None or found.property_code != channel.property_code:
        return None
    return msgspec.structs.replace(found, channel=channel.id, property=channel.property)


async def read_catalogue(hub: Hub, asking: Asking, id: str) -> ChannelParts:
    """Ask the channel what it sells, and keep it beside ours. Where it cannot say, what is kept
    stays None. Failed, Conflict: it could not be asked, or knows no such property."""
    asking.need(Permission.CHANNELS_WRITE)
    async with hub.store.read(asking.scope) as view:
        parts = await channel_parts(hub, view, id)
    try:
        client = await hub.vendors.ari_channel(asking.scope, parts.connection, parts.account)
        catalogue = await client.catalogue(parts.channel.property_code)
    except NotSupported:
        catalogue = None
    except Refused as e:
        why = f"is refused by the channel: mend it by PATCH /v1/channels/{id}"
        raise Conflict(code_of(e), str(e), faults=(Fault("/property_code", why),)) from e
    except VendorError as e:
        raise problem_of(e) from e
    async with hub.store.begin(asking.scope) as tx:
        before = await _channel(tx, id)
        after = msgspec.structs.replace(
            before, catalogue=catalogue, catalogue_at=hub.clock.now(), version=before.version + 1
        )
        await tx.put_channel(after)
    return msgspec.structs.replace(parts, channel=after)


async def _channel(tx: Tx, id: str) -> Channel:
    channel = await tx.channel(id)
    if channel is None:
        raise NotFound("channel", id)
    return channel
