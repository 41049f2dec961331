"""SISKOPATUH, the ministry's umrah system: reports are made here and filed by a person.

docs/adapters/siskopatuh.md tells what works and what is known of the system.
"""

from __future__ import annotations

from adapters.siskopatuh.config import SiskopatuhConfig, check
from adapters.siskopatuh.filing import VENDOR, open_siskopatuh
from ports.manifest import Evidence, Manifest, Role

MANIFEST = Manifest(
    name=VENDOR,
    title="SISKOPATUH",
    roles=frozenset({Role.REGULATOR_FILING}),
    config=SiskopatuhConfig,
    api_version="none published",
    can=frozenset({"export"}),
    evidence={
        "export": Evidence.CONSTRUCTED,
        "submit": Evidence.CONSTRUCTED,
        "probe": Evidence.CONSTRUCTED,
    },
    absence_certain_after_s=None,
    repeatable_for_s=None,
    reference_length=40,
    deadline_s=30.0,
    check=check,
    open=open_siskopatuh,
)
