"""A backup of the whole database in one file, restorable on either engine.

A zip with a manifest and a file of JSON lines for each table, all of one snapshot. What is
sealed stays sealed, and the encryption key is not in it: keep the key somewhere else, for
without it the secrets and the persons of the backup are lost.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import trail
from adapters.sql.columns import metadata
from adapters.sql.engine import opened
from adapters.sql.migrate import migrate, newest, revision
from adapters.sql.stock_changes import touch_all
from adapters.sql.tables import head
from adapters.sql.types import Instant
from core.domain.audit import Broken
from core.domain.tenancy import Environment, Scope
from ports.clock import Clock

FORMAT = 1
_BATCH = 500
_MANIFEST = "manifest.json"


class BackupFault(Exception):
    """The backup, or the database it should go into, is not fit for it; says why."""


class TableFacts(msgspec.Struct, frozen=True):
    """sha256: of the table's file, in hex."""

    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """schema: the revision the rows are of. tables: by name."""

    format: int
    schema: str
    engine: str
    taken_at: datetime
    tables: dict[str, TableFacts]


class Restored(msgspec.Struct, frozen=True):
    """broken: audit chains that did not hold when the backup was taken, as they do not now."""

    manifest: Manifest
    broken: tuple[tuple[Scope, Broken], ...]


async def backup(url: str, target: Path, *, clock: Clock) -> Manifest:
    """Copy the database at *url* to *target*, while others go on working with it.

    target is replaced only by a whole backup, readable by its owner alone.
    """
    partial = target.with_name(target.name + ".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            async with opened(url, clock) as database, database.read() as conn:
                at = await revision(conn)
                if at is None:
                    raise BackupFault("the database was never migrated: there is nothing to copy")
                tables = {t.name: await _copy(conn, t, archive) for t in metadata.sorted_tables}
                manifest = Manifest(FORMAT, at, conn.dialect.name, clock.now(), tables)
            archive.writestr(_MANIFEST, msgspec.json.encode(manifest))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    return manifest


async def restore(source: Path, url: str) -> Restored:
    """Fill the empty database at *url*, which is migrated first, and verify what was written.

    BackupFault: the file is damaged, of another version, or the database is not empty;
    nothing is written then.
    """
    with _archive(source) as archive:
        manifest = _checked(archive)
        await migrate(url)
        async with opened(url) as database, database.write() as conn:
            for table in metadata.sorted_tables:
                if await _count(conn, table):
                    raise BackupFault(f"the database is not empty: {table.name} has rows")
            for table in metadata.sorted_tables:
                await _fill(conn, table, archive)
            await touch_all(conn)
            await _verify_counts(conn, manifest)
            return Restored(manifest, tuple([b async for b in _broken_chains(conn)]))


def _archive(source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except zipfile.BadZipFile as e:
        raise BackupFault("this is not a backup, or it was cut short") from e


async def _copy(conn: AsyncConnection, table: sa.Table, archive: zipfile.ZipFile) -> TableFacts:
    rows, digest = 0, hashlib.sha256()
    order = sa.select(table).order_by(*table.primary_key.columns)
    with archive.open(_name(table), "w", force_zip64=True) as file:
        async with conn.stream(order.execution_options(yield_per=_BATCH)) as found:
            async for row in found.mappings():
                line = msgspec.json.encode(dict(row)) + b"\n"
                file.write(line)
                digest.update(line)
                rows += 1
    return TableFacts(rows, digest.hexdigest())


def _checked(archive: zipfile.ZipFile) -> Manifest:
    try:
        manifest = msgspec.json.decode(archive.read(_MANIFEST), type=Manifest)
    except (KeyError, msgspec.DecodeError) as e:
        raise BackupFault("this is not a backup: its manifest cannot be read") from e
    if (manifest.format, manifest.schema) != (FORMAT, newest()):
        raise BackupFault(
            f"the backup is of schema {manifest.schema} and this hub of {newest()}:"
            " restore it with the version that made it, then migrate"
        )
    for table in metadata.sorted_tables:
        with archive.open(_name(table)) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        facts = manifest.tables.get(table.name)
        if facts is None or found != facts.sha256:
            raise BackupFault(f"the backup is damaged: {table.name} is not what was written")
    return manifest


async def _fill(conn: AsyncConnection, table: sa.Table, archive: zipfile.ZipFile) -> None:
    with archive.open(_name(table)) as file:
        for batch in _batches(file, table):
            await conn.execute(sa.insert(table), batch)


def _batches(file: IO[bytes], table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    types = {str(c.key): _python_type(c) for c in table.c}
    row = msgspec.json.Decoder(msgspec.defstruct(str(table.name), list(types.items())))
    batch: list[dict[str, Any]] = []
    for line in file:
        batch.append(msgspec.structs.asdict(row.decode(line)))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _python_type(column: sa.Column[Any]) -> Any:
    plain = datetime if isinstance(column.type, Instant) else column.type.python_type
    return plain | None if column.nullable else plain


async def _verify_counts(conn: AsyncConnection, manifest: Manifest) -> None:
    for table in metadata.sorted_tables:
        wanted, found = manifest.tables[table.name].rows, await _count(conn, table)
        if found != wanted:
            raise BackupFault(f"{table.name} has {found} rows after restoring, not {wanted}")


async def _broken_chains(conn: AsyncConnection) -> AsyncIterator[tuple[Scope, Broken]]:
    for row in (await conn.execute(sa.select(head.c.tenant, head.c.environment))).all():
        scope = Scope(row.tenant, Environment(row.environment))
        _, broken = await trail.verify(conn, scope)
        if broken is not None:
            yield scope, broken


async def _count(conn: AsyncConnection, table: sa.Table) -> int:
    counted: int = (await conn.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
    return counted


def _name(table: sa.Table) -> str:
    return f"{table.name}.jsonl"
