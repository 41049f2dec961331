"""Sabre: flights of traditional carriers shopped, booked and ticketed.

docs/adapters/sabre.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.sabre.client import DEADLINE_S, VENDOR, open_sabre
from adapters.sabre.config import SabreConfig, check
from ports.manifest import Evidence, Manifest, Role

MANIFEST = Manifest(
    name=VENDOR,
    title="Sabre",
    roles=frozenset({Role.GDS}),
    config=SabreConfig,
    api_version="Booking Management v1, BFM v5",
    can=frozenset({"refund_quote", "fare_rules", "queue"}),
    evidence={
        "shop": Evidence.DOCUMENTED,
        "check": Evidence.CONSTRUCTED,
        "fare_rules": Evidence.DOCUMENTED,
        "create_pnr": Evidence.DOCUMENTED,
        "find": Evidence.CONSTRUCTED,
        "retrieve": Evidence.DOCUMENTED,
        "ticket": Evidence.DOCUMENTED,
        "void": Evidence.DOCUMENTED,
        "refund_quote": Evidence.CONSTRUCTED,
        "refund": Evidence.DOCUMENTED,
        "cancel": Evidence.DOCUMENTED,
        "queued": Evidence.DOCUMENTED,
        "enqueue": Evidence.DOCUMENTED,
        "dequeue": Evidence.DOCUMENTED,
        "probe": Evidence.CONSTRUCTED,
    },
    absence_certain_after_s=None,  # a remark and a queue prove presence, never absence
    repeatable_for_s=None,  # they take no key: a repeat would make a second PNR
    reference_length=20,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_sabre,
)
