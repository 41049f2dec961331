"""serai channels: how far each channel was told, and a hand on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Annotated

import typer

from core.application.channels.steer_channel import (
    ChannelStatus,
    check_channel,
    list_channels,
    pause_channel,
    push_now,
    read_channel,
    refresh_channel,
    resume_channel,
)
from core.application.hub import Asking, Hub
from core.domain.channels.channel import ChannelState
from core.domain.channels.push import RefusedValue
from core.domain.stock.ari import AvailabilityLine
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.moments import lasting
from entrypoints.cli.screen import facts, say, show
from ports.channels import ChannelFilter
from ports.store import Page

app = typer.Typer(
    help="Channels: what each was told, what it refused, and a hand on it.",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(help="chn_…")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
Steer = Callable[[Hub, Asking, str], Awaitable[ChannelStatus]]


@app.command()
def status(
    channel: Annotated[str | None, typer.Argument(help="chn_…; left out: all of them.")] = None,
    property: Annotated[str | None, typer.Option(help="prp_…, only its own.")] = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Show how far channels were told: state, lag, the last message taken, lines refused."""

    async def work(hub: Hub, asking: Asking) -> tuple[list[ChannelStatus], datetime]:
        if channel is not None:
            return [await read_channel(hub, asking, channel)], hub.clock.now()
        where = ChannelFilter(property=property)
        found = await list_channels(hub, asking, Page(limit=200), where)
        return list(found), hub.clock.now()

    found, now = at_desk(work, live=live, tenant=tenant)
    if channel is not None:
        _one(found[0], now)
        return
    show(
        ("channel", "name", "state", "lag", "taken", "refused", "trouble"),
        (_row(one, now) for one in found),
        empty="No property is sold at a channel yet.",
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
    async def work(hub: Hub, asking: Asking) -> tuple[ChannelStatus, datetime]:
        return await act(hub, asking, channel), hub.clock.now()

    found, now = at_desk(work, live=live, tenant=tenant, reason=reason)
    _one(found, now)
    if found.channel.state is ChannelState.ACTIVE:
        say(f"Watch it: serai channels status {channel}{' --live' if live else ''}", "dim")


def _row(of: ChannelStatus, now: datetime) -> tuple[str, ...]:
    push = of.push
    return (
        of.id,
        of.channel.name,
        str(of.channel.state),
        _lag(of, now),
        _at(push.acknowledged_at),
        str(len(push.refused)),
        push.failure.message[:60] if push.failure else "",
    )


def _one(of: ChannelStatus, now: datetime) -> None:
    push = of.push
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
        "trouble": f"{push.failure.code}: {push.failure.message}" if push.failure else "none",
        "reservations": _at(of.pull.pulled_at) if of.pull else "not asked for",
        "read back": _at(of.watch.checked_at) if of.watch else "never",
    }
    facts(told.items())
    if push.refused:
        show(("refused", "plan", "from", "to", "code", "why"), _refused(push.refused), empty="")


def _refused(values: tuple[RefusedValue, ...]) -> Iterator[tuple[str, ...]]:
    for value in values:
        line = value.line
        plan = "" if isinstance(line, AvailabilityLine) else line.plan
        span = line.span
        yield line.room, plan, str(span.first), str(span.last), value.code, value.message


def _lag(of: ChannelStatus, now: datetime) -> str:
    behind = of.push.behind_since
    return lasting((now - behind).total_seconds()) if behind else "none"


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "never"
