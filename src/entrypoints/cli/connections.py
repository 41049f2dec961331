"""serai connections: vendors an agency works with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.application.connection_parts import connection_parts
from core.application.connections.add_connection import (
    ConnectionChange,
    NewConnection,
    add_connection,
    change_connection,
    list_connections,
    rotate_secret,
)
from core.application.connections.probe_connection import probe_connection
from core.application.hub import Asking, Hub
from core.application.inbound.record_rejection import list_rejections
from core.domain.connections.connection import Connection, ConnectionState, ConnectionTest, Verdict
from core.domain.inbound.rejection import Rejection
from entrypoints.cli import form
from entrypoints.cli.desk import Agency, Live, at_desk, in_live, only_entity
from entrypoints.cli.moments import shown
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble
from ports.manifest import Manifest
from ports.store import Page

app = typer.Typer(help="Connections to vendors: add, test and mend them.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="con_…")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A field that is not secret; a list with commas, or as JSON. Repeatable.",
    ),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Lines NAME=VALUE with the secret fields; - reads them from stdin.",
    ),
]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


@app.command("list")
def list_(live: Live = False, tenant: Agency = None) -> None:
    """Every connection, newest first, with what its last test said."""

    async def work(hub: Hub, asking: Asking) -> list[Connection]:
        return list(await list_connections(hub, asking, Page(limit=200)))

    show(
        ("id", "adapter", "name", "state", "last test"),
        (
            (c.id, c.adapter, c.name, c.state, _tested(c.last_test))
            for c in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no connections yet: serai connections add ADAPTER",
    )


def _tested(test: ConnectionTest | None) -> str:
    return f"{test.verdict}, {test.tested_at:%Y-%m-%d %H:%M} UTC" if test else "never"


@app.command()
def add(
    adapter: Annotated[str, typer.Argument(help="hotelbeds, stripe, …")],
    name: Annotated[str | None, typer.Option(help="What to call it; else the adapter's.")] = None,
    entity: Annotated[
        str | None, typer.Option(help="Legal entity (ent_…); not needed while there is one.")
    ] = None,
    sets: Sets = None,
    secret_file: SecretFile = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Add a connection. Asks for every secret, and every other field that has no default, unless
    it is given; what has a default keeps it unless --set names it (docs/adapters says each).

    Secrets are never taken from the command line, where the shell's history would keep them:
    type them when asked (nothing is shown), or give --secret-file FILE or --secret-file -.
    Away from a terminal nothing is asked: what is missing is named.
    """
    given = form.given(sets, secret_file)

    async def work(hub: Hub, asking: Asking) -> tuple[Manifest, Connection, str]:
        manifest = hub.vendors.manifest(adapter)
        if manifest is None:
            known = ", ".join(m.name for m in hub.vendors.manifests())
            raise Trouble(f"There is no adapter {adapter}.", f"There are: {known}")
        form.without_secrets_of(manifest, sets)
        owner = entity or await only_entity(hub, asking)
        config = form.complete(manifest, given)
        new = NewConnection(adapter, name or manifest.title, owner, config)
        return manifest, await add_connection(hub, asking, new), hub.public_url

    manifest, connection, public_url = at_desk(work, live=live, tenant=tenant)
    say(f"{connection.id} added: {connection.name}.")
    say(f"Next: serai connections test {connection.id}{in_live(live)}", "dim")
    if manifest.inbound is not None:
        say(_inbound(public_url, connection.id), "dim")


def _inbound(public_url: str, id: str) -> str:
    if not public_url:
        return f"Its webhooks go to …/in/{id}: set SERAI_PUBLIC_URL first, then register it there."
    return f"Its webhooks go to {public_url.rstrip('/')}/in/{id}; register that there."


@app.command("test")
def ask_vendor(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """Ask the vendor whether it works. Exit 1 unless it is verified."""

    async def work(hub: Hub, asking: Asking) -> ConnectionTest:
        return await probe_connection(hub, asking, id)

    result = at_desk(work, live=live, tenant=tenant)
    good = result.verdict is Verdict.VERIFIED
    say(f"{'✓' if good else '✗'} {result.verdict}", "green" if good else "red")
    facts([*result.evidence.items(), ("remedy", result.remedy)])
    if not good:
        raise typer.Exit(1)


@app.command()
def rejections(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """Messages to it that were not believed, newest first, and why: never what was in them."""

    async def work(hub: Hub, asking: Asking) -> list[Rejection]:
        return list(await list_rejections(hub, asking, id, Page(limit=200)))

    show(
        ("when", "why", "bytes", "digest", "not kept before it"),
        (
            (shown(r.received_at), r.reason, r.size, r.digest[:16], r.passed_over or "")
            for r in at_desk(work, live=live, tenant=tenant)
        ),
        empty="Every message was genuine.",
    )


@app.command("rotate-secret")
def rotate(
    id: Id,
    fields: Annotated[
        list[str] | None, typer.Option("--field", help="Ask for this secret; repeatable.")
    ] = None,
    secret_file: SecretFile = None,
    reason: Reason = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Replace secrets of the connection's account; every connection on that account follows.

    Each is asked for, and nothing is shown; one left empty stays. --field asks for that one only;
    --secret-file FILE or - gives them without being asked.
    """
    given = form.given(None, secret_file)

    async def work(hub: Hub, asking: Asking) -> Connection:
        async with hub.store.read(asking.scope) as view:
            _, _, manifest = await connection_parts(hub, view, id)
        secrets = form.asked_secrets(manifest, fields or (), given)
        return await rotate_secret(hub, asking, id, secrets)

    connection = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{connection.id} ({connection.name}) uses the new secret from its next call.")


@app.command()
def disable(id: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Use it no more: no search, no booking. What is booked through it is kept."""
    _turn(id, ConnectionState.DISABLED, reason, live, tenant)


@app.command()
def enable(id: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Use it again."""
    _turn(id, ConnectionState.ACTIVE, reason, live, tenant)


def _turn(id: str, state: ConnectionState, reason: str, live: bool, tenant: str | None) -> None:
    async def work(hub: Hub, asking: Asking) -> Connection:
        return await change_connection(hub, asking, id, ConnectionChange(state=state))

    connection = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{connection.id} ({connection.name}) is {connection.state}.")
