"""OCTO's own description, where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor")
OFFICIAL = VENDOR / "octo/src/openapi.yaml"


@pytest.fixture(scope="session")
def official() -> dict[str, Any]:
    if not OFFICIAL.exists():
        pytest.skip("OCTO's own contract is not at hand (SERAI_VENDOR_CONTRACTS)")
    spec: dict[str, Any] = yaml.load(OFFICIAL.read_text(), yaml.CSafeLoader)
    return spec
