"""serai listen: a receiver to try against, and to see what comes."""

from __future__ import annotations

import contextlib
import socket
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from core.domain.problem import Invalid
from core.domain.webhooks.signature import key_of
from entrypoints.cli.desk import Agency, seated, settings_with
from entrypoints.cli.hearing import hear, summary
from entrypoints.cli.screen import say
from entrypoints.cli.trouble import Trouble
from entrypoints.listen.receiver import Manner, Receiver
from entrypoints.listen.temporary import NAME, temporary_endpoint

DRAIN_S = 1


def register(app: typer.Typer) -> None:
    app.command("listen")(listen_command)


def listen_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8420,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="WEBHOOK_SECRET",
            help="whsec_… of an endpoint that points here. Without it a temporary endpoint is "
            "added at the hub of this folder.",
        ),
    ] = None,
    forward: Annotated[
        str | None,
        typer.Option(help="Pass every request on to this URL, and answer what it answers."),
    ] = None,
    answer: Annotated[
        int, typer.Option(min=200, max=599, help="Status for what verifies; 400 for the rest.")
    ] = 200,
    delay: Annotated[
        float, typer.Option(min=0, max=120, help="Seconds to wait before answering.")
    ] = 0.0,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Event type or pattern (booking.*); repeat it for several."),
    ] = None,
    partner: Annotated[
        str | None,
        typer.Option(help="ptn_…, whose events are heard; without it every event of the agency."),
    ] = None,
    tenant: Agency = None,
) -> None:
    """Receive webhooks on this machine: verify each, print it, and answer.

    Prints time, type, subject#sequence, and whether it verifies or exactly why not; repeats,
    late ones and gaps in the sequence are marked. Ctrl-C ends it with a summary.

    Without --secret it hears the test environment of the local hub, by an endpoint of its own
    that is disabled when it ends. Try it with `serai trigger booking_lifecycle`.
    """
    from entrypoints import asgi  # only where it is used: it takes a while to import

    settings_with()
    if secret is not None:
        _need_secret(secret)
        if only or partner or tenant:
            raise Trouble("--only, --partner and --tenant are for an endpoint of its own.")
    manner = Manner(answer, delay, forward)
    with contextlib.closing(asgi.listen(host, port)) as sock:
        where = asgi.address(host, sock)
        asgi.run(_listen(sock, where, manner, secret, tuple(only or "*"), partner, tenant))


def _need_secret(secret: str) -> None:
    try:
        key_of(secret)
    except ValueError as e:
        raise Trouble(f"--secret: {e}.", "It was shown when the endpoint was added.") from None


async def _listen(
    sock: socket.socket,
    where: str,
    manner: Manner,
    secret: str | None,
    types: tuple[str, ...],
    partner: str | None,
    tenant: str | None,
) -> None:
    from entrypoints.asgi import serve_asgi, told_to_stop

    async with told_to_stop() as stop, AsyncExitStack() as stack:
        if secret is None:
            secret = await _added(stack, where, types, partner, tenant)
        else:
            say(f"Listening on {where}", "bold")
        if manner.forward is not None:
            say(f"  passed on to   {manner.forward}")
        say("  Ctrl-C ends it.", "dim")
        receiver = Receiver(secret, hear, manner, stop)
        await serve_asgi(receiver, sock, stop, drain_s=DRAIN_S)
        say(summary(receiver))


async def _added(
    stack: AsyncExitStack,
    where: str,
    types: tuple[str, ...],
    partner: str | None,
    tenant: str | None,
) -> str:
    hub, asking = await stack.enter_async_context(seated(live=False, tenant=tenant, reason=NAME))
    adding = temporary_endpoint(hub, asking, where, types, partner=partner)
    try:
        endpoint = await stack.enter_async_context(adding)
    except Invalid as e:
        if any(f.pointer == "/url" for f in e.faults):
            raise Trouble(
                f"The hub does not send to {where}: {e.faults[0].message}.",
                "Let it by SERAI_EGRESS_ALLOW=127.0.0.0/8, where it runs and here.",
            ) from None
        raise
    secret = endpoint.secrets[0].value.reveal()
    say(f"Listening on {where}", "bold")
    say(f"  endpoint       {endpoint.id}, of the test environment, disabled when this ends")
    say(f"  secret         {secret}")
    say("  to see one     serai trigger booking_lifecycle  (in another terminal; serve running)")
    return secret
