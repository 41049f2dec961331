"""The assistant that stands where an API will: it exports what a person files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from adapters._kit.wiring import Wiring
from adapters.siskopatuh.config import SiskopatuhConfig
from adapters.siskopatuh.csv_form import csv_of
from adapters.siskopatuh.sheet import HEADINGS, tables_of
from adapters.siskopatuh.xlsx_form import xlsx_of
from core.domain.connections.connection import Verdict
from core.domain.filings.completeness import FilingRules
from ports.errors import NotSupported
from ports.probe import Probe
from ports.regulator_filing import Report, ReportFile, ReportForm

VENDOR = "siskopatuh"
MEDIA = {
    ReportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportForm.CSV: "text/csv; charset=utf-8",
}
NO_API = "The regulator publishes no API: export the report, file it in the portal, and record its number."


class SiskopatuhFiling:
    def __init__(self, config: SiskopatuhConfig) -> None:
        self._config = config

    @property
    def label(self) -> str:
        return self._config.label

    @property
    def rules(self) -> FilingRules:
        return FilingRules(self._config.mahram_below_age, self._config.keep_days)

    @property
    def headings(self) -> Mapping[str, str]:
        return HEADINGS

    def export(self, report: Report, form: ReportForm) -> ReportFile:
        tables = tables_of(report, self._config.label)
        content = xlsx_of(tables) if form is ReportForm.XLSX else csv_of(tables)
        name = f"{report.kind}-{report.departure.plan.departs_on}-{report.departure.id}.{form}"
        return ReportFile(name, MEDIA[form], content)

    async def submit(self, report: Report, *, key: str) -> str:
        raise NotSupported(NO_API, vendor=VENDOR, operation="submit")

    async def probe(self) -> Probe:
        """Nothing is called: there is nothing that answers machines."""
        return Probe(Verdict.CANNOT_TEST, {"api": "coming soon", "portal": self._config.portal})


@asynccontextmanager
async def open_siskopatuh(
    config: SiskopatuhConfig, wiring: Wiring
) -> AsyncIterator[SiskopatuhFiling]:
    yield SiskopatuhFiling(config)
