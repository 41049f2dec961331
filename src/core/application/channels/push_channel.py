"""One turn of a channel: what it should show is compared with what it has, and the rest is sent.

Before anything is sent it is written down as being on its way, so that wherever the turn dies,
what may have arrived is told again. Nobody who changes stock waits for any of this.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import structlog

from core.application.channels.channel_parts import ChannelParts, channel_parts
from core.application.channels.compare_channel import Compared, compare
from core.application.channels.push_failure import A_PERSON_IS_NEEDED, failure_of
from core.application.channels.send_lines import Sending, send_lines
from core.application.hub import Hub
from core.domain.channels.channel import ChannelState
from core.domain.channels.lane import key_of, refusal_of
from core.domain.channels.push import (
    REFUSED_KEPT,
    TAX_ABOVE_PRICE,
    Failure,
    Patch,
    Push,
    RefusedValue,
    covered,
    failed,
    is_failing,
    joined,
    settled,
    still_refused,
)
from core.domain.channels.refusal import answered, to_look_at
from core.domain.connections.connection import ConnectionState
from core.domain.events.channel_events import failing_event, lines_refused_event, recovered_event
from core.domain.tenancy import Scope
from ports.ari_channel import AriChannel
from ports.errors import Misconfigured, Unavailable, VendorError
from ports.jobs import Bell
from ports.store import Tx

log = structlog.get_logger("serai.channels")

TURN_S = 10.0  # what is left then is for the next turn


class Turn(msgspec.Struct, frozen=True):
    """push: as the turn wrote it when it began."""

    parts: ChannelParts
    push: Push
    compared: Compared


async def push_channel(hub: Hub, scope: Scope, id: str) -> Push:
    """The channel has been told what differs, as far as it would take it. LookupError: there is
    no such channel here."""
    async with hub.store.read(scope) as view:
        parts = await channel_parts(hub, view, id)
    try:
        client = await _client(hub, scope, parts)
    except VendorError as e:
        return await _cannot_begin(hub, scope, parts, e)
    begun = await _begin(hub, scope, parts)
    after = begun if isinstance(begun, Push) else begun.push
    if any(refused.code == TAX_ABOVE_PRICE for refused in after.refused):
        await hub.jobs.ring(Bell.DELIVERIES)
    if isinstance(begun, Push):
        return begun
    messages = client.messages(begun.compared.lines)
    by = hub.clock.monotonic() + TURN_S
    sending = await send_lines(hub, client, begun.parts.channel.property_code, messages, by)
    after = await _end(hub, scope, begun, sending)
    await hub.jobs.ring(Bell.STOCK)  # what changed meanwhile is noticed at once
    return after


async def _client(hub: Hub, scope: Scope, parts: ChannelParts) -> AriChannel:
    if parts.connection.state is not ConnectionState.ACTIVE:
        raise Misconfigured("the connection is disabled", vendor=parts.manifest.name)
    return await hub.vendors.ari_channel(scope, parts.connection, parts.account)


async def _cannot_begin(hub: Hub, scope: Scope, parts: ChannelParts, error: VendorError) -> Push:
    async with hub.store.begin(scope) as tx:
        push = await _locked(tx, parts.channel.id)
        after = await _told_failing(hub, tx, parts, _failed(hub, push, error), error)
        await tx.put_push(after, lease_s=0)
    await _ring_told(hub, push, after)
    return after


async def _begin(hub: Hub, scope: Scope, parts: ChannelParts) -> Turn | Push:
    """A turn with something to send; else the push as it is left.

    Up to the cursor all that differs is in flight now, so that the cursor moves here: who asks
    for everything anew while the turn lasts, is heard when it ends.
    """
    now = hub.clock.now()
    async with hub.store.begin(scope) as tx:
        parts = await channel_parts(hub, tx, parts.channel.id)  # it may have changed meanwhile
        gaps = parts.mapping().gaps
        push = await _locked(tx, parts.channel.id)
        if parts.channel.state is ChannelState.PAUSED:
            idle = msgspec.structs.replace(push, active=False, check_at=None)
            await tx.put_push(idle, lease_s=0)
            return idle
        if gaps:
            blocked = msgspec.structs.replace(push, gaps=gaps, check_at=None)
            blocked = await _told_blocked(hub, tx, parts, blocked, now)
            await tx.put_push(blocked, lease_s=0)
            return blocked
        refused = push.refused if push.cursor else ()
        push = msgspec.structs.replace(push, gaps=(), refused=refused)
        compared = await compare(tx, parts, push, now)
        push = msgspec.structs.replace(push, refused=compared.refused)
        if compared.unsaid:
            await tx.record(lines_refused_event(parts.channel, compared.unsaid), now)
        if push.cursor == 0:
            await tx.drop_lanes(parts.channel.id)
        await tx.put_lanes(parts.channel.id, compared.forgotten)
        if not compared.lines:
            agrees = msgspec.structs.replace(
                _looked(push, compared), behind_since=None, failure=None
            )
            agrees = await _next(hub, tx, parts, push, agrees, now)
            await tx.put_push(agrees, lease_s=0)
            return agrees
        begun = msgspec.structs.replace(
            push,
            turn=push.turn + 1,
            cursor=compared.cursor,
            swept_on=compared.swept_on,
            waiting=joined((*push.waiting, *covered(push.in_flight))),
            in_flight=tuple(compared.lines),
            raced=(),
            behind_since=push.behind_since or now,
            check_at=now,
        )
        await tx.put_push(begun, lease_s=TURN_S + parts.manifest.deadline_s)
    return Turn(parts, begun, compared)


def _looked(push: Push, compared: Compared) -> Push:
    """Everything up to the cursor was looked at; what waits now is what is left to be."""
    return msgspec.structs.replace(
        push,
        cursor=compared.cursor,
        swept_on=compared.swept_on,
        waiting=(),
        in_flight=(),
        raced=(),
        refused=still_refused(push.refused, compared.wanted),
    )


async def _end(hub: Hub, scope: Scope, turn: Turn, sending: Sending) -> Push:
    now, id = hub.clock.now(), turn.parts.channel.id
    async with hub.store.begin(scope) as tx:
        push = await _locked(tx, id)
        if push.turn != turn.push.turn:
            return push  # it took too long, and another has begun: what it sent is unknown there
        touched = {key_of(line) for sent in sending.sent for line in sent.lines}
        lanes = await tx.lanes(id, {*touched, *(refusal_of(key) for key in touched if key.plan)})
        at_s = int(now.timestamp())
        after_them = settled(lanes, sending.sent, push.raced, at_s) | answered(lanes, sending.sent)
        await tx.put_lanes(id, after_them.values())
        refused = _refused(sending, now)
        raced = tuple(Patch(room, night, night, False) for room, night in push.raced)
        again = set(push.waiting) - set(turn.push.waiting)  # asked for while the turn lasted
        after = msgspec.structs.replace(
            _looked(push, turn.compared), cursor=push.cursor, swept_on=push.swept_on
        )
        taken = sum(len(sent.taken) for sent in sending.sent)
        after = msgspec.structs.replace(
            after,
            refused=(*after.refused, *refused)[-REFUSED_KEPT:],
            waiting=joined(
                (*raced, *again, *covered(sending.left), *to_look_at(lanes, sending.sent))
            ),
            pushed_at=now,
            acknowledged_at=now if taken else push.acknowledged_at,
            lines=push.lines + taken,
            messages=push.messages + len(sending.sent),
            reference=sending.reference or push.reference,
            warnings=sending.warnings,
        )
        if refused:
            await tx.record(lines_refused_event(turn.parts.channel, refused), now)
        if sending.error is not None:
            after = _failed(hub, after, sending.error)
            after = await _told_failing(hub, tx, turn.parts, after, sending.error)
        else:
            behind = push.behind_since if after.waiting else None
            after = msgspec.structs.replace(after, behind_since=behind, failure=None)
            after = await _next(hub, tx, turn.parts, push, after, now)
        await tx.put_push(after, lease_s=0)
    if refused:
        await hub.jobs.ring(Bell.DELIVERIES)
    await _ring_told(hub, push, after)
    return after


def _refused(sending: Sending, now: datetime) -> list[RefusedValue]:
    return [
        RefusedValue(sent.lines[place], code, message, now)
        for sent in sending.sent
        for place, code, message in sent.refused
    ]


async def _next(
    hub: Hub, tx: Tx, parts: ChannelParts, before: Push, after: Push, now: datetime
) -> Push:
    """When it is due again by itself: at once where something waits, else when the property's day
    changes and lead times with it."""
    if before.failure is not None and before.failure.told:
        await tx.record(recovered_event(parts.channel), now)
    midnight = parts.house.instant(parts.house.today(now) + timedelta(days=1))
    more = after.waiting or after.cursor == 0 or after.swept_on is None
    return msgspec.structs.replace(after, check_at=now if more else midnight)


def _failed(hub: Hub, push: Push, error: VendorError) -> Push:
    now = hub.clock.now()
    log.warning("channel.push-failed", channel=push.id, error=str(error))
    wait = error.retry_after_s if isinstance(error, Unavailable) else None
    return failed(push, failure_of(error, push.failure, now), now, wait)


async def _told_failing(
    hub: Hub, tx: Tx, parts: ChannelParts, push: Push, error: VendorError
) -> Push:
    failure, now = push.failure, hub.clock.now()
    if failure is None or failure.told:
        return push
    if not is_failing(failure, now, at_once=isinstance(error, A_PERSON_IS_NEEDED)):
        return push
    await tx.record(failing_event(parts.channel, failure), now)
    return msgspec.structs.replace(push, failure=msgspec.structs.replace(failure, told=True))


async def _told_blocked(hub: Hub, tx: Tx, parts: ChannelParts, push: Push, now: datetime) -> Push:
    """Holes in the mapping: nothing is sent until a person has mended them."""
    if push.failure is not None and push.failure.code == "mapping_incomplete":
        return push
    named = "; ".join(f"{gap.room} {gap.plan}".strip() + f": {gap.means}" for gap in push.gaps)
    failure = Failure("mapping_incomplete", named, now, 1, told=True)
    await tx.record(failing_event(parts.channel, failure), now)
    return msgspec.structs.replace(push, failure=failure)


async def _ring_told(hub: Hub, before: Push, after: Push) -> None:
    told = [push.failure is not None and push.failure.told for push in (before, after)]
    if told[0] != told[1]:
        await hub.jobs.ring(Bell.DELIVERIES)
    if after.check_at is not None:
        await hub.jobs.ring_at(Bell.CHANNELS, after.check_at)


async def _locked(tx: Tx, id: str) -> Push:
    push = await tx.push(id)
    if push is None:
        raise LookupError(id)
    return push
