"""Reports owed to the regulator: what they still want, the file to file, and that it was filed."""

from __future__ import annotations

from collections.abc import Sequence

from core.application.filings.filing_parts import (
    departure_of,
    filing_of,
    regulator,
)
from core.application.hub import Asking, Hub, write_audit
from core.domain.events.filing_events import filing_event
from core.domain.filings.completeness import Gap, gaps
from core.domain.filings.departure import Departure, Pilgrim, PilgrimState
from core.domain.filings.dossier import Dossier
from core.domain.filings.filing import Filing, FilingState, filed, reminded, reopened
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.tenancy import Permission, Scope
from ports.filings import FilingFilter
from ports.jobs import Bell
from ports.regulator_filing import (
    RegulatorFiling,
    Report,
    ReportedPilgrim,
    ReportFile,
    ReportForm,
)
from ports.store import Page, View


async def list_filings(
    hub: Hub, asking: Asking, page: Page, where: FilingFilter
) -> Sequence[Filing]:
    asking.need(Permission.FILINGS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.filings(page, where)


async def read_filing(hub: Hub, asking: Asking, id: str) -> tuple[Filing, tuple[Gap, ...], str]:
    """With everything it still wants, and what people call the system it is owed to."""
    asking.need(Permission.FILINGS_READ)
    async with hub.store.read(asking.scope) as view:
        filing = await filing_of(view, id)
        system = await regulator(hub, asking, view, filing.connection)
        group = await _group(view, filing)
    return filing, _gaps(hub, filing, system, group), system.label


async def export_report(
    hub: Hub, asking: Asking, id: str, form: ReportForm, *, incomplete: bool = False
) -> ReportFile:
    """The file that a person files. It holds personal data, and the trail says who took it.

    Conflict: it is incomplete, unless that is asked for; the faults name each gap.
    """
    asking.need(Permission.FILINGS_READ)
    asking.need(Permission.PILGRIMS_READ)
    async with hub.store.begin(asking.scope) as tx:
        filing = await filing_of(tx, id)
        system = await regulator(hub, asking, tx, filing.connection)
        group = await _group(tx, filing)
        wanting = _gaps(hub, filing, system, group)
        if wanting and not incomplete:
            raise _incomplete(wanting)
        report = await _report(tx, filing, group)
        await write_audit(hub, tx, asking, "filing.exported", id)
    return system.export(report, form)


async def record_filing(
    hub: Hub, asking: Asking, id: str, number: str, evidence: str, *, incomplete: bool = False
) -> Filing:
    """A person filed it: under which number, and what proves it. A repeat does nothing.

    Conflict: it is incomplete, unless the reason says why it was taken all the same; or it was
    filed under another number.
    """
    asking.need(Permission.FILINGS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await filing_of(tx, id)
        if before.filed is not None and before.filed.number == number:
            return before
        if before.state is not FilingState.OPEN:
            raise Conflict(
                f"filing_{before.state}", f"the filing is {before.state}; reopen it to file anew"
            )
        wanting = _gaps(
            hub,
            before,
            await regulator(hub, asking, tx, before.connection),
            await _group(tx, before),
        )
        if wanting and not incomplete:
            raise _incomplete(wanting)
        if wanting and not asking.reason:
            raise Invalid(Fault("/reason", "is owed: the report was filed with gaps"))
        after = filed(before, number, evidence, asking.who.id, hub.clock.now())
        await tx.put_filing(after)
        await tx.record(filing_event("filing.filed", after), hub.clock.now())
        await write_audit(hub, tx, asking, "filing.filed", id, before=before, after=after)
    await hub.jobs.ring(Bell.DELIVERIES)
    return after


async def reopen_filing(hub: Hub, asking: Asking, id: str) -> Filing:
    """The number was wrong, or the regulator sent it back: it is owed again."""
    asking.need(Permission.FILINGS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await filing_of(tx, id)
        if before.state is not FilingState.FILED:
            raise Conflict(f"filing_{before.state}", f"the filing is {before.state}")
        after = reopened(before, hub.clock.now())
        await tx.put_filing(after)
        await tx.record(filing_event("filing.reopened", after), hub.clock.now())
        await write_audit(hub, tx, asking, "filing.reopened", id, before=before, after=after)
    await hub.jobs.ring(Bell.DELIVERIES)
    await hub.jobs.ring(Bell.FILINGS)
    return after


async def remind_filing(hub: Hub, scope: Scope, id: str) -> Filing:
    """Tell before the last day, and once after it. LookupError: there is no such filing here."""
    async with hub.store.begin(scope) as tx:
        before = await tx.filing(id)
        if before is None:
            raise LookupError(id)
        after, reminder = reminded(before, hub.clock.now())
        await tx.put_filing(after)
        if reminder is not None:
            name = "filing.overdue" if reminder.days_left is None else "filing.due"
            event = filing_event(name, after, reminder.days_left)
            await tx.record(event, hub.clock.now())
    if reminder is not None:
        await hub.jobs.ring(Bell.DELIVERIES)
    if after.check_at is not None:
        await hub.jobs.ring_at(Bell.FILINGS, after.check_at)
    return after


async def erase_group(hub: Hub, asking: Asking, departure_id: str) -> int:
    """Erase the personal data of all pilgrims and escorts of a departure; how many.

    Conflict: it is still owed to the regulator. One person may be erased at any time.
    """
    asking.need(Permission.PEOPLE_ERASE)
    async with hub.store.begin(asking.scope) as tx:
        departure = await departure_of(tx, departure_id)
        system = await regulator(hub, asking, tx, departure.connection)
        until = departure.kept_until(system.rules.keep_days)
        if departure.today(hub.clock.now()) <= until and not departure.cancelled:
            raise Conflict("kept", f"the group's personal data is kept until {until}")
        group = await tx.group(departure.id)
        people = [*(p.person for p in group), *departure.plan.escorts]
        gone = sum([await tx.erase_person(person) for person in people])
        await write_audit(hub, tx, asking, "departure.erased", departure.id)
    return gone


Group = tuple[Departure, tuple[Pilgrim, ...], dict[str, Dossier]]


async def _group(view: View, filing: Filing) -> Group:
    """dossiers: by pilgrim."""
    departure = await departure_of(view, filing.departure)
    group = tuple(sorted(await view.group(departure.id), key=lambda p: p.reference))
    known = await view.dossiers([p.person for p in group])
    return departure, group, {p.id: known[p.person] for p in group if p.person in known}


def _gaps(hub: Hub, filing: Filing, system: RegulatorFiling, group: Group) -> tuple[Gap, ...]:
    departure, pilgrims, dossiers = group
    today = departure.today(hub.clock.now())
    return gaps(filing.kind, departure, pilgrims, dossiers, today, system.rules)


def _incomplete(wanting: tuple[Gap, ...]) -> Conflict:
    """The pointer's first part is the pilgrim, or nothing for the departure's own."""
    faults = tuple(
        Fault(f"/{gap.pilgrim}{gap.pointer}" if gap.pilgrim else gap.pointer, gap.message)
        for gap in wanting
    )
    return Conflict("filing_incomplete", f"the report wants {len(wanting)} more", faults=faults)


async def _report(view: View, filing: Filing, group: Group) -> Report:
    departure, pilgrims, dossiers = group
    entity = await view.entity(departure.entity)
    if entity is None:
        raise NotFound("entity", departure.entity)
    plan = departure.plan
    people = await view.people(plan.escorts)
    return Report(
        kind=filing.kind,
        entity=entity,
        departure=departure,
        pilgrims=tuple(
            ReportedPilgrim(p, dossiers[p.id])
            for p in pilgrims
            if p.state is PilgrimState.REGISTERED and p.id in dossiers
        ),
        leader=people.get(plan.leader or ""),
        guide=people.get(plan.guide or ""),
    )
