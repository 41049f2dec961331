"""The tenant's own stock, sold like any supplier's: the same search, quote and booking.

docs/adapters/house.md tells what it sells and what stands behind it.
"""

from __future__ import annotations

from adapters.house.client import DEADLINE_S, open_house
from adapters.house.config import HouseConfig, check
from adapters.house.faults import VENDOR
from ports.manifest import Evidence, Manifest, Role

# There is no vendor to have seen it: what stands behind it is our own database.
_OWN = ("search", "check", "book", "find", "cancellation_fee", "cancel", "amend", "probe")

MANIFEST = Manifest(
    name=VENDOR,
    title="Own stock",
    roles=frozenset({Role.HOTEL_SUPPLIER}),
    config=HouseConfig,
    api_version="1",
    can=frozenset({"amend", "cancellation_fee"}),
    evidence=dict.fromkeys(_OWN, Evidence.CONSTRUCTED),
    # A commit whose answer was lost may still come through until the database gives it up.
    absence_certain_after_s=60.0,
    repeatable_for_s=10 * 366 * 86400.0,  # a sale is kept under its reference for good
    reference_length=20,
    deadline_s=DEADLINE_S,
    check=check,
    own_properties="properties",
    open=open_house,
)
