"""Messages against contracts: ours always, Expedia's own where they are at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._kit.soap_contract import contract_folder
from adapters.expedia.config import StayRule
from adapters.expedia.mapping import bookings, products, refusals, shown, wire
from adapters.expedia.simulator.xml import ASKED
from tests.wire.expedia.conftest import VENDOR
from tests.wire.expedia.replay import every_name, load

OURS = {
    (operation, side): etree.XMLSchema(
        etree.parse(str(contract_folder("expedia") / f"{file.removesuffix('-rq')}-{end}.xsd"))
    )
    for operation, (_, _, file) in ASKED.items()
    for side, end in (("request", "rq"), ("response", "rs"))
}
_BLOCK = re.compile(r"```xml\n(.*?)```", re.S)


def sides() -> list[Any]:
    found = []
    for name in every_name():
        fixture = load(name)
        operation = fixture.meta["path"].removeprefix("/")
        found += [
            pytest.param(operation, side, message, id=f"{name}-{side}")
            for side, message in (("request", fixture.request), ("response", fixture.response))
        ]
    return found


@pytest.mark.parametrize(("operation", "side", "message"), sides())
def test_messages_keep_our_contract(operation: str, side: str, message: bytes) -> None:
    OURS[operation, side].assertValid(etree.fromstring(message))


@pytest.mark.parametrize(("operation", "side", "message"), sides())
def test_messages_keep_their_contract(
    operation: str, side: str, message: bytes, official: dict[tuple[str, str], Any]
) -> None:
    official[operation, side].assertValid(etree.fromstring(message))


def test_a_misspelt_attribute_would_be_seen(official: dict[tuple[str, str], Any]) -> None:
    for right, wrong in (
        (b"totalInventoryAvailable", b"totalInventory"),
        (b"minLOS", b"minLos"),
        (b"AR/2011/06", b"AR/2007/02"),
    ):
        message = load("ar/rates").request
        assert right in message
        spoilt = etree.fromstring(message.replace(right, wrong))
        assert not official["ar", "request"].validate(spoilt)
        assert not OURS["ar", "request"].validate(spoilt)


# ------------------------------------------------- their own examples, read by our mapping


def examples(root: str) -> Iterator[Any]:
    """Every example of theirs with that root; a few of them are not well-formed."""
    if not VENDOR.exists():
        pytest.skip("Expedia's own pages are not at hand (SERAI_VENDOR_CONTRACTS)")
    seen = 0
    for page in sorted(Path(VENDOR / "apis").rglob("*.md")):
        for block in _BLOCK.findall(page.read_text(errors="replace")):
            try:
                found = etree.fromstring(block.strip().encode())
            except etree.XMLSyntaxError:
                continue
            if etree.QName(found).localname == root:
                seen += 1
                yield found
    assert seen


def test_their_bookings_are_read() -> None:
    read = 0
    for root in examples("BookingRetrievalRS"):
        if wire.errors(root, wire.BR):
            continue
        for pulled in bookings.read(root):
            told = bookings.reservation(pulled.raw)
            assert told.message == pulled.message
            assert told.reference
            assert b"seriesCode" not in pulled.raw
            read += 1
    assert read > 10


def test_their_products_and_what_is_loaded_are_read() -> None:
    listed = loaded = 0
    for root in examples("ProductAvailRateRetrievalRS"):
        if wire.errors(root, wire.PARR):
            continue
        if wire.maybe(root, "ProductList") is not None:
            found = products.read(root)
            assert found.rooms
            listed += 1
        else:
            assert shown.read(root, {}, StayRule.ARRIVAL).availability
            loaded += 1
    assert listed
    assert loaded


def test_their_answers_to_updates_are_read() -> None:
    warned = errors = 0
    for root in examples("AvailRateUpdateRS"):
        wrong = wire.errors(root, wire.AR)
        errors += len(wrong)
        warned += 0 if wrong else len(refusals.read(root))
    assert warned
    assert errors


def test_the_simulator_takes_their_requests_as_far_as_we_send_such() -> None:
    """Theirs hold more than ours: prices by person, other namespaces, other filters."""
    taken = sum(OURS["bc", "request"].validate(root) for root in examples("BookingConfirmRQ"))
    taken += sum(OURS["br", "request"].validate(root) for root in examples("BookingRetrievalRQ"))
    taken += sum(OURS["ar", "request"].validate(root) for root in examples("AvailRateUpdateRQ"))
    assert taken > 10
