"""Reports owed to the regulator."""

from __future__ import annotations

import datetime
import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from core.domain.filings import filing as domain
from core.domain.filings.completeness import Gap
from entrypoints.http.paging import Paging
from entrypoints.http.wire.values import Id, Reason
from ports.regulator_filing import ReportForm


class ByMachine(enum.StrEnum):
    """Whether the regulator takes reports from machines."""

    COMING_SOON = "coming_soon"


class FilingQuery(Paging, frozen=True, forbid_unknown_fields=True):
    departure: Id | None = None
    state: domain.FilingState | None = None


class ReportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """incomplete: give the file with its gaps."""

    form: ReportForm = ReportForm.XLSX
    incomplete: bool = False


class FilingDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """number: the regulator's, of this filing. evidence: what proves it, in words or as an
    address. incomplete: it was taken with gaps; the reason is owed then."""

    number: Annotated[str, Meta(min_length=1, max_length=100)]
    evidence: Annotated[str, Meta(min_length=1, max_length=2000)]
    incomplete: bool = False
    reason: Reason = ""


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """due_on: the last day, local to the departure's office. overdue: it has passed unfiled."""

    id: str
    departure: str
    connection: str
    kind: domain.FilingKind
    state: domain.FilingState
    due_on: datetime.date
    overdue: bool
    filed: domain.Filed | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class FilingDetail(msgspec.Struct, frozen=True, kw_only=True):
    """gaps: what it still wants, by pilgrim, or of the departure itself; complete: nothing.

    system: what people call the regulator's system. by_machine: coming_soon says that there is
    no API to file by: a person files the report and records its number.
    """

    filing: Filing
    complete: bool
    gaps: tuple[Gap, ...]
    system: str
    by_machine: ByMachine


def filing(of: domain.Filing) -> Filing:
    return Filing(
        id=of.id,
        departure=of.departure,
        connection=of.connection,
        kind=of.kind,
        state=of.state,
        due_on=of.due_on,
        overdue=of.overdue,
        filed=of.filed,
        created_at=of.created_at,
        updated_at=of.updated_at,
    )


def detail(of: domain.Filing, gaps: tuple[Gap, ...], system: str) -> FilingDetail:
    return FilingDetail(
        filing=filing(of),
        complete=not gaps,
        gaps=gaps,
        system=system,
        by_machine=ByMachine.COMING_SOON,
    )
