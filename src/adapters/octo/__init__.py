"""OCTO, the open standard of tours and activities: one adapter for every supplier that speaks it.

docs/adapters/octo.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.octo.calls import VENDOR
from adapters.octo.client import DEADLINE_S, open_octo
from adapters.octo.config import OctoConfig, check
from adapters.octo.mapping.order import HOLD_MINUTES
from ports.manifest import Evidence, Manifest, Role

HOLD_S = HOLD_MINUTES * 60.0
CLOCKS_DIFFER_S = 120.0

MANIFEST = Manifest(
    name=VENDOR,
    title="OCTO",
    roles=frozenset({Role.ACTIVITY_SUPPLIER}),
    config=OctoConfig,
    api_version="1.0",
    can=frozenset({"on_request", "extend"}),
    evidence={
        "search": Evidence.DOCUMENTED,
        "check": Evidence.DOCUMENTED,
        "book": Evidence.DOCUMENTED,
        "find": Evidence.DOCUMENTED,
        "extend": Evidence.DOCUMENTED,
        "cancel": Evidence.DOCUMENTED,
        "vouchers": Evidence.CONSTRUCTED,
        "probe": Evidence.CONSTRUCTED,
    },
    # What is not confirmed when its hold has ended never will be. A supplier may shorten the
    # hold we ask for, not lengthen it; one that is extended is not called absent while it lives.
    absence_certain_after_s=HOLD_S + CLOCKS_DIFFER_S,
    repeatable_for_s=HOLD_S,  # our uuid makes a repeat the same booking while its hold lives
    reference_length=36,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_octo,
)
