"""What every regulator's adapter keeps: its files are whole, and it claims no number by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from adapters import registry
from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from adapters.siskopatuh.config import SiskopatuhConfig
from core.domain.connections.connection import Verdict
from core.domain.filings.dossier import FIELDS
from core.domain.filings.filing import FilingKind
from core.domain.tenancy import Environment
from ports.errors import NotSupported
from ports.manifest import Role
from ports.regulator_filing import RegulatorFiling, ReportForm
from tests.fakes.clock import HandClock
from tests.unit.siskopatuh.test_forms import a_report

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def siskopatuh() -> AsyncIterator[RegulatorFiling]:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"nobody is called, and {request.url} was")

    clock = HandClock()
    wiring = Wiring(
        connection="con_1",
        budget="acc_1",
        environment=Environment.TEST,
        transport=httpx.MockTransport(nobody),
        limiter=MemoryLimiter(clock),
        clock=clock,
    )
    async with registry.load("siskopatuh").open(SiskopatuhConfig(), wiring) as filing:
        yield filing


REGULATORS: dict[str, Callable[[], AbstractAsyncContextManager[RegulatorFiling]]] = {
    "siskopatuh": siskopatuh
}


@pytest.fixture(params=REGULATORS)
async def filing(request: pytest.FixtureRequest) -> AsyncIterator[RegulatorFiling]:
    async with REGULATORS[request.param]() as opened:
        yield opened


def test_every_registered_regulator_is_held_to_it() -> None:
    held = {n for n in registry.names() if Role.REGULATOR_FILING in registry.load(n).roles}
    assert held == set(REGULATORS)


@pytest.mark.parametrize("kind", FilingKind)
async def test_a_file_has_a_line_for_each_pilgrim(
    filing: RegulatorFiling, kind: FilingKind
) -> None:
    report = a_report(kind)
    content = filing.export(report, ReportForm.CSV).content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(content, newline="")))
    assert len(lines) == 1 + len(report.pilgrims)
    assert all(len(line) == len(lines[0]) for line in lines)


async def test_without_an_api_it_says_so_and_claims_nothing(filing: RegulatorFiling) -> None:
    with pytest.raises(NotSupported) as refused:
        await filing.submit(a_report(FilingKind.RETURN), key="flg_1")
    assert "file it in the portal" in str(refused.value)
    assert (await filing.probe()).verdict is Verdict.CANNOT_TEST


async def test_its_headings_can_be_read_back(filing: RegulatorFiling) -> None:
    assert {"reference", "registered_on"} <= set(filing.headings.values())
    assert all(name == name.lower() for name in filing.headings)
    assert set(filing.headings.values()) <= {*FIELDS, "reference", "registered_on"}
