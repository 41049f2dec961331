"""Every dialect's messages keep the OpenTravel release its partner took, where it is at hand."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters._kit.ota import writing
from adapters._kit.ota.dialects import ALPINEBITS, DIALECTS, SITEMINDER, Dialect
from adapters._kit.xml import Element, local
from core.domain.stock.ari import AvailabilityLine
from tests.unit.ota.given import HEAD, WEEK, lines, message

ROOT = Path(__file__).parents[3]
VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor")


@pytest.fixture(scope="module")
def vendor() -> Path:
    if not (VENDOR / "opentravel").exists():
        pytest.skip("OpenTravel's schemas are not at hand (SERAI_VENDOR_CONTRACTS)")
    return VENDOR


@functools.cache
def schema(path: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(VENDOR / path)))


def keeps(dialect: Dialect, root: Element) -> None:
    schema(f"opentravel/{dialect.release}/{local(root)}.xsd").assertValid(root)


@pytest.mark.parametrize("name", DIALECTS)
@settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_lines_keep_the_release(name: str, data: st.DataObject, vendor: Path) -> None:
    dialect = DIALECTS[name]
    told = data.draw(lines(dialect))
    for included in (True, False):
        keeps(dialect, message(dialect, told, taxes_included=included))


@pytest.mark.parametrize("name", DIALECTS)
def test_the_other_messages_keep_it_too(name: str, vendor: Path) -> None:
    dialect = DIALECTS[name]
    keeps(dialect, writing.element("OTA_ReadRQ", writing.read(dialect, HEAD, "H1")))
    keeps(dialect, writing.element("OTA_PingRQ", writing.ping(dialect, HEAD, "are you there?")))


def test_an_acknowledgement_keeps_siteminders_release(vendor: Path) -> None:
    report = writing.notif_report(
        SITEMINDER,
        HEAD,
        message="1243132",
        status="Book",
        created="2026-11-18T08:51:45.000+00:00",
        ours="res_01",
    )
    keeps(SITEMINDER, writing.element("OTA_NotifReportRQ", report))


def test_free_rooms_keep_alpinebits_own_schema(vendor: Path) -> None:
    lines_ = [AvailabilityLine("DOUBLE", WEEK, 3)]
    said = writing.availability(ALPINEBITS, HEAD, "123", lines_)
    for name in ("EchoToken", "TimeStamp", "POS"):  # it knows none of them
        said.values.pop(name)
    root = writing.element("OTA_HotelInvCountNotifRQ", said.values)
    schema("alpinebits/schemas/alpinebits-2020-10.xsd").assertValid(root)


def test_a_message_that_breaks_the_release_would_be_seen(vendor: Path) -> None:
    root = message(SITEMINDER, [AvailabilityLine("DLX", WEEK, 3)])
    next(root.iter("{*}StatusApplicationControl")).set("Start", "soon")
    with pytest.raises(etree.DocumentInvalid):
        keeps(SITEMINDER, root)
