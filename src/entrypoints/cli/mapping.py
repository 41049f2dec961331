"""serai channels, where one is set up: added, asked what it sells, and mapped to what we sell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from core.application.channels.add_channel import (
    ChannelChange,
    NewChannel,
    add_channel,
    change_channel,
    map_channel,
    read_catalogue,
)
from core.application.channels.channel_parts import ChannelParts
from core.application.channels.steer_channel import read_channel, read_mapping
from core.application.hub import Asking, Hub
from core.domain.channels.channel import Channel, ChannelMapping, ChannelState, SafetyBuffer
from core.domain.channels.channel_mapping import Completeness, Gap, Hole
from core.domain.problem import Conflict, Fault, Invalid
from core.domain.stock.ari import ChannelRoom
from entrypoints.cli import mapping_table, mapping_typed
from entrypoints.cli.desk import Agency, Live, at_desk, in_live
from entrypoints.cli.houses import House, house_named
from entrypoints.cli.mapping_typed import Ours
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble

Id = Annotated[str, typer.Argument(help="chn_…")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
Name = Annotated[
    str | None, typer.Option(help="What to call it; else made of property and connection.")
]
Buffer = Annotated[
    int | None,
    typer.Option(min=0, help="Rooms it is never shown, so that a delay sells none twice."),
]
Decide = Callable[[ChannelParts, Ours], ChannelMapping]


def register(app: typer.Typer) -> None:
    for name, command in (
        ("add", add),
        ("change", change),
        ("catalogue", catalogue),
        ("show", show_),
        ("map", map_),
        ("unmap", unmap),
        ("ignore", ignore),
    ):
        app.command(name)(command)


def add(
    connection: Annotated[str, typer.Argument(help="con_… of the channel manager or OTA.")],
    house: House,
    property_code: Annotated[
        str,
        typer.Option(help="The channel's own code of the property; connections test lists them."),
    ],
    name: Name = None,
    buffer: Buffer = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Sell a property at a connection. It begins paused: map it, then resume it. Its reservations
    come in from now on. Markup, taxes and tolerance: PATCH /v1/channels/{id}."""

    async def work(hub: Hub, asking: Asking) -> Channel:
        ours = await house_named(hub, asking, house)
        held_back = SafetyBuffer(buffer or 0)
        new = NewChannel(connection, ours.id, property_code, name or "", buffer=held_back)
        return await add_channel(hub, asking, new)

    made = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{made.id} added: {made.name}. It is paused.")
    say(f"Next: serai channels catalogue {made.id}{in_live(live)}", "dim")


def change(
    channel: Id,
    property_code: Annotated[
        str | None, typer.Option(help="Only while the channel took and sold nothing under the old.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    buffer: Buffer = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Change what a channel is called, here or there, and how many rooms it is not shown."""

    async def work(hub: Hub, asking: Asking) -> Channel:
        steps = (await read_channel(hub, asking, channel)).channel.buffer.steps
        held_back = None if buffer is None else SafetyBuffer(buffer, steps)
        wish = ChannelChange(property_code, name, buffer=held_back)
        if wish == ChannelChange():
            ways = "Give --property-code, --name or --buffer."
            raise Trouble("Nothing is named to change.", ways, code=2)
        return await change_channel(hub, asking, channel, wish)

    now = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{now.id} ({now.name}): {now.property_code} there, {now.buffer.rooms} rooms held back.")


def catalogue(
    channel: Id,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="As a table to fill in, for serai channels map --file.")
    ] = False,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Ask a channel what it sells, and show what of it is mapped to what."""

    async def work(hub: Hub, asking: Asking) -> ChannelParts:
        try:
            return await read_catalogue(hub, asking, channel)
        except Conflict as e:
            if not any(fault.pointer == "/property_code" for fault in e.faults):
                raise
            of = (await read_channel(hub, asking, channel)).channel
            raise Trouble(
                f"The channel refuses the property code {of.property_code}: {e.message}.",
                f"serai connections test {of.connection} may list its codes; then"
                f" serai channels change {channel} --property-code …",
            ) from None

    parts = at_desk(work, live=live, tenant=tenant)
    theirs = parts.channel.catalogue
    if theirs is None:
        raise Trouble(
            f"{parts.manifest.title} cannot say what it sells.",
            "Read its room and plan codes in its own pages, then serai channels map.",
        )
    if as_csv:
        typer.echo(mapping_table.table(parts, theirs), nl=False)
        return
    _report(parts, live)


def show_(channel: Id, live: Live = False, tenant: Agency = None) -> None:
    """Show what is mapped to what, and every hole. How far it was told: serai channels status."""

    async def work(hub: Hub, asking: Asking) -> ChannelParts:
        return await read_mapping(hub, asking, channel)

    _report(at_desk(work, live=live, tenant=tenant), live)


def map_(
    channel: Id,
    rooms: Annotated[
        list[str] | None,
        typer.Option("--room", metavar="OURS=THEIRS", help="As DBL=201001. Repeatable."),
    ] = None,
    plans: Annotated[
        list[str] | None,
        typer.Option(
            "--plan",
            metavar="OURS=THEIRS",
            help="As DBL/BAR=301001A; several of theirs may be one of yours. Repeatable.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="A table as catalogue --csv prints it; all of the mapping. - is stdin."),
    ] = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Say which room type and rate plan of yours is which of the channel's.

    By options, what is not named stays as it is mapped; a table replaces all of it. A mapping may
    have holes, each is named: nothing is pushed while it has one. The channel must be resumed
    once it is complete.
    """
    if file and (rooms or plans):
        raise Trouble("A table is all of the mapping.", "Give --file alone, or options.", code=2)
    if not (file or rooms or plans):
        raise Trouble("Nothing is said to map.", "Give --room and --plan, or --file.", code=2)
    text = mapping_table.read(file) if file else ""

    def decide(parts: ChannelParts, ours: Ours) -> ChannelMapping:
        if file:
            return mapping_table.filled_in(text, ours)
        return mapping_typed.mapped(parts.channel.mapping, ours, rooms or (), plans or ())

    _remap(channel, decide, reason, live, tenant)


def unmap(
    channel: Id,
    rooms: Annotated[
        list[str] | None,
        typer.Option("--room", metavar="OURS", help="With its plans, as DBL. Repeatable."),
    ] = None,
    plans: Annotated[
        list[str] | None,
        typer.Option(
            "--plan", metavar="OURS", help="As DBL/BAR, or one of theirs: DBL/BAR=301001A."
        ),
    ] = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Map a room type or rate plan to nothing: it is closed there with the next push."""
    _need(rooms, plans)

    def decide(parts: ChannelParts, ours: Ours) -> ChannelMapping:
        return mapping_typed.unmapped(parts.channel.mapping, ours, rooms or (), plans or ())

    _remap(channel, decide, reason, live, tenant)


def ignore(
    channel: Id,
    rooms: Annotated[
        list[str] | None,
        typer.Option("--room", metavar="THEIRS", help="The channel's room. Repeatable."),
    ] = None,
    plans: Annotated[
        list[str] | None,
        typer.Option("--plan", metavar="ROOM/PLAN", help="Both the channel's. Repeatable."),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Ignore them no more.")] = False,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Leave rooms and plans of the channel alone that you do not sell through it: they are no
    holes, are told nothing, and keep what they have there."""
    _need(rooms, plans)

    def decide(parts: ChannelParts, ours: Ours) -> ChannelMapping:
        before = parts.channel.mapping
        if undo:
            return mapping_typed.heeded(before, rooms or (), plans or ())
        return mapping_typed.ignored(before, ours, rooms or (), plans or ())

    _remap(channel, decide, reason, live, tenant)


def _need(rooms: Sequence[str] | None, plans: Sequence[str] | None) -> None:
    if not (rooms or plans):
        raise Trouble("Nothing is named.", "Give --room or --plan.", code=2)


def _remap(channel: str, decide: Decide, reason: str, live: bool, tenant: str | None) -> None:
    async def work(hub: Hub, asking: Asking) -> ChannelParts:
        parts = await read_mapping(hub, asking, channel)
        ours = Ours(parts)
        try:
            await map_channel(hub, asking, channel, decide(parts, ours))
        except Invalid as e:
            raise Invalid(*(Fault(f.pointer, ours.said(f.message)) for f in e.faults)) from None
        return await read_mapping(hub, asking, channel)

    _report(at_desk(work, live=live, tenant=tenant, reason=reason), live)


def _report(parts: ChannelParts, live: bool) -> None:
    """Theirs beside ours, what is missing, and what to do next."""
    ours, channel, found = Ours(parts), parts.channel, parts.mapping()
    holes = "complete" if found.complete else f"{len(found.gaps)} missing"
    facts(
        (
            ("channel", f"{channel.id}, {channel.name}, {channel.state}"),
            ("property", f"{parts.house.code}, {_there(channel)}"),
            ("mapping", f"{holes}; {found.mapped} of {found.of} rooms of theirs"),
        )
    )
    for line, style in _lines(parts, ours):
        say(line, style)
    _missing("missing", found.gaps, ours)
    _missing("closed there", found.closed, ours)
    unsold = ", ".join("/".join(map(ours.code, filter(None, pair))) for pair in found.unsold)
    if unsold:
        say(f"Not sold there: {unsold}", "dim")
    say(_next(parts, found, in_live(live)), "dim")


def _there(channel: Channel) -> str:
    name = channel.catalogue.name if channel.catalogue else ""
    return f"{channel.property_code} there" + (f" ({name})" if name else "")


def _lines(parts: ChannelParts, ours: Ours) -> Iterator[tuple[str, str]]:
    """A room of theirs, its plans below it; where they cannot say, only what is mapped."""
    mapping = parts.channel.mapping
    if parts.channel.catalogue is None:
        for room in mapping.rooms:
            yield f"{room.code} → {ours.code(room.room_type)}", ""
            for plan in mapping.plans:
                if plan.room_type == room.room_type:
                    yield f"  {plan.code} → {_both(ours, plan.room_type, plan.rate_plan)}", ""
        return
    for theirs in parts.channel.catalogue.rooms:
        yield from _room(theirs, mapping, ours)


def _room(theirs: ChannelRoom, mapping: ChannelMapping, ours: Ours) -> Iterator[tuple[str, str]]:
    rooms, plans = mapping.room_types(), mapping.rate_plans()
    left = {(plan.room, plan.code) for plan in mapping.ignored_plans}
    off = theirs.code in mapping.ignored
    to = ours.code(rooms[theirs.code]) if theirs.code in rooms else ""
    yield _line(theirs.code, theirs.name, to, off)
    for plan in theirs.plans:
        both = plans.get((theirs.code, plan.code))
        words = ", ".join(filter(None, (plan.name, plan.currency)))
        to = _both(ours, *both) if both else ""
        text, style = _line(plan.code, words, to, off or (theirs.code, plan.code) in left)
        yield f"  {text}", style


def _line(code: str, name: str, to: str, off: bool) -> tuple[str, str]:
    if off:
        return f"{code}  {name} → ignored", "dim"
    return f"{code}  {name} → {to or 'nothing yet'}", "" if to else "yellow"


def _both(ours: Ours, room_type: str, rate_plan: str) -> str:
    return f"{ours.code(room_type)}/{ours.code(rate_plan)}"


def _missing(what: str, gaps: Sequence[Gap], ours: Ours) -> None:
    if gaps:
        rows = ((g.hole, ours.code(g.room), ours.code(g.plan), g.means) for g in gaps)
        show((what, "room", "plan", "why"), rows, empty="")


def _next(parts: ChannelParts, found: Completeness, live: str) -> str:
    id = parts.channel.id
    if found.complete:
        active = parts.channel.state is ChannelState.ACTIVE
        return f"Next: serai channels {'status' if active else 'resume'} {id}{live}"
    if parts.channel.catalogue_at is None:
        return f"Next: serai channels catalogue {id}{live}"
    theirs = {Hole.ROOM_UNMAPPED, Hole.PLAN_UNMAPPED}
    spare = any(gap.hole in theirs for gap in found.gaps)
    ways = f"\nWhat you do not sell there: serai channels ignore {id}{live} --room THEIRS"
    asked = f"Next: serai channels map {id}{live} --room OURS=THEIRS --plan OURS/OURS=THEIRS"
    return asked + (ways if spare else "")
