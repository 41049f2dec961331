"""Pilgrims from a table: every row is taken or named, and a restart goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.filings.filing_parts import (
    departure_of,
    open_departure,
    put_filings,
    regulator,
)
from core.application.filings.register_pilgrim import NewPilgrim, known, put_change, put_pilgrim
from core.application.hub import Asking, Hub, by_itself, write_audit, write_intent
from core.domain.filings.departure import Departure, Pilgrim
from core.domain.filings.dossier import FIELDS, Dossier
from core.domain.filings.pilgrim_import import (
    STEP,
    ImportState,
    PilgrimImport,
    advanced,
    started,
    stopped,
)
from core.domain.filings.roster import Entry, Roster, read_roster
from core.domain.problem import Conflict, NotFound
from core.domain.tenancy import Permission, Scope
from ports.jobs import Bell
from ports.store import Page, Tx


async def preview_import(hub: Hub, asking: Asking, departure_id: str, raw: bytes) -> Roster:
    """What an import would take and what is wrong with the rest. Nothing is made.

    Invalid: it is no table of pilgrims at all.
    """
    asking.need(Permission.PILGRIMS_WRITE)
    async with hub.store.read(asking.scope) as view:
        departure = await departure_of(view, departure_id)
        labels = (await regulator(hub, asking, view, departure.connection)).headings
    return read_roster(raw, dict(labels), departure.today(hub.clock.now()))


async def start_import(
    hub: Hub, asking: Asking, departure_id: str, raw: bytes, made: str | None = None
) -> PilgrimImport:
    """Rows that are right go in by steps; a reference that is there already is changed by what
    its row fills in, and keeps the rest."""
    asking.need(Permission.PILGRIMS_WRITE)
    if made is not None:
        return await read_import(hub, asking, made)
    roster = await preview_import(hub, asking, departure_id, raw)
    async with hub.store.begin(asking.scope) as tx:
        departure = await open_departure(tx, departure_id)
        running = started(hub.mint.id("imp"), departure.id, roster, asking.who.id, hub.clock.now())
        await tx.put_pilgrim_import(running)
        await write_intent(hub, tx, asking, "import.started", running.id, after=_told(running))
    await hub.jobs.ring(Bell.IMPORTS)
    return running


async def run_import(hub: Hub, scope: Scope, id: str) -> PilgrimImport:
    """One step: its rows and how far it came are committed together, so that wherever it dies
    no row is left out or doubled. It stops where it is when its departure is cancelled.
    LookupError: there is no such import here."""
    asking = by_itself(scope)
    async with hub.store.begin(scope) as tx:
        before = await tx.pilgrim_import(id)
        if before is None:
            raise LookupError(id)
        if before.state is not ImportState.RUNNING:
            return before
        departure = await departure_of(tx, before.departure)
        if departure.cancelled:
            after = stopped(before, hub.clock.now())
        else:
            added, changed = await _take(hub, tx, departure, before.entries[:STEP])
            after = advanced(before, added, changed, hub.clock.now())
            await put_filings(hub, tx, departure)
        await tx.put_pilgrim_import(after)
        if after.state is not ImportState.RUNNING:
            await write_audit(hub, tx, asking, f"import.{after.state}", id, after=_told(after))
    await hub.jobs.ring(Bell.IMPORTS)
    return after


async def _take(
    hub: Hub, tx: Tx, departure: Departure, entries: Sequence[Entry]
) -> tuple[int, int]:
    group = {pilgrim.reference: pilgrim for pilgrim in await tx.group(departure.id)}
    added = 0
    for entry in entries:
        pilgrim = group.get(entry.reference)
        if pilgrim is None:
            new = NewPilgrim(entry.reference, entry.registered_on, entry.dossier)
            await put_pilgrim(hub, tx, departure, new)
            added += 1
        else:
            await _fill_in(hub, tx, pilgrim, entry)
    return added, len(entries) - added


async def _fill_in(hub: Hub, tx: Tx, pilgrim: Pilgrim, entry: Entry) -> None:
    """One whose data was erased stays as they are: who comes back comes as somebody new."""
    try:
        _, dossier = await known(tx, pilgrim)
    except Conflict:
        return
    given = {n: v for n in FIELDS if (v := getattr(entry.dossier, n)) is not None}
    filled: Dossier = msgspec.structs.replace(dossier, **given)
    after = msgspec.structs.replace(
        pilgrim, registered_on=entry.registered_on, updated_at=hub.clock.now()
    )
    await put_change(tx, after, filled)


async def read_import(hub: Hub, asking: Asking, id: str) -> PilgrimImport:
    asking.need(Permission.PILGRIMS_READ)
    async with hub.store.read(asking.scope) as view:
        found = await view.pilgrim_import(id)
    if found is None:
        raise NotFound("import", id)
    return found


async def list_imports(
    hub: Hub, asking: Asking, page: Page, *, departure: str
) -> Sequence[PilgrimImport]:
    asking.need(Permission.PILGRIMS_READ)
    async with hub.store.read(asking.scope) as view:
        await departure_of(view, departure)
        return await view.pilgrim_imports(page, departure=departure)


class _Told(msgspec.Struct, frozen=True):
    """What the audit trail may say of an import: how many, never who."""

    departure: str
    total: int
    wrong: int
    added: int
    changed: int


def _told(of: PilgrimImport) -> _Told:
    return _Told(of.departure, of.total, of.wrong, of.added, of.changed)
