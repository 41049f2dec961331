"""Messages against contracts: ours always, SiteMinder's and OpenTravel's where they are at hand."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._kit.soap import _envelope, _fault
from adapters._kit.soap_contract import SoapContract, contract_folder
from adapters._kit.xml import local, read_xml
from tests.wire.siteminder.replay import every_name, load

ROOT = Path(__file__).parents[3]
VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor")
RELEASE = VENDOR / "opentravel/2010A"
SITECONNECT = VENDOR / "siteminder/all_ota.xsd"
WSSE = VENDOR / "siteminder/schema/oasis-200401-wss-wssecurity-secext-1.0.xsd"
NAMES = [name for name in every_name() if load(name).is_xml]
THEIRS = ("OTA_HotelAvailNotif", "OTA_HotelRateAmountNotif")  # that SiteConnect has too
_OFFSET = re.compile(r"(\+\d\d)(\d\d\")")


@pytest.fixture(scope="module")
def vendor() -> Path:
    if not RELEASE.exists():
        pytest.skip("OpenTravel's schemas are not at hand (SERAI_VENDOR_CONTRACTS)")
    return VENDOR


def messages(name: str) -> list[Any]:
    """Request and answer, without their envelopes; a fault is none."""
    found = (_envelope(read_xml(raw.encode())).body for raw in load(name)[1:3])
    return [body for body in found if _fault(body) is None]


@pytest.mark.parametrize("name", NAMES)
def test_messages_keep_our_contract(name: str) -> None:
    contract = SoapContract(contract_folder("siteminder"), "siteminder.wsdl", "all.xsd")
    for body in messages(name):
        assert contract.fits(body), contract._schema.error_log


@pytest.mark.parametrize("name", NAMES)
def test_messages_keep_the_release_of_opentravel(name: str, vendor: Path) -> None:
    for raw in load(name)[1:3]:
        body = _envelope(read_xml(_OFFSET.sub(r"\1:\2", raw).encode())).body
        if _fault(body) is None:  # their offsets have no colon, which xs:dateTime wants
            body.set("EchoToken", "0b5d7a9e-0000-4000-8000-000000000000")
            release(local(body)).assertValid(body)


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith(("avail", "rates", "restr"))])
def test_messages_keep_siteminders_own_schemas(name: str, vendor: Path) -> None:
    for body in messages(name):
        if local(body).startswith(THEIRS):
            siteconnect().assertValid(body)


@pytest.mark.parametrize("name", NAMES)
def test_the_security_header_is_the_standards(name: str, vendor: Path) -> None:
    header = _envelope(read_xml(load(name).request.encode())).header
    token = header[0][0]
    assert local(header[0]) == "Security"
    assert [local(part) for part in token] == ["Username", "Password"]
    assert etree.QName(token).namespace == etree.parse(str(WSSE)).getroot().get("targetNamespace")


def test_a_misspelt_attribute_would_be_seen(vendor: Path) -> None:
    body = messages("avail/taken")[0]
    status = next(body.iter("{*}StatusApplicationControl"))
    status.set("InvTypCode", status.attrib.pop("InvTypeCode"))
    assert not release(local(body)).validate(body)


@functools.cache
def release(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(RELEASE / f"{message}.xsd")))


@functools.cache
def siteconnect() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SITECONNECT)))
