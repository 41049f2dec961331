"""What vendors and we have not told each other: messages kept for a person, channels that are
told nothing, reservations that do not come, or of which the channel knows not that we have them.

Only what a vendor signed or answered is looked at: junk from elsewhere makes nothing of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.application.hub import Hub
from core.domain.channels.channel import Channel, ChannelState
from core.domain.channels.push import FAILING_AFTER_S, Failure
from core.domain.channels.refusal import left_open
from core.domain.channels.reservation import Acknowledgement
from core.domain.inbound.inbox import InboxState
from entrypoints.cli.doctor.every import MOST, every
from entrypoints.cli.doctor.finding import Finding, wrong
from ports.store import InboxFilter, Page, View

FAILING_AFTER = timedelta(seconds=FAILING_AFTER_S)


async def vendor_findings(hub: Hub, view: View) -> list[Finding]:
    return [
        *await _quarantined(view),
        *await _channels(view),
        *await _reservations(hub, view),
        *await _unacknowledged(view),
    ]


async def _quarantined(view: View) -> list[Finding]:
    """Until somebody retries or dismisses it, or it is forgotten after 90 days."""
    found = []
    for connection in await every(view.connections):
        where = InboxFilter(connection.id, InboxState.QUARANTINED)
        kept = await view.inbox(Page(limit=MOST), where)
        if kept:
            many = f"{MOST} or more" if len(kept) == MOST else str(len(kept))
            newest = kept[0]
            said = f"Quarantined of {connection.name}: {many}, the newest ({newest.id}): {newest.note}."
            remedy = (
                f"serai inbox list --state quarantined --connection {connection.id} shows each."
                f" Mend what it names, then serai inbox retry {newest.id}; if nothing is to be done,"
                f" serai inbox dismiss {newest.id} --reason …"
            )
            found.append(wrong("", said, remedy))
    return found


async def _channels(view: View) -> list[Finding]:
    """One that is paused is told nothing because somebody wished it."""
    active = [c for c in await view.channels_of() if c.state is ChannelState.ACTIVE]
    pushes = await view.pushes(c.id for c in active)
    found = []
    for channel in active:
        push = pushes.get(channel.id)
        if push is not None and push.failure is not None and push.failure.told:
            found.append(_failing(channel, push.failure))
        if push is not None and (nights := left_open(push.refused)):
            said = f"The channel {channel.id} refuses to close nights of a rate plan: {nights}."
            remedy = (
                f"Close them at the channel: serai channels status {channel.id} names them. Where"
                " it refuses their price too, a guest may buy them at another."
            )
            found.append(wrong("", said, remedy))
    return found


def _failing(channel: Channel, failure: Failure) -> Finding:
    since = f"{failure.since:%Y-%m-%d %H:%M} UTC"
    said = f"The channel {channel.id} is told nothing since {since}: {failure.message}."
    match failure.code:
        case "mapping_incomplete":
            remedy = (
                f"serai channels show {channel.id} names each hole; serai channels map mends it."
            )
        case "vendor_unavailable":
            remedy = "It is tried again by itself; if it lasts, call the channel's desk."
        case _:
            remedy = (
                f"serai connections test {channel.connection}; mend what it shows, then"
                f" serai channels push {channel.id}."
            )
    return wrong("", said, remedy)


async def _reservations(hub: Hub, view: View) -> list[Finding]:
    limit = hub.clock.now() - FAILING_AFTER
    found = []
    for id in sorted({c.connection for c in await view.channels_of()}):
        pull = await view.pull(id)
        if pull is None or pull.failure is None or pull.failure.since > limit:
            continue
        since = f"{pull.failure.since:%Y-%m-%d %H:%M} UTC"
        said = f"No reservation comes from {id} since {since}: {pull.failure.message}."
        found.append(wrong("", said, f"serai connections test {id}; mend what it shows."))
    return found


async def _unacknowledged(view: View) -> list[Finding]:
    late: dict[str, list[Acknowledgement]] = {}
    for debt in await view.acknowledgements_owed():
        if debt.warned:
            late.setdefault(debt.connection, []).append(debt)
    return [_late(id, debts) for id, debts in late.items()]


def _late(connection: str, debts: Sequence[Acknowledgement]) -> Finding:
    first = min(debts, key=lambda debt: debt.due_by)
    many = "1 reservation" if len(debts) == 1 else f"{len(debts)} reservations"
    return wrong(
        "",
        f"Kept and not acknowledged to {connection}: {many}, the first ({first.reservation}) due"
        f" by {first.due_by:%Y-%m-%d %H:%M} UTC: {first.note}.",
        f"It is said again every 5 minutes; serai connections test {connection}, and call the"
        " channel's desk if it is not heard in time.",
    )
