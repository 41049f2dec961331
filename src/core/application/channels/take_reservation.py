"""A reservation from the inbox: merged, counted in our stock, and owed an acknowledgement.

All of it commits together. What is not there is taken all the same and told as an overbooking;
what is mapped to nothing is kept and shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import msgspec

from core.application.channels.channel_parts import distribution_of
from core.application.connection_parts import connection_parts
from core.application.hub import Hub
from core.application.settle_message import as_it_is, quarantine_message, settle_read
from core.domain.channels.channel import Channel
from core.domain.channels.channel_reservation import ChannelReservation, ReservedRoom, Revision
from core.domain.channels.lane import LaneKey, LaneKind, cells_of
from core.domain.channels.overbooking import marked
from core.domain.channels.push import sold_there, told_anew
from core.domain.channels.reservation import (
    ForcedNight,
    Merged,
    Reservation,
    ReservationRoom,
    ReservationState,
    mapped,
    merge,
    owed,
)
from core.domain.events.channel_events import reservation_event
from core.domain.events.stock_events import overbooking_event
from core.domain.inbound.inbox import InboxMessage
from core.domain.naming import seen
from core.domain.person import Person
from core.domain.stock.moves import Move
from core.domain.stock.moves import nights as nights_of
from core.domain.tenancy import Scope
from ports.errors import VendorError
from ports.jobs import Bell
from ports.manifest import Distribution
from ports.store import Tx


async def take_reservation(hub: Hub, scope: Scope, message: InboxMessage) -> InboxMessage:
    """Wherever this dies, the message stays and is applied once. One that cannot be read is
    quarantined and told; it is not acknowledged, so that the channel shows it to its own people.
    """
    async with hub.store.read(scope) as view:
        connection, account, manifest = await connection_parts(hub, view, message.connection)
    source = await hub.vendors.reservation_source(scope, connection, account)
    try:
        told = source.parse(message.raw)
    except VendorError as e:
        return await quarantine_message(hub, scope, message, e.message)
    terms = distribution_of(manifest)
    async with hub.store.begin(scope) as tx:
        current, waits = await as_it_is(tx, message)
        if not waits:
            return current
        channel = await _channel(tx, connection.id, told.property_code)
        await tx.pull(connection.id)  # one reservation of a connection at a time
        await _take(hub, tx, message, told, channel, terms)
        after = await settle_read(hub, tx, current, told=True)
    if channel is not None:
        await hub.store.hurry_pushes(channel.property, but=channel.id)
    for bell in (Bell.CHANNELS, Bell.STOCK, Bell.ACKNOWLEDGEMENTS, Bell.DELIVERIES):
        await hub.jobs.ring(bell)
    return after


async def _channel(tx: Tx, connection: str, property_code: str) -> Channel | None:
    channels = await tx.channels_of(connection=connection)
    found = next((c.id for c in channels if c.property_code == property_code), None)
    # Locked: what is mapped meanwhile takes it up after, what was mapped before is known here.
    channel = None if found is None else await tx.channel(found)
    return channel if channel and channel.property_code == property_code else None


async def _take(
    hub: Hub,
    tx: Tx,
    message: InboxMessage,
    told: ChannelReservation,
    channel: Channel | None,
    terms: Distribution,
) -> None:
    """Stock is taken last: cells are locked in one order by everybody, and held shortest so."""
    now = hub.clock.now()
    before = await tx.reservation_of(message.connection, told.reference)
    left = before.channel if before else None
    people = _people(hub, before, told)
    rooms = [
        mapped(room, channel.mapping if channel else None, tuple(p.id for p in guests))
        for room, guests in zip(told.rooms, people.guests, strict=True)
    ]
    fresh = partial(_fresh, hub, message.connection, told, channel, people.holder.id, now)
    merged = merge(before, told, fresh, rooms, now)
    if merged is not None and told.revision is not Revision.CANCELLED:
        merged = _placed(merged, told, channel)
    kept = merged.reservation if merged else before
    assert kept is not None  # without one before, every revision is newer
    if merged is not None:
        for person in (people.holder, *(p for guests in people.guests for p in guests)):
            await tx.put_person(person)
        await tx.put_reservation(merged.reservation)
        if merged.event:
            await tx.record(reservation_event(merged.event, merged.reservation), now)
    if await tx.acknowledgement_of(message.connection, told.message) is None:
        debt = owed(hub.mint.id("ack"), kept, told, message.received_at, terms.acknowledge_within_s)
        await tx.put_acknowledgement(debt)
    moves = merged.moves if merged else ()
    for id in sorted({left, kept.channel} - {None}, key=str):
        sold_by = await tx.channel(id) if id else None
        if sold_by is not None and terms.told_anew:
            await _tell_anew(tx, sold_by, (*told.rooms, *(before.rooms if before else ())), now)
        elif sold_by is not None and terms.decrements_itself and moves:
            await _count_there(tx, sold_by, moves, told)
    if merged is not None and moves:
        await count_here(hub, tx, merged, before.property if before else None)


def _placed(merged: Merged, told: ChannelReservation, channel: Channel | None) -> Merged:
    """At the property that *told* names: it may be another than before, or one that was none of
    ours when the reservation came. A cancellation is of what there was, wherever it says it is."""
    after = msgspec.structs.replace(
        merged.reservation,
        property_code=told.property_code,
        channel=channel.id if channel else None,
        property=channel.property if channel else None,
    )
    return msgspec.structs.replace(merged, reservation=after)


async def count_here(hub: Hub, tx: Tx, merged: Merged, left: str | None = None) -> None:
    """The moves of *merged* in our stock. Where a night is short it is taken all the same, and
    the event that tells it is written with it. left: the property it was at before."""
    reservation, now = merged.reservation, hub.clock.now()
    short: list[ForcedNight] = []
    over: dict[tuple[str, date], int] = {}
    for id, moves in _by_house(merged, left):
        house = await tx.property(id)
        assert house is not None  # a property is never taken away
        tell = partial(overbooking_event, house, reservation.connection, reservation.id)
        moved = await tx.force_stock(house.id, moves, now=now, tell=tell)
        short += [ForcedNight(s.room_type, s.night, s.missing, now) for s in moved.forced]
        over |= {(cell.room_type, cell.night): cell.forced for cell in moved.cells}
    after = marked(reservation, short, over)
    if after != reservation:
        await tx.put_reservation(after)


def _by_house(merged: Merged, left: str | None) -> Iterator[tuple[str, Sequence[Move]]]:
    at = merged.reservation.property
    if left is not None and left != at:
        back = [move for move in merged.moves if move.sold < 0]
        taken = [move for move in merged.moves if move.sold > 0]
        places = [(left, back), (at, taken)]
    else:
        places = [(at, list(merged.moves))]
    for place, moves in places:
        if place is not None and moves:
            yield place, moves


async def _count_there(
    tx: Tx, channel: Channel, moves: Sequence[Move], told: ChannelReservation
) -> None:
    """The channel has counted its own booking already, so that it is no news to it."""
    push = await tx.push(channel.id)
    if push is None:
        return
    booked_s = int(told.booked_at.timestamp()) if told.booked_at else None
    codes, flying = channel.mapping.room_codes(), cells_of(push.in_flight)
    keys = {room: LaneKey(LaneKind.AVAILABILITY, code) for room, code in codes.items()}
    lanes = await tx.lanes(channel.id, keys.values())
    raced: list[tuple[str, date]] = []
    for room_type, nights in _by_room(moves).items():
        key = keys.get(room_type)
        lane = lanes.get(key) if key else None
        if key is None or lane is None:
            continue
        after, late = sold_there(lane, nights, booked_s, flying)
        raced += [(key.room, night) for night in late]
        await tx.put_lanes(channel.id, [after])
    if raced:
        await tx.put_push(msgspec.structs.replace(push, raced=(*push.raced, *raced)))


async def _tell_anew(
    tx: Tx, channel: Channel, rooms: Sequence[ReservedRoom | ReservationRoom], now: datetime
) -> None:
    """The channel counts some of its own messages, and nobody knows which."""
    push = await tx.push(channel.id)
    codes = channel.mapping.room_types()
    touched: dict[LaneKey, set[date]] = {}
    for room in rooms:
        if room.room in codes:
            key = LaneKey(LaneKind.AVAILABILITY, room.room)
            touched.setdefault(key, set()).update(nights_of(room.stay))
    if push is None or not touched:
        return
    after, lanes = told_anew(push, await tx.lanes(channel.id, touched), touched)
    await tx.put_lanes(channel.id, lanes)
    if after.active and after.failure is None and after.waiting != push.waiting:
        soon = now + timedelta(seconds=push.quiet_s)
        due = soon if push.check_at is None else min(soon, push.check_at)
        after = msgspec.structs.replace(after, check_at=due)
    await tx.put_push(after)


def _by_room(moves: Sequence[Move]) -> Mapping[str, Mapping[date, int]]:
    nights: dict[str, dict[date, int]] = {}
    for move in moves:
        nights.setdefault(move.room_type, {})[move.night] = move.sold
    return nights


class _People(msgspec.Struct, frozen=True):
    """guests: of each room."""

    holder: Person
    guests: tuple[tuple[Person, ...], ...]


def _people(hub: Hub, before: Reservation | None, told: ChannelReservation) -> _People:
    """Whoever was known keeps the same id, so that erasing a person erases every revision. The
    channel has sold it, so a name is not refused: it is kept without what nobody sees."""
    known = [guest for room in before.rooms for guest in room.guests] if before else []

    def guest(name: str, surname: str) -> Person:
        id = known.pop(0) if known else hub.mint.id("per")
        return Person(id, seen(name), seen(surname))

    by = told.holder
    holder = Person(
        before.holder if before else hub.mint.id("per"),
        *(seen(by.name), seen(by.surname), by.email, by.phone, by.remarks or None),
    )
    return _People(holder, tuple(tuple(guest(*g) for g in room.guests) for room in told.rooms))


def _fresh(
    hub: Hub,
    connection: str,
    told: ChannelReservation,
    channel: Channel | None,
    holder: str,
    now: datetime,
) -> Reservation:
    return Reservation(
        id=hub.mint.id("rsv"),
        connection=connection,
        reference=told.reference,
        order=told.order,
        state=ReservationState.CONFIRMED,
        property_code=told.property_code,
        rooms=(),
        holder=holder,
        created_at=now,
        updated_at=now,
        channel=channel.id if channel else None,
        property=channel.property if channel else None,
    )
