"""Expedia's own schemas, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).parents[3]
VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor") / "expedia-eqc"
FILES = {
    "ar": ("AvailRateUpdateRQ", "AvailRateUpdateRS"),
    "br": ("BookingRetrievalRQ", "BookingRetrievalRS"),
    "bc": ("BookingConfirmRQ", "BookingConfirmRS"),
    "parr": ("ProductAvailRateRetrievalRQ", "ProductAvailRateRetrievalRS"),
}


@pytest.fixture(scope="session")
def official() -> dict[tuple[str, str], Any]:
    """(operation, "request" or "response") → schema."""
    if not VENDOR.exists():
        pytest.skip("Expedia's own schemas are not at hand (SERAI_VENDOR_CONTRACTS)")
    return {
        (operation, side): etree.XMLSchema(etree.parse(str(VENDOR / "files" / f"{name}.xsd")))
        for operation, names in FILES.items()
        for side, name in zip(("request", "response"), names, strict=True)
    }
