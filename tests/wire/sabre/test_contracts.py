"""Messages against contracts: ours always, Sabre's own schemas and samples where they are at hand."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._kit.soap import Envelope, SoapFault, _envelope, _fault
from adapters._kit.soap_contract import SoapContract, contract_folder
from adapters._kit.xml import read_xml
from adapters.sabre.mapping import faults, soap
from ports.errors import Misconfigured
from tests.wire.sabre.replay import every_name, load

ROOT = Path(__file__).parents[3]
VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor")
WSDLS, PAGES = VENDOR / "sabre-soap/wsdl", VENDOR / "sabre-soap/content"
COLLECTIONS = VENDOR / "sabre-rest"
SOAP_NAMES = [name for name in every_name() if load(name).is_xml]
JSON_NAMES = [name for name in every_name() if not load(name).is_xml]
# message → where its official schema lies, and the version that schema names
SCHEMAS = {
    "TokenCreateRQ": ("usg/TokenCreateRQ.xsd", None),
    "SessionCreateRQ": ("usg/SessionCreateRQ.xsd", None),
    "SessionCloseRQ": ("usg/SessionCloseRQ.xsd", None),
    "OTA_AirRulesRQ": ("tpfc/OTA_AirRulesLLS2.2.1RQ.xsd", "2.2.1"),
}
# What we send and no published sample shows: from the reference, as docs/adapters/sabre.md says.
BEYOND = {
    "createBooking": {
        "notification.queuePlacement[].pcc",
        "notification.queuePlacement[].queueNumber",
        "notification.queuePlacement[].prefatoryInstructionCode",
        "travelers[].infantTravelerIndex",
    },
    "fulfillFlightTickets": {"acceptPriceChanges", "errorHandlingPolicy[]"},
    "offers/shop": set(),
    "flights/revalidate": {
        "OTA_AirLowFareSearchRQ.TravelPreferences.Baggage.RequestType",
        "OTA_AirLowFareSearchRQ.TravelerInfoSummary.AirTravelerAvail[].PassengerTypeQuantity[]"
        ".TPA_Extensions.VoluntaryChanges.Match",
    },
}


@pytest.fixture(scope="module")
def vendor() -> Path:
    if not WSDLS.exists():
        pytest.skip("Sabre's own contracts are not at hand (SERAI_VENDOR_CONTRACTS)")
    return VENDOR


@pytest.mark.parametrize("name", SOAP_NAMES)
def test_envelopes_keep_our_contract(name: str) -> None:
    contract = SoapContract(contract_folder("sabre"), "sabre.wsdl", "all.xsd")
    for raw in (load(name).request, load(name).response):
        envelope = _envelope(read_xml(raw.encode()))
        assert _fault(envelope.body) is not None or contract.fits(envelope.body)


@pytest.mark.parametrize("name", SOAP_NAMES)
def test_requests_keep_their_schemas(name: str, vendor: Path) -> None:
    envelope = _envelope(read_xml(load(name).request.encode()))
    message = etree.QName(envelope.body).localname
    _official(vendor, "usg/wsse.xsd").assertValid(_part(envelope, "Security"))
    _official(vendor, "usg/msg-header-2_0.xsd").assertValid(_part(envelope, "MessageHeader"))
    if message in SCHEMAS:
        path, version = SCHEMAS[message]
        if version is not None:
            envelope.body.set("Version", version)
        _official(vendor, path).assertValid(envelope.body)


def _part(envelope: Envelope, name: str) -> Any:
    return next(e for e in envelope.header if etree.QName(e).localname == name)


def _official(vendor: Path, path: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(WSDLS / path)))


def test_a_misspelt_element_would_be_seen(vendor: Path) -> None:
    body = _envelope(read_xml(load("rules/outbound").request.encode())).body
    body.set("Version", "2.2.1")
    body[0].tag = body[0].tag + "s"
    assert not _official(vendor, SCHEMAS["OTA_AirRulesRQ"][0]).validate(body)


@pytest.mark.parametrize("name", JSON_NAMES)
def test_every_field_we_send_is_in_a_published_sample(name: str, vendor: Path) -> None:
    fixture = load(name)
    operation = next((o for o in BEYOND if fixture.meta["path"].endswith(o)), None)
    operation = operation or fixture.meta["path"].rpartition("/")[2]
    known = _sampled(operation) | BEYOND.get(operation, set())
    assert set(_paths(json.loads(fixture.request))) <= known


def test_what_goes_beyond_the_samples_is_still_beyond_them(vendor: Path) -> None:
    for operation, paths in BEYOND.items():
        assert not paths & _sampled(operation)


def _sampled(operation: str) -> set[str]:
    """The field paths of every published request to *operation*."""
    found: set[str] = set()
    for path in sorted(COLLECTIONS.glob("*/*.json")):
        document = json.loads(path.read_text())
        for url, body in _requests(document.get("item", [])):
            if url.split("?")[0].endswith(operation):
                found |= set(_paths(body))
    assert found, operation
    return found


def _requests(items: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    for item in items:
        yield from _requests(item.get("item", []))
        request = item.get("request")
        if isinstance(request, dict):
            url = request.get("url") or ""
            raw = (request.get("body") or {}).get("raw") or ""
            try:
                body = json.loads(re.sub(r'(?<!")\{\{\w+\}\}(?!")', "1", raw))
            except ValueError:
                continue
            yield (url if isinstance(url, str) else url.get("raw", "")), body


def _paths(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _paths(inside, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for inside in value:
            yield from _paths(inside, f"{at}[]")
    else:
        yield at


def _sample(page: str, root: str, place: int = 0) -> Any:
    """The *place*th published answer whose root is *root*."""
    blocks = re.findall(r"```XML\n(.*?)```", (PAGES / page).read_text(), re.DOTALL)
    found = [b for b in blocks if re.search(rf"<(\w[\w-]*:)?{root}[ >]", b)]
    raw = found[place].strip()
    if "Envelope" not in raw[:200]:
        soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
        raw = f'<e:Envelope xmlns:e="{soap11}"><e:Body>{raw}</e:Body></e:Envelope>'
    return _envelope(read_xml(raw.encode()))


def test_their_rules_are_read(vendor: Path) -> None:
    texts = soap.rule_texts(_sample("fare-rules.md", "OTA_AirRulesRS"))
    assert "CHARGE AUD 300.00 FOR NO-SHOW." in texts[16]


def test_their_queue_is_read(vendor: Path) -> None:
    found = soap.queued(_sample("queues.md", "QueueAccessRS"), 9, 100)
    assert len(found) == 84
    assert {q.reason.value for q in found} == {"ticketing_due"}
    assert all(q.placed_at is not None for q in found)


def test_their_removal_and_placement_are_read(vendor: Path) -> None:
    soap.done("QueueAccessRS", _sample("queues.md", "QueueAccessRS", 1))
    soap.done("QueuePlaceRS", _sample("queue-place.md", "QueuePlaceRS"))


@pytest.mark.parametrize("root", ["SessionCreateRS", "sws:TokenCreateRS"])
def test_their_tokens_are_read(root: str, vendor: Path) -> None:
    name = root.rpartition(":")[2]
    assert soap.token(_sample("authentication.md", name))


def test_their_fault_for_a_wrong_password_is_read(vendor: Path) -> None:
    fault = _fault(_sample("authentication.md", "Fault").body)
    assert isinstance(fault, SoapFault)
    judged = faults.soap_kinds(fault)
    assert judged is not None
    assert judged.kind is Misconfigured
