"""A table of pilgrims on its way in: what was right goes in by steps, what was wrong is named."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.filings.roster import Entry, Roster, RowFault

STEP = 50  # rows in one transaction: a step must not hold the database's only writer for long
SHOWN_FAULTS = 1_000


class ImportState(enum.StrEnum):
    """stopped: its departure was cancelled before all of it was in."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class PilgrimImport(msgspec.Struct, frozen=True):
    """total: rows of the table; added, changed: pilgrims so far. wrong: how many rows are named
    in faults, of which the first thousand faults are kept. left: right rows that are not in.

    entries: what is still to go in; kept sealed, and forgotten as it goes in.
    """

    id: str
    departure: str
    created_at: datetime
    created_by: str
    total: int
    wrong: int
    faults: tuple[RowFault, ...]
    entries: tuple[Entry, ...] = ()
    state: ImportState = ImportState.RUNNING
    added: int = 0
    changed: int = 0
    finished_at: datetime | None = None
    check_at: datetime | None = None

    @property
    def left(self) -> int:
        return self.total - self.wrong - self.added - self.changed


def started(id: str, departure: str, roster: Roster, by: str, now: datetime) -> PilgrimImport:
    """Running from now on; done at once if no row is right."""
    made = PilgrimImport(
        id=id,
        departure=departure,
        created_at=now,
        created_by=by,
        total=roster.total,
        wrong=len({fault.row for fault in roster.faults}),
        faults=roster.faults[:SHOWN_FAULTS],
        entries=roster.entries,
        check_at=now,
    )
    return made if made.entries else _done(made, now)


def advanced(running: PilgrimImport, added: int, changed: int, now: datetime) -> PilgrimImport:
    """After a step: its rows are gone from what is to go in."""
    after = msgspec.structs.replace(
        running,
        entries=running.entries[added + changed :],
        added=running.added + added,
        changed=running.changed + changed,
        check_at=now,
    )
    return after if after.entries else _done(after, now)


def stopped(running: PilgrimImport, now: datetime) -> PilgrimImport:
    """What is in stays; what is not is forgotten, and counted as left."""
    return msgspec.structs.replace(
        running, state=ImportState.STOPPED, entries=(), finished_at=now, check_at=None
    )


def _done(last: PilgrimImport, now: datetime) -> PilgrimImport:
    return msgspec.structs.replace(last, state=ImportState.DONE, finished_at=now, check_at=None)
