"""serai recoveries: send an endpoint again what it missed, at a pace it bears."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any

import typer
from rich.text import Text

from core.application.hub import Asking, Hub
from core.application.webhooks.start_recovery import preview_recovery, start_recovery
from core.application.webhooks.steer_recovery import (
    cancel_recovery,
    list_recoveries,
    pace_recovery,
    pause_recovery,
    read_recovery,
    resume_recovery,
)
from core.domain.webhooks.recovery import (
    PACE,
    PACE_MAX,
    NewRecovery,
    Recovery,
    RecoveryState,
    Tally,
    What,
)
from entrypoints.cli.desk import Agency, Live, at_desk, in_live
from entrypoints.cli.moments import lasting, moment
from entrypoints.cli.screen import facts, out, say, show
from ports.store import Page, RecoveryFilter

app = typer.Typer(
    help="Recoveries: send an endpoint again what it missed, paced and kept through restarts.",
    no_args_is_help=True,
)
LOOK_S = 1.0

Id = Annotated[str, typer.Argument(help="rcv_…")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
Pace = Annotated[int, typer.Option("--pace", min=1, max=PACE_MAX, help="Events a second.")]


@app.command()
def start(
    endpoint: Annotated[str, typer.Argument(help="end_…")],
    since: Annotated[str, typer.Option(help="From when: 2h or 3d ago, or 2026-11-22T03:00 (UTC).")],
    until: Annotated[str | None, typer.Option(help="Up to when, likewise; else up to now.")] = None,
    what: Annotated[
        What, typer.Option(help="undelivered: what it never took. all: also what it took.")
    ] = What.UNDELIVERED,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Event type or pattern (booking.*); repeat it for several."),
    ] = None,
    pace_per_s: Pace = PACE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what it would send, and make nothing.")
    ] = False,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Send the events of a stretch of time to one endpoint again.

    It runs in the server or worker, however long it takes and whatever is restarted meanwhile.
    It waits while the endpoint fails or has 1,000 deliveries waiting, and sends no more than
    --pace events a second. The endpoint gets them under their first webhook-id.
    """

    async def work(hub: Hub, asking: Asking) -> tuple[NewRecovery, Tally | Recovery]:
        now = hub.clock.now()
        to = None if until is None else moment(until, now)
        new = NewRecovery(endpoint, moment(since, now), to, what, tuple(types or ()), pace_per_s)
        if dry_run:
            return new, await preview_recovery(hub, asking, new)
        return new, await start_recovery(hub, asking, new)

    new, made = at_desk(work, live=live, tenant=tenant, reason=reason)
    if isinstance(made, Tally):
        _would_send(made, new)
        return
    say(made.id, "bold")
    say(_progress(made))
    if made.state is RecoveryState.RUNNING:
        say(f"Watch it: serai recoveries show {made.id} --watch{in_live(live)}", "dim")


def _would_send(tally: Tally, new: NewRecovery) -> None:
    show(
        ("type", "events"),
        ((type_, f"{count:,}") for type_, count in tally.types.items()),
        empty="There is nothing to send.",
    )
    if tally.total:
        took = lasting(tally.total / new.pace_per_s)
        say(f"{tally.total:,} events, {took} at {new.pace_per_s} a second.", "bold")
        first, last = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (tally.first_at, tally.last_at))
        say(f"They occurred from {first} to {last} UTC. Nothing was made.")


@app.command("list")
def list_(
    endpoint: Annotated[str | None, typer.Option(help="end_…, only its own.")] = None,
    state: Annotated[RecoveryState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Recoveries, newest first, with how far each came."""

    async def work(hub: Hub, asking: Asking) -> list[Recovery]:
        where = RecoveryFilter(endpoint=endpoint, state=state)
        return list(await list_recoveries(hub, asking, Page(limit=limit), where))

    show(
        ("id", "endpoint", "state", "sent", "of", "pace", "note"),
        (
            (r.id, r.endpoint, r.state, f"{r.sent:,}", f"{r.total:,}", f"{r.pace_per_s}/s", r.note)
            for r in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such recoveries.",
    )


@app.command("show")
def show_(
    id: Id,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow its progress until it runs no more.")
    ] = False,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """One recovery and its progress. With --watch, exit 1 unless it ends as done."""

    async def work(hub: Hub, asking: Asking) -> Recovery:
        found = await read_recovery(hub, asking, id)
        return await _watched(hub, asking, found) if watch else found

    recovery = at_desk(work, live=live, tenant=tenant)
    facts(_lines(recovery))
    if watch and recovery.state is not RecoveryState.DONE:
        raise typer.Exit(1)


async def _watched(hub: Hub, asking: Asking, recovery: Recovery) -> Recovery:
    """In place at a terminal, else a line for whatever changes."""
    text = _progress(recovery)
    with out.status(Text(text)) as status:
        while recovery.state is RecoveryState.RUNNING:
            await hub.clock.sleep(LOOK_S)
            recovery = await read_recovery(hub, asking, recovery.id)
            before, text = text, _progress(recovery)
            status.update(Text(text))
            if text != before and not out.is_terminal:
                say(text)
    return recovery


def _progress(recovery: Recovery) -> str:
    done = f"{recovery.sent:,} of {recovery.total:,} sent ({recovery.share:.0%}), {recovery.state}"
    left = f", about {lasting(recovery.left_s)} left" if recovery.left_s else ""
    return done + left + (f": {recovery.note}" if recovery.note else "")


def _lines(recovery: Recovery) -> Iterator[tuple[str, object]]:
    yield "id", recovery.id
    yield "progress", _progress(recovery)
    yield "endpoint", f"{recovery.endpoint} of {recovery.partner}"
    yield "what", f"{recovery.what}, {' '.join(recovery.types)}"
    yield (
        "occurred",
        f"{recovery.since:%Y-%m-%d %H:%M:%S} to {recovery.until:%Y-%m-%d %H:%M:%S} UTC",
    )
    yield "pace", f"{recovery.pace_per_s} events a second"
    yield "started", f"{recovery.created_at:%Y-%m-%d %H:%M:%S} UTC by {recovery.created_by}"
    yield "reason", recovery.reason
    if recovery.finished_at is not None:
        yield "ended", f"{recovery.finished_at:%Y-%m-%d %H:%M:%S} UTC"


Move = Callable[[Hub, Asking], Coroutine[Any, Any, Recovery]]


def _move(move: Move, live: bool, tenant: str | None, reason: str) -> None:
    recovery = at_desk(move, live=live, tenant=tenant, reason=reason)
    say(f"{recovery.id}: {_progress(recovery)}")


@app.command()
def pause(id: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Stop sending for now. Deliveries it made already go out."""
    _move(lambda hub, asking: pause_recovery(hub, asking, id), live, tenant, reason)


@app.command()
def resume(id: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Go on where it stopped."""
    _move(lambda hub, asking: resume_recovery(hub, asking, id), live, tenant, reason)


@app.command()
def cancel(id: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """End it for good. Deliveries it made already go out."""
    _move(lambda hub, asking: cancel_recovery(hub, asking, id), live, tenant, reason)


@app.command("pace")
def pace_(
    id: Id,
    pace_per_s: Annotated[
        int, typer.Argument(metavar="PER_S", min=1, max=PACE_MAX, help="Events a second.")
    ],
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Change how many events it sends a second."""
    _move(lambda hub, asking: pace_recovery(hub, asking, id, pace_per_s), live, tenant, reason)
