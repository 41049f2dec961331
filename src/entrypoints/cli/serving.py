"""serve, worker, sandbox: processes that stay until they are told to stop."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from entrypoints.cli.desk import settings_with
from entrypoints.cli.screen import say
from entrypoints.cli.trouble import Trouble
from entrypoints.first_run import FirstRun
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from entrypoints.sandbox import Stall

Host = Annotated[str | None, typer.Option(help="Address to listen on (SERAI_HOST).")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="0 takes a free one (SERAI_PORT).")
]


def register(app: typer.Typer) -> None:
    app.command("serve")(serve_command)
    app.command("worker")(worker_command)
    app.command("sandbox")(sandbox_command)


def serve_command(
    host: Host = None,
    port: Port = None,
    with_worker: Annotated[
        bool,
        typer.Option(
            "--with-worker",
            help="Run the hub's loops in this process too, although Redis is configured.",
        ),
    ] = False,
) -> None:
    """Serve the API; the database is made or brought up to date first.

    Without SERAI_REDIS_URL the hub's own loops (webhooks, reconciling) run in this process too:
    nothing else need run, though on PostgreSQL `serai worker` may beside it. With Redis this is
    the API alone; run `serai worker` beside it.

    The first run makes an agency with one legal entity and shows an admin key for the test
    environment, once. SIGTERM or Ctrl-C stops it after what was asked already is answered.
    """
    from entrypoints import asgi, serve  # only where it is used: it takes a while to import

    settings = settings_with(host=host, port=port)
    loops = with_worker or settings.redis_url is None
    with contextlib.closing(asgi.listen(settings.host, settings.port)) as sock:
        where = asgi.address(settings.host, sock)
        asgi.run(
            serve.serve(
                settings, sock, loops=loops, ready=lambda first: _greet(where, settings, first)
            )
        )


def _greet(where: str, settings: Settings, first: FirstRun | None) -> None:
    say(f"Serai serves {where}", "bold")
    say(f"  API reference  {where}/docs")
    say(f"  database       {_engine(settings)}")
    if settings.redis_url is not None:
        say("  loops          in `serai worker`, beside this process")
    if first is not None:
        say("")
        say("First run: an agency was made, and an admin key for its test environment.")
        say(f"  admin key      {first.key}", "bold yellow")
        say(f"  legal entity   {first.entity}")
        say("  The key is shown this once. Keep it; `serai keys create` makes others.")


def _engine(settings: Settings) -> str:
    return f"SQLite in {settings.data_dir}" if settings.embedded else "PostgreSQL"


def worker_command() -> None:
    """Run the hub's loops: send webhooks, reconcile what is unclear, read the inbox, keep time.

    For PostgreSQL, beside one or more `serai serve`; start as many as you need. With SQLite
    `serai serve` does this itself. SIGTERM claims nothing more and gives back what it holds.
    """
    settings = settings_with()
    if settings.embedded:
        raise Trouble(
            "On SQLite the loops run inside `serai serve`; there is no separate worker.",
            "Set SERAI_DATABASE_URL to run workers.",
        )
    from entrypoints import asgi, serve

    asgi.run(serve.work(settings, lambda: say("Serai works; SIGTERM stops it.", "bold")))


def sandbox_command(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8900,
) -> None:
    """Serve simulated vendors over real HTTP, for test connections: no money, no rooms.

    Each is under its own name (/hotelbeds, /stripe, /channex …), with a /_control below it that
    shows its state and plants faults; docs/adapters says what each takes there. Prints the
    command that connects to each, with the credentials it asks for, and of channels the
    properties, rooms and plans that they sell, by their codes: docs/channels.md sells one of
    your own there. What they know is forgotten when this stops.
    """
    from entrypoints import asgi, sandbox

    settings_with()
    with contextlib.closing(asgi.listen(host, port)) as sock:
        where = asgi.address(host, sock)
        say(f"Sandbox serves {where}", "bold")
        for stall in sandbox.STALLS:
            tell(stall, where)
        asgi.run(asgi.serve_alone(sandbox.Sandbox(), sock))


def tell(stall: Stall, where: str) -> None:
    """How to connect to it, and what it sells for us."""
    say(f"  {stall.command(where)}")
    if stall.note:
        say(f"    {stall.note}", "dim")
    for property in stall.sells:
        name = f", {property.name}" if property.name else ""
        say(f"    property {property.code}{name}, in {property.currency}", "dim")
        for room in property.rooms:
            say(f"      room {room.code}  {room.name}", "dim")
            for plan in room.plans:
                say(f"        plan {plan.code}  {plan.name}", "dim")
