"""migrate, backup, restore, audit: keeping what must not be lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.domain.audit import Broken
from entrypoints.bootstrap import back_up, bring_up_to_date, open_vault, restore_from
from entrypoints.cli.desk import Agency, Live, at_desk, need_database, settings_with
from entrypoints.cli.screen import say
from entrypoints.cli.trouble import Trouble

audit = typer.Typer(help="The audit trail.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command("migrate")(migrate)
    app.command("backup")(backup)
    app.command("restore")(restore)


def migrate() -> None:
    """Make the database, or bring it to the newest schema. Running it again does nothing.

    Safe beside others doing the same: they wait for each other.
    """
    settings = settings_with()
    open_vault(settings)  # on the embedded engine it makes the folder and the key
    revision = asyncio.run(bring_up_to_date(settings))
    say(f"The database is at revision {revision}.")


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; replaced only by a whole backup.")],
) -> None:
    """Copy the whole database into one file, while the hub goes on serving.

    The encryption key is NOT in it. Keep the key elsewhere (SERAI_ENCRYPTION_KEYS, or
    serai.key in the data folder): without it the secrets and guests in a backup are lost.
    """
    if not file.parent.is_dir():
        raise Trouble(f"There is no folder {file.parent}.")
    settings = settings_with()
    need_database(settings)
    rows = asyncio.run(back_up(settings, file))
    say(f"{rows} rows in {file}. The encryption key is not in it.")


def restore(file: Annotated[Path, typer.Argument(help="A file that `serai backup` made.")]) -> None:
    """Fill an empty database from a backup, and verify the audit chain of what was written.

    The target is whatever the settings name; it may be the other engine. It has to be empty.
    Give it the encryption key that the backed-up hub had.
    """
    settings = settings_with()
    if settings.embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not file.is_file():
        raise Trouble(f"There is no file {file}.")
    rows, broken = asyncio.run(restore_from(settings, file))
    for place in broken:
        say(f"✗ The audit trail was broken already when the backup was made: {place}", "red")
    say(f"{rows} rows are back, as they were{'' if broken else ', and the audit trail verifies'}.")
    say("Next: serai doctor, to see that the encryption key belongs to it.", "dim")


@audit.callback()
def of_audit() -> None:
    """The audit trail."""


@audit.command()
def verify(live: Live = False, tenant: Agency = None) -> None:
    """Walk the hash chain of one agency's trail. Exit 1 and the place, if it was changed."""

    async def work(hub: Hub, asking: Asking) -> tuple[int, Broken | None]:
        return await hub.store.verify_audit(asking.scope)

    count, broken = at_desk(work, live=live, tenant=tenant)
    if broken is not None:
        raise Trouble(
            f"The audit trail breaks at position {broken.position}: {broken.why}.",
            f"{count} entries before it hold. Compare with a backup to see what was changed.",
        )
    say(f"✓ {count} audit entries verify.", "green")
