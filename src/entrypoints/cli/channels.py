"""serai channels: how far each channel was told, and a hand on it. Setting one up: mapping.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from core.application.channels.steer_channel import (
    ChannelStatus,
    check_channel,
    list_channels,
    pause_channel,
    push_now,
    read_channel,
    read_mapping,
    refresh_channel,
    resume_channel,
)
from core.application.hub import Asking, Hub
from core.domain.channels.channel import ChannelState
from core.domain.channels.channel_mapping import Gap
from core.domain.channels.pulling import Watch
from core.domain.channels.push import RefusedValue
from core.domain.channels.refusal import left_open
from core.domain.problem import Conflict
from core.domain.stock.ari import AriLine, AvailabilityLine, RateLine
from entrypoints.cli import mapping
from entrypoints.cli.desk import Agency, Live, at_desk, in_live
from entrypoints.cli.houses import OfHouse, house_named
from entrypoints.cli.mapping import Id, Reason
from entrypoints.cli.moments import lasting, to_the_second
from entrypoints.cli.screen import facts, say, show
from ports.channels import ChannelFilter
from ports.store import Page

app = typer.Typer(
    help="Channels: add and map them, see what each was told and refused, and steer it.",
    no_args_is_help=True,
)


class Look(msgspec.Struct, frozen=True):
    """gaps: of its mapping, as far as they are known. mapping: why they are not, "" if they are."""

    of: ChannelStatus
    gaps: tuple[Gap, ...]
    mapping: str = ""


mapping.register(app)
Steer = Callable[[Hub, Asking, str], Awaitable[ChannelStatus]]


@app.command()
def status(
    channel: Annotated[str | None, typer.Argument(help="chn_…; left out: all of them.")] = None,
    property: OfHouse = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Show how far channels were told: state, lag, the last message taken, lines refused."""

    async def work(hub: Hub, asking: Asking) -> tuple[list[Look], datetime]:
        if channel is not None:
            return [await look(hub, asking, await read_channel(hub, asking, channel))], _now(hub)
        house = None if property is None else (await house_named(hub, asking, property)).id
        found = await list_channels(hub, asking, Page(limit=200), ChannelFilter(property=house))
        return [await look(hub, asking, one) for one in found], _now(hub)

    found, now = at_desk(work, live=live, tenant=tenant)
    if channel is not None:
        tell(found[0], now)
        return
    show(
        ("channel", "name", "state", "lag", "taken", "refused", "trouble"),
        (_row(one, now) for one in found),
        empty=f"{property or 'No property'} is sold at {'no' if property else 'a'} channel yet.",
    )


@app.command()
def push(channel: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Tell a channel what differs now, also while it waits after a failure."""
    _steer(push_now, channel, reason, live, tenant)


@app.command()
def refresh(channel: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Tell a channel everything anew, whatever it acknowledged or refused."""
    _steer(refresh_channel, channel, reason, live, tenant)


@app.command()
def pause(channel: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Push nothing more to a channel. Its reservations come in all the same."""
    _steer(pause_channel, channel, reason, live, tenant)


@app.command()
def resume(channel: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Push to a channel again, beginning with what changed meanwhile."""
    _steer(resume_channel, channel, reason, live, tenant)


@app.command()
def check(channel: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Read a channel back now, and tell it again where it differs."""
    _steer(check_channel, channel, reason, live, tenant)


def _steer(act: Steer, channel: str, reason: str, live: bool, tenant: str | None) -> None:
    async def work(hub: Hub, asking: Asking) -> tuple[Look, datetime]:
        return await look(hub, asking, await act(hub, asking, channel)), _now(hub)

    found, now = at_desk(work, live=live, tenant=tenant, reason=reason)
    tell(found, now)
    if found.of.channel.state is ChannelState.ACTIVE:
        say(f"Watch it: serai channels status {channel}{in_live(live)}", "dim")


async def look(hub: Hub, asking: Asking, of: ChannelStatus) -> Look:
    """A paused channel's mapping is looked at now: no push finds its holes."""
    if of.channel.state is ChannelState.ACTIVE:
        return Look(of, of.push.gaps)
    try:
        return Look(of, (await read_mapping(hub, asking, of.id)).mapping().gaps)
    except Conflict as e:
        return Look(of, (), f"its mapping cannot be looked at: {e.message}")


def troubles(seen: Look) -> Iterator[str]:
    """Everything that keeps the channel from being right, each in a line."""
    of = seen.of
    for what, failure in (
        ("it cannot be told", of.push.failure),
        ("reservations cannot be asked for", of.pull.failure if of.pull else None),
        ("it cannot be read back", of.watch.failure if of.watch else None),
    ):
        if failure is not None:
            times = f"{failure.times} times since {_at(failure.since)}"
            yield f"{what}: {failure.code}: {failure.message} ({times})"
    if nights := left_open(of.push.refused):
        yield f"it refuses to close nights of a rate plan ({nights}): close them at the channel"
    if seen.gaps:
        yield f"mapping_incomplete: {len(seen.gaps)} in the mapping keep it from being told"
    if seen.mapping:
        yield seen.mapping


def _row(seen: Look, now: datetime) -> tuple[str, ...]:
    of, push = seen.of, seen.of.push
    return (
        of.id,
        of.channel.name,
        str(of.channel.state),
        _lag(of, now),
        _at(push.acknowledged_at),
        str(len(push.refused)),
        "; ".join(trouble[:80] for trouble in troubles(seen)),
    )


def tell(seen: Look, now: datetime) -> None:
    """All that is known of one channel, with its holes and refused lines below."""
    of, push = seen.of, seen.of.push
    told = {
        "channel": of.id,
        "name": of.channel.name,
        "property": f"{of.channel.property} ({of.channel.property_code} there)",
        "state": str(of.channel.state),
        "lag": _lag(of, now),
        "last message": _at(push.pushed_at),
        "last taken": _at(push.acknowledged_at),
        "taken": f"{push.lines:,} lines in {push.messages:,} messages",
        "next": _at(push.check_at),
        "trouble": "\n".join(troubles(seen)) or "none",
        "warnings": "\n".join(push.warnings),
        "reservations": _at(of.pull.pulled_at) if of.pull else "not asked for",
        "read back": _read_back(of.watch),
    }
    facts(told.items())
    if seen.gaps:
        rows = ((gap.hole, gap.room, gap.plan, gap.means) for gap in seen.gaps)
        show(("hole", "room", "plan", "what is missing"), rows, empty="")
    if of.refused:
        heads = ("refused", "plan", "from", "to", "what", "nights", "code", "why")
        show(heads, _refused(of.refused), empty="")


def _read_back(watch: Watch | None) -> str:
    if watch is None or watch.checked_at is None:
        return "never"
    drifted = f"; {watch.drifted} nights were not as it was told" if watch.drifted else ""
    return f"{_at(watch.checked_at)}{drifted}"


def _refused(values: Sequence[tuple[RefusedValue, bool | None]]) -> Iterator[tuple[str, ...]]:
    for value, closed in values:
        line = value.line
        plan = "" if isinstance(line, AvailabilityLine) else line.plan
        days = (str(line.span.first), str(line.span.last))
        nights = "" if closed is None else "closed for it" if closed else "open"
        yield line.room, plan, *days, _what(line), nights, value.code, value.message


def _what(line: AriLine) -> str:
    match line:
        case AvailabilityLine():
            return f"{line.free} free"
        case RateLine():
            return "price"
    return "to be closed" if line.restrictions.stop_sell else "restrictions"


def _lag(of: ChannelStatus, now: datetime) -> str:
    behind = of.push.behind_since
    return lasting((now - behind).total_seconds()) if behind else "none"


def _now(hub: Hub) -> datetime:
    return hub.clock.now()


def _at(moment: datetime | None) -> str:
    return to_the_second(moment) if moment else "never"
