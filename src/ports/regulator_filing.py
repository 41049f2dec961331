from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Protocol

import msgspec

from core.domain.filings.completeness import FilingRules
from core.domain.filings.departure import Departure, Pilgrim
from core.domain.filings.dossier import Dossier
from core.domain.filings.filing import FilingKind
from core.domain.person import Person
from core.domain.tenancy import LegalEntity
from ports.probe import Testable


class ReportForm(enum.StrEnum):
    """What a report can be had as."""

    XLSX = "xlsx"
    CSV = "csv"


class ReportedPilgrim(msgspec.Struct, frozen=True):
    pilgrim: Pilgrim
    dossier: Dossier


class Report(msgspec.Struct, frozen=True):
    """One report, whole. pilgrims: those who travel, in the order of their references.

    leader, guide: of the plan; None where it names none or they were erased.
    """

    kind: FilingKind
    entity: LegalEntity
    departure: Departure
    pilgrims: tuple[ReportedPilgrim, ...]
    leader: Person | None = None
    guide: Person | None = None

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"Report({self.kind}, {self.departure.id})"


class ReportFile(msgspec.Struct, frozen=True):
    """content: the file's bytes; the same report gives the same bytes."""

    name: str
    media_type: str
    content: bytes

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"ReportFile({self.name!r}, {len(self.content)} bytes)"


class RegulatorFiling(Testable, Protocol):
    """The regulator's system. Raises only ports.errors."""

    @property
    def label(self) -> str:
        """What people call the system now; the law's word for it changes."""
        ...

    @property
    def rules(self) -> FilingRules: ...

    @property
    def headings(self) -> Mapping[str, str]:
        """What its tables call the fields of a dossier: heading in lower case → field."""
        ...

    def export(self, report: Report, form: ReportForm) -> ReportFile:
        """The report as a file that a person files by hand. Pure."""
        ...

    async def submit(self, report: Report, *, key: str) -> str:
        """File it by machine; the regulator's number of the filing.

        NotSupported: there is no API (yet); export it and file by hand.
        """
        ...
