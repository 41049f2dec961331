"""Read a channel back: what it holds against what it acknowledged, what it shows against ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from core.application.channels.channel_parts import ChannelParts, channel_parts
from core.application.channels.push_failure import failure_of
from core.application.hub import Hub
from core.domain.channels.lane import Lane, LaneKey, LaneKind
from core.domain.channels.parity import (
    Breach,
    BreachDay,
    BreachState,
    Reading,
    ShownNight,
    differences,
    judged,
)
from core.domain.channels.pulling import Watch
from core.domain.channels.push import Patch, Push, backoff_s, joined
from core.domain.events.channel_events import parity_event
from core.domain.stock.ari import Prices, Shown, ShownKind
from core.domain.stock.spans import expand
from core.domain.tenancy import Scope
from ports.errors import NotSupported, VendorError
from ports.jobs import Bell
from ports.store import Tx

EVERY_S = 6 * 3600.0
NIGHTS = 60  # ahead; what is sold next matters most
SOON_S = 120.0  # whether telling it again has helped


async def watch_channel(hub: Hub, scope: Scope, id: str) -> Watch:
    """Where the channel differs from what it acknowledged, it is told again; prices that are off
    open a breach, and are looked at again soon. LookupError: there is no such channel here."""
    async with hub.store.read(scope) as view:
        parts = await channel_parts(hub, view, id)
        before = await view.lanes(id)
    today = parts.house.today(hub.clock.now())
    last = today + timedelta(days=min(NIGHTS, parts.distribution.last_day))
    try:
        reader = await hub.vendors.shown_rates(scope, parts.connection, parts.account)
        shown = await reader.shown(parts.channel.property_code, today, last)
    except VendorError as e:
        return await _unread(hub, scope, id, e)
    now = hub.clock.now()
    async with hub.store.begin(scope) as tx:
        watch, push = await tx.watch(id), await tx.push(id)
        if watch is None or push is None:
            raise LookupError(id)
        after = await tx.lanes(id)
        told = _steady(before, after, push)
        drifted = _drifted(told, shown, parts) if shown.kind is ShownKind.HELD else {}
        off = _off(told, shown, parts)
        await _judge(hub, tx, parts, told, off, now)
        await tx.put_readings(id, _readings(hub, id, shown, now))
        again = {key: {*drifted.get(key, ()), *_off_days(off, key)} for key in told}
        await _tell_again(tx, push, after, {k: days for k, days in again.items() if days}, now)
        soon = SOON_S if any(off.values()) else EVERY_S
        checked = Watch(
            id=id,
            check_at=now + timedelta(seconds=soon),
            checked_at=now,
            drifted=sum(map(len, drifted.values())),
        )
        await tx.put_watch(checked)
    for bell in (Bell.CHANNELS, Bell.DELIVERIES):
        await hub.jobs.ring(bell)
    return checked


async def _unread(hub: Hub, scope: Scope, id: str, error: VendorError) -> Watch:
    now = hub.clock.now()
    async with hub.store.begin(scope) as tx:
        watch = await tx.watch(id)
        if watch is None:
            raise LookupError(id)
        failure = failure_of(error, watch.failure, now)
        wait = None if isinstance(error, NotSupported) else 10 * backoff_s(failure.times)
        after = msgspec.structs.replace(
            watch,
            check_at=None if wait is None else now + timedelta(seconds=wait),
            failure=failure,
        )
        await tx.put_watch(after)
    return after


def _steady(
    before: Mapping[LaneKey, Lane], after: Mapping[LaneKey, Lane], push: Push
) -> dict[LaneKey, dict[date, object]]:
    """What was acknowledged all the while it was read: a push that was on its way proves nothing."""
    flying = {(line.room, day) for line in push.in_flight for day in expand(line.span)}
    return {
        key: {
            day: value
            for day, value in lane.values.items()
            if after[key].values.get(day) == value and (key.room, day) not in flying
        }
        for key, lane in before.items()
        if key in after
    }


def _drifted(
    told: Mapping[LaneKey, Mapping[date, object]], shown: Shown, parts: ChannelParts
) -> dict[LaneKey, set[date]]:
    """Nights that the channel holds otherwise. Fewer rooms at a channel that counts its own
    bookings are no drift: a booking is on its way to us."""
    drifted: dict[LaneKey, set[date]] = {}
    for cell in shown.availability:
        key = LaneKey(LaneKind.AVAILABILITY, cell.room)
        has = told.get(key, {}).get(cell.day)
        fewer = isinstance(has, int) and cell.free < has
        if has is None or has == cell.free or (fewer and parts.distribution.decrements_itself):
            continue
        drifted.setdefault(key, set()).add(cell.day)
    for rate in shown.rates:
        key = LaneKey(LaneKind.RESTRICTION, rate.room, rate.plan)
        has = told.get(key, {}).get(rate.day)
        if rate.restrictions is not None and has is not None and has != rate.restrictions:
            drifted.setdefault(key, set()).add(rate.day)
    return drifted


def _off(
    told: Mapping[LaneKey, Mapping[date, object]], shown: Shown, parts: ChannelParts
) -> dict[LaneKey, tuple[BreachDay, ...]]:
    """By room and plan that were read back, the nights whose price is off."""
    seen: dict[LaneKey, dict[date, Prices | None]] = {}
    for rate in shown.rates:
        key = LaneKey(LaneKind.RATE, rate.room, rate.plan)
        seen.setdefault(key, {})[rate.day] = rate.prices
    off = {}
    for key, nights in seen.items():
        expected = {d: v for d, v in told.get(key, {}).items() if isinstance(v, Prices)}
        off[key] = tuple(differences(expected, nights, parts.channel.tolerance))
    return off


def _off_days(off: Mapping[LaneKey, tuple[BreachDay, ...]], key: LaneKey) -> set[date]:
    return {day.day for day in off.get(key, ())}


async def _judge(
    hub: Hub,
    tx: Tx,
    parts: ChannelParts,
    told: Mapping[LaneKey, object],
    off: Mapping[LaneKey, tuple[BreachDay, ...]],
    now: datetime,
) -> None:
    known = {(b.room, b.plan): b for b in await tx.breaches_of(parts.channel.id)}
    for key, days in off.items():
        opened = Breach(
            id=hub.mint.id("brc"),
            channel=parts.channel.id,
            room=key.room,
            plan=key.plan,
            state=BreachState.REPUSHED,
            opened_at=now,
            checked_at=now,
            days=days,
        )
        breach, event = judged(known.get((key.room, key.plan)), days, opened, now)
        if breach is not None:
            await tx.put_breach(breach)
            if event:
                await tx.record(parity_event(event, parts.channel, breach), now)


def _readings(hub: Hub, channel: str, shown: Shown, now: datetime) -> Sequence[Reading]:
    nights: dict[tuple[str, str], list[ShownNight]] = {}
    for rate in shown.rates:
        nights.setdefault((rate.room, rate.plan), []).append(ShownNight(rate.day, rate.prices))
    return [
        Reading(hub.mint.id("rdg"), channel, room, plan, now, tuple(of))
        for (room, plan), of in nights.items()
    ]


async def _tell_again(
    tx: Tx,
    push: Push,
    lanes: Mapping[LaneKey, Lane],
    again: Mapping[LaneKey, set[date]],
    now: datetime,
) -> None:
    if not again:
        return
    await tx.put_lanes(push.id, [lanes[key].forgotten(days) for key, days in again.items()])
    patches = [
        Patch(key.room, day, day, key.kind is not LaneKind.AVAILABILITY)
        for key, days in again.items()
        for day in days
    ]
    waiting = joined((*push.waiting, *patches))
    await tx.put_push(msgspec.structs.replace(push, waiting=waiting, check_at=now))
