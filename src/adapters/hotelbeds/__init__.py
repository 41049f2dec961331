"""Hotelbeds (HBX), Hotel Booking API 1.0: hotel rooms, prepaid or paid at the hotel.

docs/adapters/hotelbeds.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.hotelbeds.client import DEADLINE_S, VENDOR, open_hotelbeds
from adapters.hotelbeds.config import HotelbedsConfig, check
from ports.manifest import Evidence, Manifest, Role

MANIFEST = Manifest(
    name=VENDOR,
    title="Hotelbeds",
    roles=frozenset({Role.HOTEL_SUPPLIER}),
    config=HotelbedsConfig,
    api_version="1.0",
    can=frozenset({"amend", "cancellation_fee"}),
    evidence={
        "search": Evidence.DOCUMENTED,
        "check": Evidence.CONSTRUCTED,
        "book": Evidence.DOCUMENTED,
        "find": Evidence.DOCUMENTED,
        "cancellation_fee": Evidence.CONSTRUCTED,
        "cancel": Evidence.DOCUMENTED,
        "amend": Evidence.DOCUMENTED,
        "probe": Evidence.CONSTRUCTED,
    },
    # They give a booking 60 s; a request that failed is remembered, and answered with its
    # failure, for 15 minutes, so that an earlier repeat would teach nothing anyway.
    absence_certain_after_s=900.0,
    repeatable_for_s=None,  # our reference can be searched for; a repeat books again
    reference_length=20,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_hotelbeds,
)
