"""serai inbox: what vendors sent in, and a hand on what was quarantined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.inbound.handle_message import dismiss_message, retry_message
from core.application.inbound.read_message import list_messages, read_message
from core.domain.inbound.inbox import InboxMessage, InboxState
from entrypoints.cli.desk import Agency, Live, at_desk, in_live
from entrypoints.cli.moments import to_the_second
from entrypoints.cli.screen import facts, say, show
from ports.store import InboxFilter, Page

app = typer.Typer(
    help="Messages of vendors: list them, look at one, retry or dismiss what was quarantined.",
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(help="inb_…")]


@app.command("list")
def list_(
    state: Annotated[InboxState | None, typer.Option(help="Only those in this state.")] = None,
    connection: Annotated[str | None, typer.Option(help="con_…, only what came by it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Messages, newest first. `--state quarantined` shows what waits for a person."""

    async def work(hub: Hub, asking: Asking) -> Sequence[InboxMessage]:
        where = InboxFilter(connection, state)
        return await list_messages(hub, asking, Page(limit=limit), where)

    show(
        ("id", "state", "type", "connection", "received", "why"),
        (
            (m.id, m.state, m.type, m.connection, to_the_second(m.received_at), m.note)
            for m in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such messages.",
    )


@app.command("show")
def show_(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """One message: why it was set apart, and what a person made of it. Never its bytes, which may
    name a guest: look it up in the vendor's dashboard by their id."""

    async def work(hub: Hub, asking: Asking) -> InboxMessage:
        return await read_message(hub, asking, id)

    message = at_desk(work, live=live, tenant=tenant)
    handled = message.handled_at
    what = "dismissed" if message.state is InboxState.DISMISSED else "last retried"
    facts(
        [
            ("id", message.id),
            ("state", message.state),
            ("why", message.note),
            ("type", message.type),
            ("connection", message.connection),
            ("their id", message.vendor_id),
            ("received", f"{to_the_second(message.received_at)} UTC"),
            ("attempts", message.attempts),
            (what, handled and f"{to_the_second(handled)} UTC"),
            ("reason", message.reason),
        ]
    )
    if message.state is InboxState.QUARANTINED:
        there = in_live(live)
        say(f"Once that is mended: serai inbox retry {id}{there}", "dim")
        say(f"If nothing is to be done: serai inbox dismiss {id} --reason …{there}", "dim")


@app.command()
def retry(
    id: Id,
    reason: Annotated[str, typer.Option(help="What was mended; kept in the audit trail.")] = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Have a quarantined message read again, after what kept it was mended.

    A running server or worker reads it within two seconds. What it says is applied once; if it
    still differs, it is quarantined again.
    """

    async def work(hub: Hub, asking: Asking) -> InboxMessage:
        return await retry_message(hub, asking, id)

    message = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{message.id} is {message.state} now, and read in a moment.")
    say(f"Look at it: serai inbox show {id}{in_live(live)}", "dim")


@app.command()
def dismiss(
    id: Id,
    reason: Annotated[
        str, typer.Option(help="Why nothing is to be done, or what was; kept and shown.")
    ],
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Close a quarantined message for good: it is never read. It cannot be undone.

    What was in it is forgotten. A reservation is not acknowledged by it: settle that at the
    channel.
    """

    async def work(hub: Hub, asking: Asking) -> InboxMessage:
        return await dismiss_message(hub, asking, id, reason)

    message = at_desk(work, live=live, tenant=tenant)
    say(f"{message.id} is {message.state} now.")
