"""Bring a database to the newest schema."""

from __future__ import annotations

from importlib.resources import as_file, files

import sqlalchemy as sa
import tenacity
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import sqlite
from adapters.sql.engine import opened
from ports.store import Busy

_LOCK = 7_237_114_525_031  # any number, as long as all our processes use the same


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(Busy),
    stop=tenacity.stop_after_attempt(4),
    wait=tenacity.wait_random(0, 1),
    reraise=True,
)
async def migrate(url: str) -> str:
    """Apply what is missing, in one transaction; returns the revision the database is at.

    Safe to run from many processes at once: they wait for each other. Busy: for too long.
    """
    if make_url(url).get_backend_name() == "sqlite":
        sqlite.create(url)
    async with opened(url) as database, database.write() as conn:
        if database.is_postgresql:
            await conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        await conn.run_sync(_upgrade)
        return await revision(conn) or ""


async def revision(conn: AsyncConnection) -> str | None:
    """The revision the database is at; None: it was never migrated."""
    return await conn.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())


def newest() -> str:
    """The revision this code works with."""
    with as_file(files("adapters.sql") / "migrations") as folder:
        return ScriptDirectory(str(folder)).get_current_head() or ""


def _upgrade(connection: sa.Connection) -> None:
    with as_file(files("adapters.sql") / "migrations") as folder:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "head")
