"""serai demo."""

from __future__ import annotations

from typing import Annotated

import typer

from entrypoints.cli.trouble import Trouble


def register(app: typer.Typer) -> None:
    app.command("demo")(demo_command)


def demo_command(
    postgres: Annotated[
        str | None,
        typer.Option(help="An empty database, postgresql+asyncpg://…; with --redis."),
    ] = None,
    redis: Annotated[
        str | None, typer.Option(help="redis://…; the hub then runs as API and worker.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running at the end, to play with.")
    ] = False,
) -> None:
    """Play the main journey against the sandbox, step by step, each step verified.

    Starts a sandbox, a hub and a partner's receiver as processes of their own in a temporary
    folder, and speaks to them only as the outside would: over HTTP. Exit 0 if every step was
    verified; otherwise it says which was not, and shows the end of the logs.
    """
    from entrypoints.demo.play import play  # only this command needs it

    if (postgres is None) != (redis is None):
        raise Trouble("--postgres and --redis go together.", "Give both, or neither for SQLite.")
    if not play(postgres=postgres, redis=redis, keep=keep):
        raise typer.Exit(1)
